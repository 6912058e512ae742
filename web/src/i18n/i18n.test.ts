import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem, readProblem } from '../api/problem';
import { makeFormats, pickLanguage, pickLocale } from './language';
import { en as categoriesEn } from './categories_en';
import { ja as categoriesJa } from './categories_ja';
import { en as detailEn } from './detail_en';
import { ja as detailJa } from './detail_ja';
import { en as filingEn } from './filing_en';
import { ja as filingJa } from './filing_ja';
import { en } from './messages_en';
import { ja } from './messages_ja';
import { problemText } from './problems';
import { en as searchEn } from './search_en';
import { ja as searchJa } from './search_ja';
import { en as settingsEn } from './settings_en';
import { ja as settingsJa } from './settings_ja';
import { en as syncEn } from './sync_en';
import { ja as syncJa } from './sync_ja';
import { en as transferEn } from './transfer_en';
import { ja as transferJa } from './transfer_ja';

test('the first known language of the reader wins', () => {
  assert.equal(pickLanguage(['fr-FR', 'ja-JP', 'en']), 'ja');
  assert.equal(pickLanguage(['fr']), 'en');
  assert.equal(pickLocale('en', ['ja-JP', 'en-GB']), 'en-GB');
  assert.equal(pickLocale('ja', ['en-GB']), 'ja');
});

/** All keys, those inside of tables of words as well. */
const keysOf = (words: object): string[] =>
  Object.entries(words).flatMap(([key, value]) => [key, ...(typeof value === 'object' ? keysOf(value as object).map((inner) => `${key}.${inner}`) : [])]).sort();

test('both languages say the same things', () => {
  assert.deepEqual(Object.keys(ja).sort(), Object.keys(en).sort());
  assert.equal(ja.help.length, en.help.length);
  for (const [inEnglish, inJapanese] of [[syncEn, syncJa], [transferEn, transferJa], [settingsEn, settingsJa], [filingEn, filingJa], [searchEn, searchJa], [detailEn, detailJa], [categoriesEn, categoriesJa]] as const) {
    assert.deepEqual(keysOf(inJapanese), keysOf(inEnglish));
  }
});

test('problems: by code, then by status, with the time to wait', () => {
  assert.equal(problemText(new Problem({ status: 401, code: 'INVALID_CREDENTIALS' }), 'en'), 'User name or password is wrong.');
  assert.equal(problemText(new Problem({ status: 418, code: 'TEAPOT' }), 'en'), 'The server did not accept this.');
  assert.equal(problemText(new Problem({ status: 502, code: 'UNREADABLE_ANSWER' }), 'ja'), 'サーバーで問題が起きました。');
  const limited = readProblem(429, '{"code":"RATE_LIMIT_EXCEEDED","detail":"x"}', '120');
  assert.equal(problemText(limited, 'en'), 'Too many requests. Try again in 2 minutes.');
  assert.equal(problemText(limited, 'ja'), 'リクエストが多すぎます。2分後にもう一度お試しください。');
});

test('answers that are no problem documents still become problems', () => {
  assert.equal(readProblem(502, '<html>', null).code, 'UNREADABLE_ANSWER');
  assert.equal(readProblem(400, '[]', 'soon').retryAfter, null);
  assert.deepEqual(readProblem(400, '{"code":"VALIDATION_ERROR","details":[{"path":["username"],"code":"too_small","message":"m"},7]}', null).faults, [
    { path: ['username'], code: 'too_small', message: 'm' },
  ]);
});

test('dates that cannot be read are shown as they came', () => {
  const formats = makeFormats('en-GB');
  assert.equal(formats.date('soon'), 'soon');
  assert.equal(formats.number(12345), '12,345');
});
