// Random syncs against a model of X that changes between the pages of a run: posts come, go and come back, requests fail,
// runs are cancelled. The seed is printed; XBM_SEED repeats one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectOk, Random, until } from '../support/client.mjs';
import { connected, kXUser, settled } from '../support/connected.mjs';

const kSeeds = process.env.XBM_SEED ? [Number(process.env.XBM_SEED)] : [1, 2, 3].map((n) => Math.floor(Date.now() / 1000) * 10 + n);
const kRuns = 8;
const kPrice = 0.005;

class Play {
  constructor(seed, { x, user }) {
    Object.assign(this, { random: new Random(seed), x, user, next: x.bookmarks.get(kXUser).length + 1, said: [] });
    this.met = new Set(); // what completed runs must have brought
    this.lost = new Set(); // what went before anybody could see it
  }

  get current() { return this.x.bookmarks.get(kXUser); }

  /** Something happens at X. */
  change(mayRemove) {
    const { random, x } = this;
    // X shows 800.
    if (this.current.length > 750) return;
    const kind = random.int(0, mayRemove ? 3 : 1);
    if (kind <= 1) for (let i = random.int(1, 30); i > 0; --i) x.add(kXUser, this.next++);
    const victim = this.current.length > 20 ? random.pick(this.current) : undefined;
    if (!victim || kind < 2) return;
    x.remove(kXUser, this.numberOf(victim));
    if (kind === 3) x.add(kXUser, this.numberOf(victim));
  }

  numberOf(post) {
    for (let number = 1; number < this.next; ++number) if (this.x.post(number).id === post.id) return number;
    throw new Error('an unknown post');
  }

  /** @param {boolean} isCalm nothing is removed at X while the run reads */
  async run(full, isCalm) {
    const { random, x, user } = this;
    let faults = 0;
    let pages = 0;
    const cancelAt = random.chance(0.3) ? random.int(1, 3) : 0;
    let jobId;
    let isCancelled = false;
    x.script = () => {
      pages += 1;
      if (pages > 1 && random.chance(0.5)) this.change(!isCalm);
      if (pages === cancelAt && jobId) {
        isCancelled = true;
        return { status: 503, body: {}, wait: user.delete(`/api/jobs/${jobId}`).then(() => {}, () => {}) };
      }
      if (faults < 2 && random.chance(0.15)) {
        faults += 1;
        return random.pick([{ status: 503, body: {} }, { cut: true }, { body: '{"data": [' }]);
      }
      return undefined;
    };
    const asked = await user.post('/api/sync', { fullSync: full });
    assert.equal(asked.status, 202, asked.text);
    ({ jobId } = asked.body);
    const job = await settled(user, jobId, 60_000);
    x.script = () => undefined;
    this.said.push(`${full ? 'full' : 'new'}${isCalm ? ', calm' : ''}: ${job.state}, ${pages} pages, ${job.result?.newBookmarks ?? '-'} new of ${this.current.length}`);
    assert.ok(job.state === 'completed' || (isCancelled && job.state === 'cancelled'), JSON.stringify(job));
    return job;
  }

  async check(everything) {
    const { items } = await this.user.all('/api/bookmarks?includeArchived=true');
    const ids = items.map(({ xTweetId }) => xTweetId);
    assert.equal(new Set(ids).size, ids.length, 'nothing twice');
    const there = new Set(ids);
    for (const id of this.x.delivered) assert.ok(there.has(id), `${id} was paid for and is not there\n${this.said.join('\n')}`);
    if (everything) for (const { id } of this.current) assert.ok(there.has(id), `${this.numberOf({ id })} is not there\n${this.said.join('\n')}`);
    const { spend } = expectOk(await this.user.get('/api/sync/spend'));
    assert.ok(Math.abs(spend.today - this.x.delivered.size * kPrice) < 1e-6, `${spend.today} was counted for ${this.x.delivered.size} posts\n${this.said.join('\n')}`);
  }
}

for (const seed of kSeeds) {
  test(`random runs, XBM_SEED=${seed}`, async () => {
    const all = await connected(Array.from({ length: 150 }, (_, i) => 150 - i));
    const play = new Play(seed, all);
    try {
      // While nothing is removed, runs of what is new lose nothing, however they end.
      for (let i = 0; i < kRuns; ++i) {
        for (let j = play.random.int(0, 3); j > 0; --j) play.change(false);
        await play.run(i === 0 || play.random.chance(0.2), true);
        await play.check(false);
      }
      await until(async () => (await play.run(false, true)).state === 'completed', 120_000);
      const quiet = await all.user.post('/api/sync', {});
      assert.equal((await settled(all.user, quiet.body.jobId)).state, 'completed');
      await play.check(true);
      // Whatever happens, a full run brings everything that is there.
      for (let i = 0; i < kRuns / 2; ++i) {
        for (let j = play.random.int(0, 3); j > 0; --j) play.change(true);
        await play.run(play.random.chance(0.5), false);
        await play.check(false);
      }
      const last = await all.user.post('/api/sync', { fullSync: true });
      const job = await settled(all.user, last.body.jobId);
      assert.equal(job.state, 'completed', JSON.stringify(job));
      await play.check(true);
    } finally {
      await all.stop();
    }
  });
}
