// One user's library in the history test: writes that are recorded, reads that are checked against the record.
//
//   register        shown by
//   note of a bookmark `u:n<value>`           lists, searches, the bookmark itself
//   presence (1 made, 2 deleted)              lists, searches, the bookmark itself
//   name of a category `u:c<value>`           the tree, and every bookmark in it
//   tag of a bookmark `u.g.<value>`           lists, searches, the bookmark itself
//   oldest tag of a group `u.g.<value>`       the list of tags
// Beside that an answer must agree with itself: total and rows, counts and facets.
import { bookmark } from './client.mjs';
import { cacheUse, timed } from './instances.mjs';
import { kBounds, Mutex, Register } from './history.mjs';

const kBookmarksMax = 60;
const kWord = 'watched';
const numberAfter = (text, prefix) => (text?.startsWith(prefix) ? Number(text.slice(prefix.length)) : NaN);

/** A write whose fate is unknown: the connection was cut before its answer. */
class Unknown extends Error {}

export class WatchedLibrary {
  /** @param {object} world `{clients, conditions, count, now, isUp, faults, uses}` @param {string} name a letter */
  constructor(world, name) {
    Object.assign(this, { world, name, items: new Map(), categories: [], groups: [], values: 0 });
  }

  #register(name, first) { return new Register(`${this.name} ${name}`, this.world.count, first); }
  #client(instance) { return this.world.clients[instance](this.name); }

  /** Makes categories, tags and some bookmarks. */
  async prepare(instance, items) {
    const { body } = await this.#client(instance).get('/api/categories');
    this.categories = body.data.categories.slice(0, 3).map(({ id }) => ({ id, mutex: new Mutex(), register: this.#register(`category ${id}`) }));
    this.groups = [0, 1].map((g) => ({ prefix: `${this.name}.${g}.`, value: 1, mutex: new Mutex(), register: this.#register(`tag ${g}`, 1) }));
    for (const category of this.categories) await this.#renameCategory(instance, category);
    for (let i = 0; i < items; ++i) await this.create(instance, i);
  }

  /** Sends a write that raises `registers` to `value`; `allowed`: a status that says that there is nothing to write. */
  async #write(instance, method, path, body, registers, value, allowed) {
    for (const register of registers) register.begin(value);
    let answer;
    try {
      answer = await this.#client(instance).request(method, path, { body });
    } catch {
      answer = undefined;
    }
    if (answer === undefined || answer.status === 503) {
      if (this.world.isUp(instance)) this.world.faults.push(`${method} ${path} at ${instance}: ${answer?.text ?? 'cut'}`);
      throw new Unknown();
    }
    if (answer.status === allowed) return answer; // nothing is left that it could change
    if (answer.status >= 300) throw new Error(`${method} ${path} at ${instance}: ${answer.text}`);
    for (const register of registers) register.acknowledge(value, instance, this.world.now());
    return answer;
  }

  create(instance, at) {
    const category = this.categories[at % this.categories.length];
    const group = this.groups[at % this.groups.length];
    return group.mutex.run(() => this.#createIn(instance, category, group, group.value));
  }

  async #createIn(instance, category, group, tagValue) {
    // After a renaming that may or may not have happened nobody knows which tag is the oldest.
    if (this.items.size >= kBookmarksMax || group.register.newest !== tagValue) return;
    const value = ++this.values;
    const fields = bookmark({ content: `${kWord} ${this.name}`, note: `${this.name}:n${value}`, tags: [`${group.prefix}${tagValue}`], categoryId: category.id });
    const item = {
      category, group, mutex: new Mutex(), note: this.#register(`note of ${fields.xTweetId}`), tag: this.#register(`tag of ${fields.xTweetId}`),
      presence: this.#register(`presence of ${fields.xTweetId}`),
    };
    item.note.begin(value);
    item.tag.begin(tagValue);
    this.items.set(fields.xTweetId, item);
    await item.mutex.run(async () => {
      const answer = await this.#write(instance, 'POST', '/api/bookmarks', fields, [item.presence], 1);
      item.id = answer.body.data.bookmark.id;
      item.note.acknowledge(value, instance, this.world.now());
      item.tag.acknowledge(tagValue, instance, this.world.now());
    });
  }

  update(instance, item) {
    return item.mutex.run(async () => {
      if (!item.id || item.presence.newest !== 1) return;
      const value = ++this.values;
      await this.#write(instance, 'PUT', `/api/bookmarks/${item.id}`, { note: `${this.name}:n${value}` }, [item.note], value);
    });
  }

  async updateMany(instance, items) {
    const [first, ...rest] = items;
    const both = rest.at(0);
    if (!both || first === both) return this.update(instance, first);
    // In a fixed order, or two of these would wait for each other.
    const [one, two] = [first, both].sort((x, y) => [...this.items.values()].indexOf(x) - [...this.items.values()].indexOf(y));
    await one.mutex.run(() => two.mutex.run(async () => {
      if (!one.id || !two.id || one.presence.newest !== 1 || two.presence.newest !== 1) return;
      const value = ++this.values;
      const body = { bookmarkIds: [one.id, two.id], updates: { note: `${this.name}:n${value}` } };
      await this.#write(instance, 'PUT', '/api/bookmarks/bulk', body, [one.note, two.note], value);
    }));
  }

  remove(instance, item) {
    return item.mutex.run(async () => {
      if (!item.id || item.presence.newest !== 1) return;
      await this.#write(instance, 'DELETE', `/api/bookmarks/${item.id}`, undefined, [item.presence], 2);
      item.deletedAt = this.world.now();
    });
  }

  rename(instance, category) { return category.mutex.run(() => this.#renameCategory(instance, category)); }
  async #renameCategory(instance, category) {
    const value = ++this.values;
    await this.#write(instance, 'PUT', `/api/categories/${category.id}`, { name: `${this.name}:c${value}` }, [category.register], value);
  }

  /** Renames the tag of a group; half of the time into one that exists by then. */
  retag(instance, group, merges) {
    return group.mutex.run(async () => {
      if (group.register.newest !== group.value) return; // an earlier one may or may not have happened
      const next = group.value + 1;
      if (merges) {
        group.register.begin(next);
        await this.#createIn(instance, this.categories[0], group, next);
      }
      const tagged = [...this.items.values()].filter((item) => item.group === group).map(({ tag }) => tag);
      const path = `/api/tags/${group.prefix}${group.value}`;
      await this.#write(instance, 'PUT', path, { name: `${group.prefix}${next}` }, [group.register, ...tagged], next, 404);
      group.value = next;
    });
  }

  // Reads. What must be seen is settled before the request is sent.
  #expect(instance) {
    const now = this.world.now();
    const of = (register) => register.expectation(instance, now, this.world.conditions);
    return {
      items: [...this.items].map(([post, item]) => ({ post, item, note: of(item.note), tag: of(item.tag), presence: of(item.presence) })),
      categories: new Map(this.categories.map((category) => [category.id, of(category.register)])),
      groups: this.groups.map((group) => of(group.register)),
    };
  }

  async #get(instance, path) {
    let answer;
    try {
      answer = await timed(this.#client(instance), path);
    } catch (error) {
      if (this.world.isUp(instance)) this.world.faults.push(`GET ${path} at ${instance}: ${error.cause ?? error}`);
      return undefined;
    }
    this.world.uses[cacheUse(answer)] += 1;
    return answer;
  }

  #check(register, value, expectation, instance, path, answer) {
    const fault = register.check(value, expectation, instance);
    if (fault) this.world.faults.push(`${Math.round(this.world.now())} ms: ${path} (${cacheUse(answer)} ${answer.headers.get('etag')}): ${fault}`);
  }

  #checkBookmark(shown, at, expected, instance, path, answer) {
    const fault = (text) => this.world.faults.push(`${path} at ${instance}: ${text}`);
    if (!at) return fault(`a bookmark of nobody: ${shown.xTweetId}`);
    this.#check(at.item.note, numberAfter(shown.note, `${this.name}:n`) || 0, at.note, instance, path, answer);
    const category = this.categories.find(({ id }) => id === shown.category?.id);
    if (!category) return fault(`category ${JSON.stringify(shown.category)}`);
    this.#check(category.register, numberAfter(shown.category.name, `${this.name}:c`), expected.categories.get(category.id), instance, path, answer);
    this.#check(at.item.tag, numberAfter(shown.tags[0], at.item.group.prefix), at.tag, instance, path, answer);
  }

  /** A list or search of all bookmarks. */
  async readList(instance, path) {
    const expected = this.#expect(instance);
    const answer = await this.#get(instance, path);
    if (!answer) return;
    const fault = (text) => this.world.faults.push(`${path} at ${instance}: ${text}`);
    if (answer.status !== 200) return fault(answer.text);
    const { bookmarks, pagination, facets } = answer.body.data;
    const shown = new Map(bookmarks.map((item) => [item.xTweetId, item]));
    for (const { post, item, presence } of expected.items) {
      // Of a bookmark that is not there either nothing was written yet or it was deleted: take what fits.
      const value = shown.has(post) ? 1 : presence.value === 0 ? 0 : 2;
      this.#check(item.presence, value, presence, instance, path, answer);
    }
    const byPost = new Map(expected.items.map((at) => [at.post, at]));
    for (const [post, item] of shown) {
      if (byPost.has(post)) this.#checkBookmark(item, byPost.get(post), expected, instance, path, answer);
      else if (!this.items.has(post)) fault(`a bookmark of nobody: ${post}`);
    }
    if (pagination.total !== bookmarks.length) fault(`total ${pagination.total}, ${bookmarks.length} rows`);
    const filed = facets?.categories.reduce((sum, { count }) => sum + count, 0);
    if (facets && filed !== pagination.total) fault(`total ${pagination.total}, ${filed} in facets`);
  }

  async readOne(instance, item) {
    if (!item.id) return;
    const expected = this.#expect(instance);
    const path = `/api/bookmarks/${item.id}`;
    const answer = await this.#get(instance, path);
    if (!answer) return;
    const at = expected.items.find((other) => other.item === item);
    if (answer.status !== 200 && answer.status !== 404) return this.world.faults.push(`${path} at ${instance}: ${answer.text}`);
    this.#check(item.presence, answer.status === 200 ? 1 : 2, at.presence, instance, path, answer);
    if (answer.status === 200) this.#checkBookmark(answer.body.data.bookmark, at, expected, instance, path, answer);
  }

  async readCategories(instance) {
    const expected = this.#expect(instance);
    const path = '/api/categories?includeCount=true';
    const answer = await this.#get(instance, path);
    if (!answer) return;
    if (answer.status !== 200) return this.world.faults.push(`${path} at ${instance}: ${answer.text}`);
    for (const category of this.categories) {
      const shown = answer.body.data.categories.find(({ id }) => id === category.id);
      this.#check(category.register, numberAfter(shown.name, `${this.name}:c`), expected.categories.get(category.id), instance, path, answer);
      const own = expected.items.filter(({ item }) => item.category === category);
      const surely = own.filter(({ item, presence }) => presence.value === 1 && item.presence.newest === 1).length;
      const known = new Set(own.map(({ item }) => item));
      const meanwhile = [...this.items.values()].filter((item) => item.category === category && !known.has(item)).length;
      const perhaps = own.filter(({ presence }) => presence.value !== 2).length + meanwhile;
      if (shown.bookmarkCount < surely || shown.bookmarkCount > perhaps)
        this.world.faults.push(`${path} at ${instance} (${cacheUse(answer)}): ${shown.bookmarkCount} of ${surely} to ${perhaps}`);
    }
  }

  async readTags(instance) {
    const expected = this.#expect(instance);
    const path = '/api/tags?limit=100';
    const answer = await this.#get(instance, path);
    if (!answer) return;
    if (answer.status !== 200) return this.world.faults.push(`${path} at ${instance}: ${answer.text}`);
    this.groups.forEach((group, g) => {
      const values = answer.body.data.tags.filter(({ count }) => count > 0).map(({ name }) => numberAfter(name, group.prefix)).filter(Number.isFinite);
      if (values.length > 0) this.#check(group.register, Math.min(...values), expected.groups[g], instance, path, answer);
    });
  }

  forget() {
    const now = this.world.now();
    for (const { register } of [...this.categories, ...this.groups]) register.forget(now);
    for (const [post, item] of this.items) {
      for (const register of [item.note, item.tag, item.presence]) register.forget(now);
      if (now - item.deletedAt > 2 * kBounds.trouble) this.items.delete(post);
    }
  }
}

export { Unknown, kWord };
