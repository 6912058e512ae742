// Hand-written cases of writing that search engines get wrong: marks, width, joiners, direction, length. Each is asked by
// both ways, in memory and through PostgreSQL, and what is marked as a hit must be what was meant (contract 3.6).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, expectOk, startTestServer, stopClean } from '../support/client.mjs';
import { withDatabase } from '../support/server.mjs';

let database;
let servers = [];
let ways;
before(async () => {
  database = await withDatabase();
  const env = { CACHE_ENABLED: 'false', WORKERS: '1' };
  servers = [await startTestServer({ database, env }), await startTestServer({ database, env: { ...env, RESIDENT_MEMORY: '0' } })];
  const user = await new Client(servers[0].url).register('unicode');
  ways = [user, new Client(servers[1].url, user)];
});
after(async () => {
  for (const server of servers) await stopClean(server);
  await database?.drop();
});

let made = 0;
/** Makes one post, and says of each query whether it is found, by both ways; of those found, what is marked in it. */
async function check(content, { found = [], absent = [], marked = {} }) {
  const author = `case${++made}`;
  const { id } = await ways[0].addBookmark({ content, authorUsername: author });
  for (const [number, client] of ways.entries()) {
    const search = async (text) => expectOk(await client.get(`/api/search?authorUsername=${author}&text=${encodeURIComponent(text)}`)).data.bookmarks;
    for (const text of found) {
      const hits = await search(text);
      assert.deepEqual(hits.map((hit) => hit.id), [id], `${JSON.stringify(text)} in ${JSON.stringify(content.slice(0, 60))}, way ${number}`);
      assert.equal(hits[0].content, content, 'the text comes back as it was');
      assert.ok(hits[0].highlights.length > 0, `${JSON.stringify(text)} is marked`);
    }
    for (const text of absent) assert.deepEqual(await search(text), [], `${JSON.stringify(text)} in ${JSON.stringify(content.slice(0, 60))}, way ${number}`);
    for (const [text, wanted] of Object.entries(marked)) {
      const [hit] = await search(text);
      const points = [...hit.content];
      assert.deepEqual(hit.highlights.map(([start, end]) => points.slice(start, end).join('')), wanted, `${text}, way ${number}`);
    }
  }
}

test('combining marks: composed, decomposed, none', async () => {
  const [composed, decomposed] = ['caf\u00e9 na\u00efve', 'cafe\u0301 nai\u0308ve'];
  for (const content of [composed, decomposed]) await check(content, { found: [composed, decomposed, 'cafe naive', 'CAF\u00c9', 'CAFE\u0301'], absent: ['caf', 'naiv'] });
  await check('Vi\u1ec7t Nam', { found: ['viet', 'Vie\u0323\u0302t', 'VI\u1ec6T'], marked: { viet: ['Vi\u1ec7t'] } });
  await check('cafe\u0301', { marked: { cafe: ['cafe\u0301'] } });
  await check('z\u0351\u036b\u0343\u036a\u0302a\u0308l\u0328g\u0335o\u0301', { found: ['z\u0351\u036b\u0343\u036a\u0302a\u0308l\u0328g\u0335o\u0301'] });
});

test('half-width and full-width, voiced by a mark of their own', async () => {
  await check('ｶﾞｷﾞｸﾞ ﾊﾟﾋﾟﾌﾟ', { found: ['ガギグ', 'がぎ', 'ギ', 'ﾋﾟﾌﾟ', 'ぱぴぷ'], absent: ['カ', 'ハヒフ', 'がぐ'], marked: { ギ: ['ｷﾞ'] } });
  await check('か\u3099くせい', { found: ['がくせい', 'ガク', 'か\u3099'], absent: ['か'] });
  await check('Ｆｕｌｌ－ｗｉｄｔｈ　１２３', { found: ['full', 'width', '123', 'ＷＩＤＴＨ'], absent: ['ful', '12'] });
  await check('㍿カンパニー ㌔ ①', { found: ['株式会社', 'カンパニー', 'キロ', '1'] });
  await check('ヴァイオリン', { found: ['ゔぁ', 'ヴァイオリン', 'ｳﾞｧｲｵﾘﾝ'] });
});

test('emoji with joiners, variation selectors, flags, skin tones', async () => {
  await check('家族👨‍👩‍👧‍👦旅行 👍🏽 🇯🇵 ❤️', { found: ['家族', '旅行'], absent: ['家族旅行'], marked: { 旅行: ['旅行'] } });
  await check('👩🏽‍💻code👩🏽‍💻', { found: ['code'], marked: { code: ['code'] } });
  await check('辻\u{E0100}さん 葛󠄀城', { found: ['さん'] });
});

test('characters beyond the basic plane count as one', async () => {
  await check('𠮷野家で𩸽を食べた', { found: ['𠮷野家', '𠮷', '𩸽', '野家'], absent: ['吉野家'], marked: { 𩸽: ['𩸽'], を食: ['を食'] } });
  await check('𝕳𝖊𝖑𝖑𝖔 𝟚𝟘𝟚𝟞', { found: ['hello', '2026'], absent: ['hell'], marked: { hello: ['𝕳𝖊𝖑𝖑𝖔'] } });
});

test('right to left, with marks of direction', async () => {
  await check('שלום עולם \u200fשלום\u200e', { found: ['שלום', 'עולם'], absent: ['שלו'] });
  await check('مرحبا بالعالم', { found: ['مرحبا', 'بالعالم'] });
  await check('a\u202eb\u202c c', { found: ['c'] });
});

test('case that changes length, and dots that are not there', async () => {
  await check('Straße GROSSE', { found: ['strasse', 'STRASSE', 'Straße', 'große'], absent: ['stras'], marked: { strasse: ['Straße'] } });
  await check('İstanbul ISPARTA', { found: ['istanbul', 'isparta'], absent: ['ıspartax'] });
  await check('ﬁle ﬂow', { found: ['file', 'FLOW'], marked: { file: ['ﬁle'] } });
  await check('ΟΔΟΣ οδός', { found: ['οδος', 'ΟΔΌΣ'] });
});

test('Korean as syllables and as letters', async () => {
  await check('한국어 검색', { found: ['한국어', '국', '\u1112\u1161\u11ab\u1100\u116e\u11a8', '검색'], absent: ['한어'] });
  await check('\u1112\u1161\u11ab\u1100\u116e\u11a8', { found: ['한국'] });
});

test('nothing but marks, and what is no text', async () => {
  await check('\u0301\u0301 \u200d \ufe0f 。！？', { absent: ['\u0301', '\u200d', '。'] });
  await check('a\ufffeb c', { found: ['c'] });
});

test('a post of 100,000 code points is found and marked to its end', async () => {
  const body = Array.from({ length: 10_000 }, (_, i) => `料理本${i % 97}冊と `).join('').slice(0, 99_980);
  const content = `${body}最後の𠮷zebra`;
  await check(content, { found: ['最後の', '𠮷', 'zebra', '料理本96冊', '"冊と 料理本"'], absent: ['最後は', 'zebr', '後最'], marked: { zebra: ['zebra'], 最後の: ['最後の'] } });
});
