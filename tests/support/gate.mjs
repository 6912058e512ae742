// A gate between a server and a store on a Unix socket: lets bytes through, holds them back, or cuts connections.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Listens on `path` and connects to `target` for every connection.
 * @param {string} path of the socket to make
 * @param {string} target of the store's socket
 */
export async function startGate(path, target) {
  const gate = new Gate(path, target);
  await gate.listen();
  return gate;
}

class Gate {
  #pairs = new Set();
  #server;
  #mode = 'open';

  constructor(path, target) {
    Object.assign(this, { path, target, url: `unix://${path}` });
  }

  async listen() {
    this.#server = createServer({ pauseOnConnect: true }, (client) => this.#join(client));
    this.#server.listen(this.path);
    await once(this.#server, 'listening');
  }

  #join(client) {
    client.on('error', () => {});
    if (this.#mode === 'cut') return client.destroy();
    const store = connect(this.target);
    const pair = [client, store];
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [store, client]]) {
      from.on('error', () => {});
      from.on('data', (bytes) => to.write(bytes));
      from.on('close', () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
    }
    this.#flow(pair);
  }

  #flow(pair) {
    for (const socket of pair) {
      if (this.#mode === 'stall') socket.pause();
      else socket.resume();
    }
  }

  /** Everything goes through, also what was held back. */
  open() { this.#enter('open'); }
  /** Connections stay and nothing comes through, as when the other end hangs. */
  stall() { this.#enter('stall'); }
  /** All connections end and new ones are closed at once. */
  cut() {
    this.#enter('cut');
    for (const pair of this.#pairs) pair.forEach((socket) => socket.destroy());
  }

  #enter(mode) {
    this.#mode = mode;
    for (const pair of this.#pairs) this.#flow(pair);
  }

  async close() {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
