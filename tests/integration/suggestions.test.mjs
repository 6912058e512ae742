// Suggestions (contract 3.6 /suggestions, 3.8, and params[x] of 1.1).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, expectOk, expectProblem, faultsOf, kNobodysId, startTestServer, stopClean } from '../support/client.mjs';
import { adminSql } from '../support/server.mjs';

let server;
let nobody;
let users = 0;
before(async () => {
  server = await startTestServer();
  nobody = new Client(server.url);
});
after(() => stopClean(server));

const freshUser = () => nobody.register(`suggest${++users}`);
const addCategory = async (user, name) =>
  expectOk(await user.post('/api/categories', { name, color: '#010203', icon: 'x' }), 201).data.category;
const enc = encodeURIComponent;

// Seven bookmarks, one of them archived; the folded text "ねこ" is in a tag, a category and two authors.
async function library() {
  const user = await freshUser();
  const cats = await addCategory(user, 'ネコの本');
  const empty = await addCategory(user, '空っぽ');
  const by = (authorUsername, authorDisplayName, authorAvatarUrl) => ({ authorUsername, authorDisplayName, ...(authorAvatarUrl && { authorAvatarUrl }) });
  await user.addBookmark({ tags: ['ねこ', 'cats'], categoryId: cats.id, ...by('neko_1', 'ﾈｺ太郎', 'https://img.example/n.png') });
  await user.addBookmark({ tags: ['猫'], categoryId: cats.id, ...by('neko_1', 'ﾈｺ太郎') });
  await user.addBookmark({ tags: ['ねこ', 'Cats and dogs'], isArchived: true, categoryId: cats.id, ...by('dog', 'ねこ好き') });
  for (const tags of [['cats'], ['cats'], [], ['x,y'.replace(',', '')]]) await user.addBookmark({ tags, ...by('Category', 'Plain') });
  return { user, cats, empty };
}

test('/api/suggestions/search', async () => {
  const { user, cats } = await library();
  const ask = async (query) => expectOk(await user.get(`/api/suggestions/search?${query}`));
  const found = await ask(`q=${enc('ネコ')}`);
  assert.deepEqual(Object.keys(found), ['success', 'suggestions', 'query']);
  assert.deepEqual(found.suggestions, {
    tags: [{ value: 'ねこ', count: 2 }],
    categories: [{ id: cats.id, name: 'ネコの本', color: '#010203', count: 3 }],
    authors: [
      { username: 'neko_1', displayName: 'ﾈｺ太郎', avatarUrl: 'https://img.example/n.png', count: 2 },
      { username: 'dog', displayName: 'ねこ好き', avatarUrl: null, count: 1 },
    ],
  }, 'folded, archived ones counted, most frequent first');
  assert.equal(found.query, 'ネコ');
  const latin = (await ask('q=CAT')).suggestions;
  assert.deepEqual(latin.tags, [{ value: 'cats', count: 3 }, { value: 'Cats and dogs', count: 1 }]);
  assert.deepEqual(latin.authors.map(({ username, count }) => [username, count]), [['Category', 4]]);
  const some = (await ask(`q=${enc('ネコ')}&type=tags,authors&limit=1`)).suggestions;
  assert.deepEqual([some.tags.length, some.categories, some.authors.length], [1, [], 1]);
  const none = { tags: [], categories: [], authors: [] };
  for (const short of ['', 'q=', 'q=c', 'q=%20c%20', 'q=-']) assert.deepEqual((await ask(short)).suggestions, none, short);
  assert.deepEqual((await ask('q=%25%25')).suggestions, none, 'plain characters');
  assert.equal((await ask(`q=${enc('猫')}`)).suggestions.tags.length, 1, 'one Han character is enough');
  assert.deepEqual((await ask('params[q]=cat&params[type]=tags&params[limit]=1')).suggestions, { ...none, tags: [{ value: 'cats', count: 3 }] });
  assert.deepEqual((await ask('q=dogs&params[q]=cat')).suggestions.tags, [{ value: 'Cats and dogs', count: 1 }], 'q itself wins');
  assert.deepEqual((await ask('q=cat&limit=1000')).suggestions.tags.length, 2, 'cap');
  assert.deepEqual(faultsOf(expectProblem(await user.get('/api/suggestions/search?q=cat&type=tags,people&limit=0'), 400, 'VALIDATION_ERROR')),
    ['type.1:invalid_enum_value', 'limit:too_small']);
  const answer = await user.get(`/api/suggestions/search?q=cat`);
  assert.equal(answer.headers.get('etag'), (await user.get('/api/bookmarks')).headers.get('etag'));
  assert.equal((await user.get('/api/suggestions/search?q=cat', { 'if-none-match': answer.headers.get('etag') })).status, 304);
});

test('/api/search/suggestions', async () => {
  const { user } = await library();
  const { data } = expectOk(await user.get(`/api/search/suggestions?q=${enc(' ネコ ')}`));
  assert.deepEqual(data, { suggestions: { tags: ['ねこ'], authors: ['ﾈｺ太郎', 'ねこ好き'], categories: ['ネコの本'] }, query: 'ネコ' });
  for (const query of ['', '?q=', '?q=a', '?q=%20a', '?q=ab&limit=x']) expectProblem(await user.get(`/api/search/suggestions${query}`), 400, 'INVALID_QUERY_TEXT');
  expectOk(await user.get(`/api/search/suggestions?q=${enc('の')}`));
  assert.equal(expectOk(await user.get('/api/search/suggestions?q=cat&limit=1')).data.suggestions.tags.length, 1);
});

test('a cached suggestion is as new as the library', async () => {
  const user = await freshUser();
  const tags = async () => expectOk(await user.get('/api/suggestions/search?q=fresh')).suggestions.tags;
  assert.deepEqual(await tags(), []);
  const { id } = await user.addBookmark({ tags: ['fresh'] });
  assert.deepEqual(await tags(), [{ value: 'fresh', count: 1 }]);
  expectOk(await user.delete(`/api/bookmarks/${id}`));
  assert.deepEqual(await tags(), []);
});

test('/api/suggestions/popular', async () => {
  const { user, cats, empty } = await library();
  const { popular } = expectOk(await user.get('/api/suggestions/popular'));
  assert.deepEqual(popular.tags[0], { value: 'cats', count: 3 });
  assert.deepEqual(popular.authors[0], { username: 'Category', displayName: 'Plain', avatarUrl: null, count: 4 });
  assert.deepEqual(popular.categories[0], { id: cats.id, name: 'ネコの本', color: '#010203', count: 3 });
  assert.deepEqual(popular.categories.find(({ id }) => id === empty.id), { id: empty.id, name: '空っぽ', color: '#010203', count: 0 });
  assert.equal(popular.categories.length, 7, 'the default ones as well');
  assert.equal(expectOk(await user.get('/api/suggestions/popular?type=categories&limit=2')).popular.categories.length, 2);
  await adminSql(`UPDATE bookmarks SET created_at = now() - interval '31 days' WHERE user_id = '${user.user.id}' AND author_username = 'Category'`, server.database.name);
  await user.addBookmark({ tags: ['after'] }); // another version of the library
  const later = expectOk(await user.get('/api/suggestions/popular')).popular;
  assert.deepEqual(later.tags.find(({ value }) => value === 'cats'), { value: 'cats', count: 1 }, 'of the last 30 days');
  assert.ok(!later.authors.some(({ username }) => username === 'Category'));
  expectProblem(await user.get('/api/suggestions/popular?type=x'), 400, 'VALIDATION_ERROR');
});

test('/api/suggestions/facets', async () => {
  const { user, cats } = await library();
  const ask = async (body) => expectOk(await user.post('/api/suggestions/facets', body));
  const all = await ask({});
  assert.deepEqual(all.facets.categories, [{ id: cats.id, name: 'ネコの本', color: '#010203', count: 3 }]);
  assert.deepEqual(all.facets.tags[0], { value: 'cats', count: 3 });
  assert.deepEqual(all.facets.authors.map(({ username, count }) => [username, count]), [['Category', 4], ['neko_1', 2], ['dog', 1]]);
  assert.equal(all.query.includeArchived, true);
  const counts = async (body) => Object.fromEntries((await ask(body)).facets.tags.map(({ value, count }) => [value, count]));
  assert.deepEqual(await counts({ author: 'NEKO' }), { ねこ: 1, cats: 1, 猫: 1 });
  assert.deepEqual(await counts({ authorUsername: 'neko' }), await counts({ author: 'neko' }));
  assert.deepEqual(await counts({ categoryId: cats.id, includeArchived: false }), { ねこ: 1, cats: 1, 猫: 1 });
  assert.deepEqual(await counts({ categoryIds: [cats.id], isArchived: true }), { ねこ: 1, 'Cats and dogs': 1 });
  assert.deepEqual(await counts({ q: 'tag:猫' }), { 猫: 1 });
  assert.deepEqual(await counts({ text: 'ネコ太郎', tags: ['猫'] }), { 猫: 1 });
  assert.deepEqual(await counts({ q: 'x', text: 'tag:猫' }), { 猫: 1 }, 'the name of 3.3 wins');
  assert.deepEqual(await counts({ categoryId: kNobodysId }), {});
  assert.deepEqual(await counts({ 'params[q]': 'tag:猫' }), { 猫: 1 });
  const faulty = expectProblem(await user.post('/api/suggestions/facets', { categoryId: 'x', dateFrom: 'soon' }), 400, 'INVALID_FACET_PARAMS');
  assert.deepEqual(faultsOf(faulty), ['categoryIds.0:invalid_string', 'dateFrom:invalid_date']);
  for (let i = 0; i < 40; ++i) await user.addBookmark({ tags: [`tag ${i}`], authorUsername: `a${i}` });
  const many = (await ask({})).facets;
  assert.deepEqual([many.tags.length, many.authors.length], [30, 20]);
});
