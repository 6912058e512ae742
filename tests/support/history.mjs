// The model of the history test: what was written and acknowledged where and when, and what a read may show then.
//
// Everything that is watched is a register whose values only grow: each write has a larger number than all before it,
// and writes of one register follow each other. So a read is right if its value is
//   - not below a write that had to be visible when it started (the floor),
//   - not below what an earlier read at the same instance showed (no flip-flop, also of unacknowledged writes),
//   - not above the newest write that was begun.

/** When an instance must show what was acknowledged, in ms after the acknowledgement. */
export const kBounds = { health: 2_000, trouble: 5_000 + 3_000 };
/** After trouble: reconnecting takes a second at most, seeing that a store hangs three. */
const kRecoveryMs = 4_000;

/** What is known of the ways between instances, told by whoever disturbs them. Times in ms, any origin. */
export class Conditions {
  constructor(count) {
    this.away = Array(count).fill(undefined); // since when an instance is known to know that Redis is away
    this.started = Array(count).fill(0);
    this.calmSince = 0; // Infinity while something is disturbed
  }

  disturb() { this.calmSince = Infinity; }
  calm(now) { this.calmSince = now + kRecoveryMs; }

  /** Whether a read at `reader` that starts at `now` must see a write that `writer` acknowledged at `at`. */
  mustSee(reader, now, writer, at) {
    if (writer === reader || at < this.started[reader]) return true;
    if (this.away[reader] !== undefined && this.away[reader] <= at) return true;
    const bound = at >= this.calmSince ? kBounds.health : kBounds.trouble;
    return now - at > bound;
  }
}

export class Register {
  #acknowledged = []; // {value, writer, at}, growing
  #floor = 0; // what every instance must show by now
  #shown; // by instance

  constructor(name, instances, first = 0) {
    this.name = name;
    this.newest = first;
    this.#floor = first;
    this.#shown = Array(instances).fill(first);
  }

  /** A write of `value` is about to be sent. */
  begin(value) { this.newest = value; }
  acknowledge(value, writer, at) { this.#acknowledged.push({ value, writer, at }); }

  /** What a read at `reader` that starts at `now` must show at least, and why. */
  expectation(reader, now, conditions) {
    let least = { value: this.#floor, why: 'seen by all' };
    for (const write of this.#acknowledged) {
      if (write.value > least.value && conditions.mustSee(reader, now, write.writer, write.at))
        least = { value: write.value, why: `acknowledged by ${write.writer} ${Math.round(now - write.at)} ms before` };
    }
    if (this.#shown[reader] > least.value) least = { value: this.#shown[reader], why: 'shown there before' };
    return least;
  }

  /** Checks what such a read showed; gives the fault as text. */
  check(value, expectation, reader) {
    if (value < expectation.value) return `${this.name} at ${reader}: ${value} instead of ${expectation.value} (${expectation.why})`;
    if (value > this.newest) return `${this.name} at ${reader}: ${value}, which nobody wrote (newest ${this.newest})`;
    this.#shown[reader] = Math.max(this.#shown[reader], value);
    return undefined;
  }

  /** Drops what no longer decides anything. */
  forget(now) {
    const old = this.#acknowledged.filter(({ at }) => now - at > 2 * kBounds.trouble);
    if (old.length === 0) return;
    this.#floor = Math.max(this.#floor, ...old.map(({ value }) => value));
    this.#acknowledged = this.#acknowledged.slice(old.length);
  }
}

/** One at a time. */
export class Mutex {
  #last = Promise.resolve();
  async run(work) {
    const before = this.#last;
    let done;
    this.#last = new Promise((resolve) => (done = resolve));
    await before;
    try {
      return await work();
    } finally {
      done();
    }
  }
}
