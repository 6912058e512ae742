// Search against brute force: random queries on a random library must give exactly the ids, totals, order, highlights
// and facets that the oracle gives (contract 3.6, 3.7). XBM_ORACLE_SEED and XBM_ORACLE_QUERIES make other runs.
// Two instances share the database: one searches libraries in memory, the other one asks PostgreSQL for everything; the
// random queries go to both with XBM_ORACLE_BOTH, else to the one and the other in turn.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bookmark, Client, expectOk, expectProblem, faultsOf, Random, startTestServer, stopClean, until } from '../support/client.mjs';
import { hasServices, withDatabase } from '../support/server.mjs';
import { kVocabulary, makeLibrary, toExport } from '../support/library.mjs';
import { fold, matches, occurs, positiveTexts, prepare, runsOf, score, textLiteral } from '../support/oracle.mjs';

const kSeed = Number(process.env.XBM_ORACLE_SEED ?? 20260824);
const kQueries = Number(process.env.XBM_ORACLE_QUERIES ?? 620);
const kPosts = 1500;
const kParallel = 4;
// Of a query with more pages only the first ones are read, except of every twentieth: a page of 100 takes the server some
// 40 ms under sanitizers, and the total tells whether one is missing behind them.
const kPages = 2;

let database;
let server; // in memory
let other; // PostgreSQL; only below scripts/services, which let two servers share a database
let user;
let asOther; // the same account on the other server
let library;
let empty;
before(async () => {
  database = hasServices ? await withDatabase() : undefined;
  // Without finished answers, which the instances would share.
  const env = { CACHE_ENABLED: 'false' };
  server = await startTestServer({ database, env });
  if (database) other = await startTestServer({ database, env: { ...env, RESIDENT_MEMORY: '0' } });
  user = await new Client(server.url).register('oracle');
  if (other) asOther = new Client(other.url, user);
  empty = await new Client(server.url).register('scratch');
  const posts = makeLibrary(kSeed, kPosts);
  const done = await user.importFile('library.json', toExport(posts));
  assert.equal(done.result?.imported, kPosts, JSON.stringify(done));
  assert.equal(done.result.errors, 0);
  library = posts.map((post) => ({ ...prepare(post), characters: [...post.content] }));
  await makeResident(user);
});
after(async () => {
  await stopClean(server);
  await stopClean(other);
  await database?.drop();
});

/** The first search of an account loads its library. */
async function makeResident(client) {
  expectOk(await client.get('/api/search?limit=1'));
  const entry = await until(() => server.logs().find(({ msg, user_id: id }) => msg === 'library is resident' && id === client.user.id), 60_000);
  return entry.bookmarks;
}

// --- Queries: what is written, and what it means. ---

const kCjkRun = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]+/gu;
const kWord = /[\p{L}\p{M}\p{N}]+/gu;

function text(random) {
  let post;
  do post = random.pick(library);
  while (post.content.length === 0 || post.content.length > 3000 && !random.chance(0.2));
  return random.chance(0.85) ? post.content : post.note ?? post.title ?? post.name;
}

function cut(random) {
  const runs = text(random).match(kCjkRun) ?? kVocabulary.japanese;
  const characters = [...random.pick(runs)].slice(0, 500);
  const begin = random.int(0, characters.length - 1);
  const slice = characters.slice(begin, begin + random.int(1, 6)).join('');
  // A half-width voicing mark belongs to the character in front of it.
  if (/^[ﾞﾟ]/.test(slice) || /^[ﾞﾟ]/.test(characters[begin + [...slice].length] ?? '') || !runsOf(fold(slice)).length) return cut(random);
  return random.chance(0.3) ? fold(slice) : slice;
}

function word(random) {
  const words = text(random).match(kWord) ?? kVocabulary.english;
  const chosen = random.pick(words).slice(0, 40);
  return random.chance(0.3) ? chosen.toUpperCase() : chosen;
}

const isPlain = (raw) => raw !== 'OR' && !/^-|["*:\s]/.test(raw) && runsOf(fold(raw)).length > 0 && !/^[ﾞﾟ]|[ﾞﾟ]$/.test(raw);
const plain = (raw) => ({ raw, literal: textLiteral(raw) });

const kTerms = {
  japanese: (random) => plain(cut(random)),
  english: (random) => plain(word(random)),
  mixed: (random) => {
    const chosen = random.pick([...kVocabulary.mixed, 'node.js', 'v1.2.3', 'a..b', 'foo_bar', 'C++', 'e-mail', "don't", 'ＡＩ技術', 'cafeらて', '学習ﾃﾞｰﾀ', 'ヴァ']);
    return plain(chosen);
  },
  prefix: (random) => {
    const words = runsOf(fold(text(random))).filter(({ kind, text: run }) => kind === 'word' && run.length > 1);
    const letters = words.length ? [...random.pick(words).text] : ['s', 'e'];
    const raw = letters.slice(0, random.int(1, Math.min(5, letters.length))).join('');
    return { raw: `${raw}*`, literal: textLiteral(raw, { prefix: true }) };
  },
  phrase: (random) => {
    const characters = [...text(random).replaceAll('"', '')].slice(0, 2000);
    const begin = random.int(0, Math.max(0, characters.length - 4));
    let raw = characters.slice(begin, begin + random.int(2, 25)).join('');
    if (random.chance(0.6)) raw = raw.replace(/^\S*\s+/, '').replace(/\s+\S*$/, '');
    if (!runsOf(fold(raw)).length || /^[\p{M}ﾞﾟ\u200d\ufe0f]/u.test(raw) || /^[ﾞﾟ]/.test(characters[begin + [...raw].length] ?? '')) return kTerms.phrase(random);
    return { raw: `"${raw}"`, literal: textLiteral(raw) };
  },
  author: (random) => {
    const name = [...fold(random.pick(kVocabulary.authors.flat().filter(Boolean)))];
    const begin = random.int(0, name.length - 1);
    const value = name.slice(begin, begin + random.int(1, 5)).join('').trim();
    if (!value || /["\s]/.test(value) || /^\p{M}|^@/u.test(value)) return kTerms.author(random);
    return { raw: random.chance(0.3) ? `author:@${value}` : `author:${value}`, literal: { kind: 'author', value: fold(value) } };
  },
  tag: (random) => named(random, 'tag', [...kVocabulary.tags, 'no such tag']),
  category: (random) => named(random, 'category', [...kVocabulary.categories, '技術']),
  flag: (random) => {
    const [raw, kind] = random.pick([['has:media', 'media'], ['has:links', 'links'], ['is:archived', 'archived'],
      ['is:untagged', 'untagged'], ['is:uncategorized', 'uncategorized'], ['is:strange', 'nothing'], ['before:soon', 'nothing']]);
    return { raw, literal: { kind } };
  },
  date: (random) => {
    const date = new Date(random.pick(library).time).toISOString();
    const raw = date.slice(0, random.pick([4, 7, 10, 24]));
    const kind = random.pick(['before', 'after']);
    return { raw: `${kind}:${raw}`, literal: { kind, time: Date.parse(raw) } };
  },
};

function named(random, kind, names) {
  const name = random.pick(names);
  const written = random.chance(0.3) ? name.toUpperCase() : name;
  const raw = /\s/.test(name) || random.chance(0.3) ? `"${written}"` : written;
  return { raw: `${kind}:${raw}`, literal: { kind, value: fold(name) } };
}

const kTermKinds = [
  ...Array(8).fill('japanese'), ...Array(4).fill('english'), ...Array(2).fill('mixed'), ...Array(2).fill('prefix'), ...Array(3).fill('phrase'),
  'author', 'tag', 'category', 'flag', 'date',
];

function term(random) {
  const kind = random.pick(kTermKinds);
  const made = kTerms[kind](random);
  if (['japanese', 'english', 'mixed'].includes(kind) && !isPlain(made.raw)) return term(random);
  const negated = random.chance(0.12);
  return { raw: negated ? `-${made.raw}` : made.raw, literal: { ...made.literal, negated } };
}

/** `{raw, clauses}`. Half of the queries are one term, as those of people are. */
function query(random) {
  const parts = [];
  const clauses = [];
  const count = random.chance(0.5) ? 1 : random.int(2, 3);
  for (let i = 0; i < count; ++i) {
    const alternatives = Array.from({ length: random.chance(0.2) ? 2 : 1 }, () => term(random));
    parts.push(alternatives.map(({ raw }) => raw).join(' OR '));
    clauses.push(alternatives.map(({ literal }) => literal));
  }
  return { raw: parts.join(random.chance(0.1) ? '　' : ' '), clauses };
}

// --- Answers. ---

const urlOf = (raw, more = '') => `/api/search?text=${encodeURIComponent(raw)}${more}`;

const expectedOf = ({ clauses }) => library.filter((post) => matches(clauses, post))
  .map((post) => ({ post, tenths: score(clauses, post) }))
  .sort((a, b) => b.tenths - a.tenths || b.post.time - a.post.time);

function checkHighlights(found, post, { raw, clauses }) {
  const { characters } = post;
  const literals = positiveTexts(clauses);
  assert.equal(found.content, post.content, raw);
  let previous = 0;
  assert.ok(found.highlights.length <= 50, raw);
  for (const [start, end] of found.highlights) {
    assert.ok(start >= previous && end > start && end <= characters.length, `${raw}: ${JSON.stringify(found.highlights)}`);
    previous = end;
    const marked = characters.slice(start, end).join('');
    const runs = runsOf(fold(marked));
    assert.ok(literals.some((literal) => occurs(runs, literal)), `${raw}: ${marked} in ${post.id}`);
  }
  const [content] = post.fields[0].texts;
  assert.equal(found.highlights.length > 0, literals.some((literal) => occurs(content, literal)), `${raw} in ${post.id}`);
}

let checks = 0;
/** Whom to ask next. */
function ways() {
  if (!asOther) return [user];
  if (process.env.XBM_ORACLE_BOTH) return [user, asOther];
  return [checks++ % 2 === 0 ? user : asOther];
}

async function check(asked, pagesMax = Infinity) {
  const found = [];
  for (const client of ways()) found.push(await checkWay(client, asked, pagesMax));
  return found[0];
}

async function checkWay(client, asked, pagesMax) {
  const all = expectedOf(asked);
  const expected = all.slice(0, pagesMax * 100);
  const { items, total } = await client.all(urlOf(asked.raw, '&includeFacets=false'), 'bookmarks', 100, pagesMax);
  const what = `query ${JSON.stringify(asked.raw)}, seed ${kSeed}`;
  const got = items.map(({ xTweetId }) => xTweetId);
  const wanted = expected.map(({ post }) => post.id);
  assert.deepEqual(difference(got, wanted), { missing: [], surplus: [] }, what);
  assert.equal(total, all.length, what);
  assert.deepEqual(got, wanted, `order: ${what}`);
  items.forEach((found, i) => {
    const { post, tenths } = expected[i];
    assert.ok(Math.abs(found.relevanceScore - tenths / 10) < 1e-6, `score ${found.relevanceScore} of ${post.id}: ${what}`);
    checkHighlights(found, post, asked);
  });
  return all.length;
}

/** A request by both ways: answers are the same but for their duration. Returns the one from memory. */
async function expectSame(path, client = user, twin = asOther) {
  const [memory, reference] = await Promise.all([client.get(path), twin?.get(path)]);
  const { data } = expectOk(memory);
  if (!twin) return data;
  const wanted = expectOk(reference).data;
  for (const part of [data, wanted]) delete part.query;
  assert.deepEqual(data, wanted, path);
  return data;
}

function difference(got, wanted) {
  const [inGot, inWanted] = [new Set(got), new Set(wanted)];
  const describe = (ids) => ids.slice(0, 3).map((id) => ({ id, content: library.find((post) => post.id === id)?.content.slice(0, 120) }));
  return { missing: describe(wanted.filter((id) => !inGot.has(id))), surplus: describe(got.filter((id) => !inWanted.has(id))) };
}

async function inParallel(list, work) {
  const waiting = [...list];
  const results = [];
  await Promise.all(Array.from({ length: kParallel }, async () => {
    while (waiting.length > 0) results.push(await work(waiting.shift()));
  }));
  return results;
}

test(`${kQueries} random queries give what brute force gives`, async () => {
  const random = new Random(kSeed + 1);
  const queries = Array.from({ length: kQueries }, (_, i) => ({ ...query(random), pagesMax: i % 20 === 0 ? Infinity : kPages }));
  const failures = [];
  const totals = await inParallel(queries, async (asked) => {
    try {
      return await check(asked, asked.pagesMax);
    } catch (error) {
      failures.push(error.message.slice(0, 1500));
      return 0;
    }
  });
  assert.equal(failures.length, 0, `${failures.length} of ${kQueries} queries differ, such as\n${failures.slice(0, 5).join('\n---\n')}`);
  const hits = totals.filter((total) => total > 0).length;
  assert.ok(hits > kQueries * 0.5, `only ${hits} queries found anything: the test would be blind`);
});

test('both ways give the same answer, to the letter', { skip: !hasServices }, async () => {
  const random = new Random(kSeed + 5);
  const orders = ['', '&sortBy=date', '&sortBy=date&sortOrder=asc', '&sortBy=author', '&sortBy=author&sortOrder=desc'];
  const filters = ['', '', '', '&untagged=true', '&uncategorized=false', '&hasMedia=true&hasLinks=false', '&includeArchived=true', '&isArchived=true',
    '&authorUsername=A', `&tags=${encodeURIComponent(kVocabulary.tags[0])}`, '&dateFrom=2024-02-01&dateTo=2024-08-15', '&postStatus=available'];
  await inParallel(Array.from({ length: 150 }, () => query(random)), async ({ raw }) => {
    const more = `${random.pick(orders)}${random.pick(filters)}&tz=${random.pick(['UTC', 'Asia/Tokyo', 'America/New_York'])}`;
    const path = urlOf(raw, `${more}&limit=${random.int(1, 20)}`);
    const { pagination } = await expectSame(path);
    await expectSame(`${path}&offset=${random.int(0, pagination.total + 3)}&includeFacets=false`);
    // A page of one way goes on by the other one.
    if (pagination.nextCursor) await expectSame(`${path}&cursor=${encodeURIComponent(pagination.nextCursor)}`);
  });
});

test('every single character of the library is found', async () => {
  const characters = new Set(library.flatMap(({ content }) => [...fold(content)]).filter((c) => runsOf(c)[0]?.kind === 'cjk'));
  const sampled = new Random(kSeed + 2).some([...characters], 30);
  await inParallel(sampled, (c) => check({ raw: c, clauses: [[textLiteral(c)]] }, kPages));
});

test('long posts are searched to their end', async () => {
  const long = library.filter(({ content }) => [...content].length > 20_000);
  assert.ok(long.length >= 2);
  for (const raw of ['zebra', '最後の言葉zebra', '終わり', '"latency 遅延 latency"', 'z'.repeat(900), 'zz*', 'zeb*']) {
    const prefix = raw.endsWith('*');
    const literal = textLiteral(raw.replace('*', ''), { prefix });
    await check({ raw, clauses: [[literal]] });
  }
});

const countBy = (posts, keysOf) => {
  const counts = {};
  for (const post of posts) for (const key of keysOf(post)) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
};

function checkFacets(facets, posts, what) {
  const expected = {
    categories: [countBy(posts, ({ category }) => (category === null ? [] : [category])), ({ name }) => name],
    tags: [countBy(posts, ({ tags }) => tags), ({ name }) => name],
    authors: [countBy(posts, ({ username }) => [username]), ({ username }) => username],
  };
  for (const [part, [counts, keyOf]] of Object.entries(expected)) {
    assert.deepEqual(Object.fromEntries(facets[part].map((entry) => [keyOf(entry), entry.count])), counts, `${part}: ${what}`);
    const order = facets[part].map(({ count }) => count);
    assert.deepEqual(order, order.toSorted((a, b) => b - a), `${part}: ${what}`);
  }
  const months = Object.entries(countBy(posts, ({ time }) => [new Date(time).toISOString().slice(0, 7)])).sort().reverse().slice(0, 36);
  assert.deepEqual(facets.dates.map(({ date, count }) => [date, count]), months, what);
}

test('facets count all hits', async () => {
  const random = new Random(kSeed + 3);
  const queries = Array.from({ length: 40 }, () => query(random));
  await inParallel(queries, async (asked) => {
    const { facets, pagination } = expectOk(await user.get(urlOf(asked.raw, '&limit=1'))).data;
    const posts = expectedOf(asked).map(({ post }) => post);
    assert.equal(pagination.total, posts.length, asked.raw);
    checkFacets(facets, posts, asked.raw);
  });
  const { facets } = expectOk(await user.get('/api/search?limit=1')).data;
  checkFacets(facets, library.filter(({ archived }) => !archived), 'no text');
  const [category] = facets.categories;
  assert.deepEqual(Object.keys(category).sort(), ['color', 'count', 'icon', 'id', 'name']);
  assert.deepEqual(Object.keys(facets.authors[0]).sort(), ['avatarUrl', 'count', 'displayName', 'username']);
});

test('lists understand the same text, in order of time', async () => {
  const random = new Random(kSeed + 4);
  await inParallel(Array.from({ length: 20 }, () => query(random)), async (asked) => {
    const wanted = library.filter((post) => matches(asked.clauses, post)).map(({ id }) => id);
    const list = await user.all(`/api/bookmarks?text=${encodeURIComponent(asked.raw)}`);
    assert.deepEqual(list.items.map(({ xTweetId }) => xTweetId), wanted, asked.raw);
    const ascending = await user.all(urlOf(asked.raw, '&sortBy=date&sortOrder=asc&includeFacets=false'));
    assert.deepEqual(ascending.items.map(({ xTweetId }) => xTweetId), wanted.toReversed(), asked.raw);
  });
});

test('days are days of tz', async () => {
  const midnight = Date.parse('2024-05-05T15:00:00Z'); // in Tokyo
  const wanted = library.filter(({ archived, time }) => !archived && time >= midnight).length;
  assert.equal(expectOk(await user.get(urlOf('after:2024-05-06', '&tz=Asia/Tokyo&limit=1'))).data.pagination.total, wanted);
});

test('POST is GET with JSON', async () => {
  const { data } = expectOk(await user.post('/api/search', { text: '機械学習', limit: 3, tags: ['料理'] }));
  const got = expectOk(await user.get(urlOf('機械学習', `&limit=3&tags=${encodeURIComponent('料理')}`))).data;
  assert.deepEqual(data.bookmarks, got.bookmarks);
  assert.deepEqual(data.facets, got.facets);
  assert.equal(data.totalCount, got.pagination.total);
  assert.equal(typeof data.queryTime, 'number');
  for (const body of [{ text: {} }, { limit: 'many' }, { sortBy: 'size' }, { tags: [{}] }]) {
    expectProblem(await user.post('/api/search', body), 400, 'INVALID_SEARCH_PARAMS');
  }
});

test('strange queries are never an error, too large ones are', async () => {
  const total = async (raw) => expectOk(await user.get(urlOf(raw, '&limit=1'))).data.pagination.total;
  const all = library.filter(({ archived }) => !archived).length;
  for (const raw of ['', '   ', '　']) assert.equal(await total(raw), all, JSON.stringify(raw));
  for (const raw of ['!!!', '""', '-', '*', '🍆', 'is:nothing', 'has:', 'before:tomorrow', 'OR', '- -', ':']) {
    assert.equal(await total(raw), 0, JSON.stringify(raw));
  }
  for (const raw of ['"unclosed 茄子', 'a:b:c', 'OR OR 茄子', '茄子 OR', '((', '%', '_', "'; DROP TABLE bookmarks; --", '\\', 'a'.repeat(1000), 'foo:bar', '<b>', 'NEAR(a b)', '\u0000', '\ufffe', '\u202e', ':*', '& | !']) {
    await total(raw);
  }
  assert.equal(await total('"unclosed 茄子'), await total('"unclosed 茄子"'));
  assert.equal(await total('-is:nothing'), all);
  const long = expectProblem(await user.get(urlOf('漢'.repeat(1001))), 400, 'INVALID_SEARCH_PARAMS');
  assert.deepEqual(faultsOf(long), ['text:too_big']);
  const many = expectProblem(await user.get(urlOf(Array.from({ length: 33 }, (_, i) => `t${i}`).join(' '))), 400, 'INVALID_SEARCH_PARAMS');
  assert.deepEqual(faultsOf(many), ['text:too_big']);
  assert.equal(many.details[0].maximum, 32);
  await total(Array.from({ length: 32 }, (_, i) => `t${i}`).join(' '));
  expectProblem(await user.get(`/api/bookmarks?text=${'a'.repeat(1001)}`), 400, 'INVALID_QUERY_PARAMS');
});

test('what is written is found, what is changed or gone is not', async () => {
  const total = async (raw) => expectOk(await empty.get(urlOf(raw))).data.pagination.total;
  const made = await empty.addBookmark(bookmark({ content: '朝ごはん', tags: ['古いタグ'] }));
  assert.equal(await total('ごはん'), 1);
  assert.equal(await total('古い'), 1);
  expectOk(await empty.put(`/api/bookmarks/${made.id}`, { tags: ['新鮮'], note: 'メモ書き' }));
  assert.deepEqual([await total('古い'), await total('新鮮'), await total('めも')], [0, 1, 1]);
  expectOk(await empty.put('/api/tags/%E6%96%B0%E9%AE%AE', { name: 'renamed tag' }));
  assert.deepEqual([await total('新鮮'), await total('"renamed tag"'), await total('tag:"Renamed Tag"')], [0, 1, 1]);
  expectOk(await empty.delete(`/api/bookmarks/${made.id}`));
  assert.equal(await total('ごはん'), 0);
});

test('writes of either instance are seen by both at once', { skip: !hasServices }, async () => {
  const random = new Random(kSeed + 6);
  const here = await new Client(server.url).register('writer');
  const there = new Client(other.url, here);
  const words = ['茄子', '胡瓜', 'tomato', 'の', 'node.js'];
  const make = () => bookmark({
    content: Array.from({ length: random.int(1, 5) }, () => random.pick(words)).join(' '), tags: random.some(['野菜', 'Red'], random.int(0, 2)),
    bookmarkedAt: new Date(Date.UTC(2024, 0, 1) + random.int(0, 1e10)).toISOString(),
  });
  const known = [];
  for (let i = 0; i < 40; ++i) known.push((await here.addBookmark(make())).id);
  assert.equal(await makeResident(here), 40);
  const { id: categoryId } = expectOk(await here.post('/api/categories', { name: 'Garden', color: '#00aa00', icon: 'leaf' }), 201).data.category;
  const work = {
    add: async (client) => known.push((await client.addBookmark(make())).id),
    remove: async (client) => expectOk(await client.delete(`/api/bookmarks/${known.splice(random.int(0, known.length - 1), 1)[0]}`)),
    change: async (client) => expectOk(await client.put(`/api/bookmarks/${random.pick(known)}`, {
      note: random.pick(words), categoryId: random.chance(0.5) ? categoryId : null, isArchived: random.chance(0.2) })),
    rename: async (client) => expectOk(await client.put(`/api/categories/${categoryId}`, { name: `Garden ${random.int(1, 1e6)}` })),
  };
  for (let i = 0; i < 60; ++i) {
    const path = urlOf(random.pick([...words, 'tomat*', 'tag:red', '-茄子', 'category:garden']), '&includeArchived=true');
    // Searches that meet a write may see the library before or after it, but not half of it.
    const meanwhile = [here, there, here].map(async (client) => {
      const { bookmarks, facets, pagination } = expectOk(await client.get(path)).data;
      if (bookmarks.length > 0) assert.equal(facets.dates.reduce((sum, { count }) => sum + count, 0), pagination.total);
    });
    await Promise.all([work[random.pick(['add', 'add', 'remove', 'change', 'change', 'rename'])](random.pick([here, there])), ...meanwhile]);
    await expectSame(path, here, there);
    assert.equal((await expectSame('/api/search?includeArchived=true', here, there)).pagination.total, known.length);
  }
});
