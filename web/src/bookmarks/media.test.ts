import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Media } from '../api/types';
import { ratioOf, thumbnailOf } from './media_source';

const media = (part: Partial<Media>): Media => ({
  type: 'photo', url: 'https://pbs.twimg.com/media/A.jpg', previewUrl: null, altText: null, width: null, height: null, durationMs: null, ...part,
});

test('a small picture stands for a media item', () => {
  assert.equal(thumbnailOf(media({})), 'https://pbs.twimg.com/media/A.jpg?name=small');
  assert.equal(thumbnailOf(media({ url: 'https://pbs.twimg.com/media/A?format=jpg&name=orig' })), 'https://pbs.twimg.com/media/A?format=jpg&name=small');
  assert.equal(thumbnailOf(media({ url: 'https://example.org/a.png' })), 'https://example.org/a.png');
  assert.equal(thumbnailOf(media({ previewUrl: 'https://example.org/thumb.png' })), 'https://example.org/thumb.png');
});

test('a video without a preview has no picture, and no other scheme becomes one', () => {
  assert.equal(thumbnailOf(media({ type: 'video', url: 'https://video.twimg.com/a.mp4' })), null);
  assert.equal(thumbnailOf(media({ url: 'javascript:alert(1)' })), null);
});

test('the shape is known before the picture is there', () => {
  assert.equal(ratioOf({ width: 1200, height: 800 }), 1.5);
  assert.equal(ratioOf({ width: 100, height: 1000 }), 0.8);
  assert.equal(ratioOf({ width: 5000, height: 100 }), 2);
  assert.equal(ratioOf({ width: null, height: 5 }), 16 / 9);
});
