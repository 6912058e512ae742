import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceName } from './device';

test('browsers by name, programs by what they say', () => {
  assert.equal(deviceName('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36'), 'Chrome, Linux');
  assert.equal(deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1'), 'Safari, iPhone');
  assert.equal(deviceName('Mozilla/5.0 (Windows NT 10.0) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0'), 'Edge, Windows');
  assert.equal(deviceName('curl/8.5.0'), 'curl/8.5.0');
  assert.equal(deviceName('x'.repeat(100))?.length, 60);
  assert.equal(deviceName(null), null);
});
