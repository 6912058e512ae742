// Several users who create, change, delete, list and search while something goes wrong, and what must be true afterwards:
// every acknowledged write is there, none is there by half, and nobody saw what belongs to another.
//
// A lane is one client of one user; it writes only bookmarks of its own, one after the other. A write without an answer
// may have happened or not, and may still happen: its bookmarks are left alone from then on, and both outcomes are right.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { bookmark, Client, expectOk, Random } from './client.mjs';

const kAbsent = 'absent';
const kRefused = 'refused';
const kPauseMs = 10; // after an answer that says: not now
const kBulkItems = 5;

/** The users of a load: `count` clients with a mark of their own that all of their texts carry. */
export async function registerUsers(url, count, prefix) {
  const users = [];
  for (let i = 0; i < count; ++i) {
    const client = await new Client(url).register(`${prefix}_${i}`);
    users.push({ client, mark: `${prefix}owned${i}x` });
  }
  return users;
}

export class MixedLoad {
  #going = true;
  #lanes = [];
  #ended;
  #failure;
  #items = []; // {user, postId, id, outcomes: [state]}, a state is the note or kAbsent
  #groups = []; // bulk writes without an answer: {items, before: [state], after: [state]}
  #changes = 0;

  /**
   * Starts at once.
   * @param {{client: Client, mark: string}[]} users of `registerUsers`
   * @param {{lanes?: number, seed?: number, urlOf?: () => string}} [options] lanes per user; `urlOf` is asked before every
   *   request
   */
  constructor(users, { lanes = 2, seed = 1, urlOf } = {}) {
    Object.assign(this, { users, urlOf });
    this.figures = { requests: 0, acknowledged: 0, unknown: 0, refused: 0, failedReads: 0, lost: 0, half: 0, leaked: 0 };
    this.statuses = new Map();
    users.forEach((user, u) => {
      for (let lane = 0; lane < lanes; ++lane) this.#lanes.push(this.#run(user, new Random(seed * 1000 + u * lanes + lane)));
    });
    this.#ended = Promise.all(this.#lanes).catch((error) => (this.#failure = error));
  }

  /** Acknowledged writes until now. */
  get acknowledged() { return this.figures.acknowledged; }

  /** Ends the load; throws what a lane found wrong. */
  async stop() {
    this.#going = false;
    await this.#ended;
    this.throwFailure();
  }

  /** Throws what a lane found wrong until now. */
  throwFailure() {
    if (this.#failure) throw this.#failure;
  }

  async #run(user, random) {
    const own = [];
    while (this.#going) {
      if (random.chance(0.4)) await this.#read(user, random);
      else await this.#write(user, own, random);
    }
  }

  /**
   * The answer; kRefused when nobody listened, so that nothing happened; undefined when no answer came or it says that
   * something is wrong on the other side.
   */
  async #ask(user, method, path, body) {
    this.figures.requests += 1;
    const client = this.urlOf ? new Client(this.urlOf(), user.client) : user.client;
    let answer;
    try {
      answer = await client.request(method, path, { body });
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error; // not as documented
      if (error.cause?.code === 'ECONNREFUSED') {
        await sleep(kPauseMs);
        return kRefused;
      }
    }
    const status = answer?.status ?? 0;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (status !== 0 && status < 500) return answer;
    await sleep(kPauseMs);
    return undefined;
  }

  async #read(user, random) {
    const path = random.pick(['/api/bookmarks?limit=50', '/api/bookmarks?limit=50&sortOrder=asc', `/api/search?text=${user.mark}&limit=50`]);
    const answer = await this.#ask(user, 'GET', path);
    if (!answer || answer === kRefused) {
      this.figures.failedReads += 1;
      return;
    }
    this.#expectOwn(user, expectOk(answer).data.bookmarks);
  }

  #expectOwn(user, bookmarks) {
    const foreign = bookmarks.filter(({ content }) => !content.includes(user.mark));
    this.figures.leaked += foreign.length;
    assert.deepEqual(foreign, [], `${user.mark} sees what is not his`);
  }

  async #write(user, own, random) {
    const known = own.filter(({ outcomes }) => outcomes.length === 1 && outcomes[0] !== kAbsent);
    const roll = random.next();
    if (known.length < kBulkItems || roll < 0.4) return this.#create(user, own);
    if (roll < 0.65) {
      const item = random.pick(known);
      const note = this.#note(user);
      return this.#apply([item], [note], await this.#ask(user, 'PUT', `/api/bookmarks/${item.id}`, { note }));
    }
    if (roll < 0.75) {
      const item = random.pick(known);
      return this.#apply([item], [kAbsent], await this.#ask(user, 'DELETE', `/api/bookmarks/${item.id}`));
    }
    const items = random.some(known, kBulkItems);
    const bookmarkIds = items.map(({ id }) => id);
    if (roll < 0.95) {
      const note = this.#note(user);
      return this.#apply(items, items.map(() => note), await this.#ask(user, 'POST', '/api/bookmarks/bulk', { bookmarkIds, updates: { note } }));
    }
    return this.#apply(items, items.map(() => kAbsent), await this.#ask(user, 'DELETE', '/api/bookmarks/bulk', { bookmarkIds }));
  }

  #note(user) { return `${user.mark} ${++this.#changes}`; }

  async #create(user, own) {
    const note = this.#note(user);
    const sent = bookmark({ content: `${user.mark} something to read`, note });
    const item = { user, postId: sent.xTweetId, outcomes: [kAbsent] };
    own.push(item);
    this.#items.push(item);
    const answer = await this.#ask(user, 'POST', '/api/bookmarks', sent);
    item.id = answer?.body?.data?.bookmark?.id;
    this.#apply([item], [note], answer);
  }

  #apply(items, after, answer) {
    if (answer === kRefused) {
      this.figures.refused += 1;
      return;
    }
    if (!answer) {
      this.figures.unknown += 1;
      this.#groups.push({ items, before: items.map(({ outcomes }) => outcomes[0]), after });
      items.forEach((item, i) => item.outcomes.push(after[i]));
      return;
    }
    assert.ok(answer.status < 300, `${answer.path}: ${answer.status} ${answer.text.slice(0, 300)}`);
    this.figures.acknowledged += 1;
    items.forEach((item, i) => (item.outcomes = [after[i]]));
  }

  /**
   * Compares what is there with what was acknowledged, over the API and in the tables; call it after `stop`.
   * @param {(sql: string) => Promise<string[][]>} sql asks the database of the server
   */
  async check(sql) {
    const faults = [];
    const shown = new Map();
    for (const user of this.users) {
      const client = this.urlOf ? new Client(this.urlOf(), user.client) : user.client;
      const { items } = await client.all('/api/bookmarks?includeArchived=true');
      this.#expectOwn(user, items);
      for (const { xTweetId, note } of items) shown.set(`${user.mark} ${xTweetId}`, note);
    }
    const stateOf = ({ user, postId }) => {
      const key = `${user.mark} ${postId}`;
      return shown.has(key) ? shown.get(key) : kAbsent;
    };
    for (const item of this.#items) {
      if (item.outcomes.includes(stateOf(item))) continue;
      this.figures.lost += 1;
      faults.push(`${item.user.mark} ${item.postId}: ${stateOf(item)} instead of ${item.outcomes.join(' or ')}`);
    }
    for (const { items, before, after } of this.#groups) {
      const is = (states) => items.every((item, i) => stateOf(item) === states[i]);
      if (is(before) || is(after)) continue;
      this.figures.half += 1;
      faults.push(`half of a write: ${items.map(stateOf).join(', ')}`);
    }
    const ours = new Set(this.#items.map(({ user, postId }) => `${user.mark} ${postId}`));
    faults.push(...[...shown.keys()].filter((key) => !ours.has(key)).map((key) => `${key}: nobody wrote it`));
    faults.push(...(await checkTables(sql)));
    assert.deepEqual(faults.slice(0, 20), []);
  }
}

/** What every library must hold, whatever happened: exact counters, and no version above the library's. Gives the faults. */
export async function checkTables(sql) {
  const questions = {
    'counter of a library': `SELECT l.user_id, l.active_count, l.archived_count FROM library l LEFT JOIN bookmarks b USING (user_id)
      GROUP BY l.user_id, l.active_count, l.archived_count
      HAVING l.active_count <> count(b.id) FILTER (WHERE NOT b.is_archived)
          OR l.archived_count <> count(b.id) FILTER (WHERE b.is_archived)`,
    'version above its library': `SELECT l.user_id, i.library_version, l.version FROM library l JOIN (
        SELECT user_id, library_version FROM bookmarks UNION ALL SELECT user_id, library_version FROM tombstones
        UNION ALL SELECT user_id, library_version FROM categories UNION ALL SELECT user_id, library_version FROM tags) i
        USING (user_id) WHERE i.library_version > l.version`,
    'version twice': `SELECT user_id, library_version FROM (
        SELECT user_id, library_version FROM bookmarks UNION ALL SELECT user_id, library_version FROM tombstones) i
        GROUP BY 1, 2 HAVING count(*) > 1`,
    'bookmark that is also deleted': `SELECT b.user_id, b.id FROM bookmarks b JOIN tombstones t
        ON t.user_id = b.user_id AND t.type = 'bookmark' AND t.item_id = b.id::text`,
  };
  const faults = [];
  for (const [what, question] of Object.entries(questions))
    for (const row of await sql(question)) faults.push(`${what}: ${row.join(' ')}`);
  return faults;
}
