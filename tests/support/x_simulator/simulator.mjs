// X as far as the server uses it: logging in (x_login.mjs), bookmarks in pages of 800 at most, posts by id, rate limits, what
// it would bill, and faults by script. Every request is kept.
import { XLogin } from '../x_login.mjs';
import { elementOf, makePost, namesOf } from './posts.mjs';

const kWindow = 800;
const kLimit = 180;

export class XSimulator extends XLogin {
  /** Posts of each user, newest bookmark first. */
  bookmarks = new Map();
  posts = new Map();
  /** What is wrong with a post that others refer to: id → {type, title, detail}. */
  gone = new Map();
  dialect = 'tweet';
  /** Answers before the usual ones: `({method, path, query, number}) => answer | undefined`, `number` counts pages. */
  script = () => undefined;
  /** How many bookmarks of a user can be reached. */
  window = kWindow;
  pages = 0;
  /** Distinct posts that were delivered: what a UTC day costs. */
  delivered = new Set();
  remaining = kLimit;
  cursors = new Map();

  static async start() {
    const x = new XSimulator();
    await x.listen();
    return x;
  }

  /** Bookmarks of a user as numbers of posts, newest first. */
  setBookmarks(userId, numbers) {
    this.bookmarks.set(userId, numbers.map((number) => this.post(number)));
  }

  post(number, changes) {
    const post = makePost(number, changes);
    this.posts.set(post.id, post);
    return post;
  }

  add(userId, number) {
    this.bookmarks.get(userId).unshift(this.post(number));
  }

  remove(userId, number) {
    const { id } = makePost(number);
    this.bookmarks.set(userId, this.bookmarks.get(userId).filter((post) => post.id !== id));
  }

  answer(seen) {
    if (seen.path === '/i/oauth2/authorize') return this.#approve(seen.query);
    const match = /^\/2\/users\/(\d+)\/bookmarks$/.exec(seen.path);
    if (!match) return super.answer(seen);
    const number = this.pages++;
    const scripted = this.script({ ...seen, number });
    if (scripted) return scripted;
    const user = this.access.get(seen.headers.authorization?.replace(/^Bearer /, ''));
    if (!user) return { status: 401, body: { title: 'Unauthorized', type: 'about:blank', status: 401, detail: 'Unauthorized' } };
    if (user !== match[1]) return { status: 403, body: { title: 'Forbidden', type: 'about:blank', status: 403, detail: 'Forbidden' } };
    return this.#page(user, seen.query);
  }

  /** A person at X who says yes at once: the first user. */
  #approve(query) {
    const [userId] = this.users.keys();
    const { code, state } = this.authorize(`${this.url}/?${query}`, userId);
    const back = new URL(query.get('redirect_uri'));
    back.searchParams.set('code', code);
    back.searchParams.set('state', state);
    return { status: 302, headers: { location: back.href }, body: {} };
  }

  #page(user, query) {
    const names = namesOf(this.dialect);
    if (query.has(names.other)) {
      return { status: 400, body: { title: 'Invalid Request', detail: `The query parameter [${names.other}] is not one of the allowed ones`, type: 'https://api.x.com/2/problems/invalid-request', errors: [{ parameters: { [names.other]: [] }, message: `The query parameter [${names.other}] is not valid` }] } };
    }
    const size = Number(query.get('max_results') ?? 100);
    const all = this.bookmarks.get(user) ?? [];
    const begin = this.#begin(query.get('pagination_token'), all);
    if (begin === undefined) return { status: 400, body: { title: 'Invalid Request', detail: 'One or more parameters to your request was invalid.', type: 'https://api.x.com/2/problems/invalid-request', errors: [{ parameters: { pagination_token: [query.get('pagination_token')] }, message: 'The `pagination_token` query parameter value is not valid' }] } };
    const window = all.slice(0, this.window);
    const shown = window.slice(begin, begin + size);
    for (const { id } of shown) this.delivered.add(id);
    const next = begin + size < window.length ? `after-${shown.at(-1).id}` : undefined;
    if (next) this.cursors.set(next, begin + size);
    this.remaining = Math.max(0, this.remaining - 1);
    return { headers: this.limits(), body: this.bodyOf(shown, next) };
  }

  /** A cursor names the last post of its page, so that posts that are added in front do not move it; when that post is gone, its place counts. */
  #begin(token, all) {
    if (!token) return 0;
    if (!this.cursors.has(token)) return undefined;
    const place = this.cursors.get(token);
    if (place > 0 && `after-${all[place - 1]?.id}` === token) return place;
    const at = all.findIndex(({ id }) => `after-${id}` === token);
    return at >= 0 ? at + 1 : place;
  }

  limits(reset = Math.floor(Date.now() / 1000) + 900) {
    return { 'x-rate-limit-limit': String(kLimit), 'x-rate-limit-remaining': String(this.remaining), 'x-rate-limit-reset': String(reset) };
  }

  bodyOf(shown, next) {
    const authors = new Map(shown.map(({ author }) => [author.id, author]));
    const errors = shown.filter(({ quoted }) => quoted && this.gone.has(quoted))
      .map(({ quoted }) => ({ ...this.gone.get(quoted), resource_type: 'tweet', resource_id: quoted, value: quoted, parameter: 'referenced_tweets.id' }));
    return {
      ...(shown.length > 0 && { data: shown.map((post) => elementOf(post, this.dialect)) }),
      includes: { users: [...authors.values()], media: shown.flatMap(({ media }) => media) },
      ...(errors.length > 0 && { errors }),
      meta: { result_count: shown.length, ...(next && { next_token: next }) },
    };
  }
}
