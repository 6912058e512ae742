// A webhook: takes POSTs of JSON on the loopback interface and keeps them.
import { once } from 'node:events';
import { createServer } from 'node:http';

export class Receiver {
  taken = [];
  status = 200;

  static async start() {
    const receiver = new Receiver();
    receiver.server = createServer(async (request, response) => {
      let text = '';
      for await (const piece of request) text += piece;
      receiver.taken.push({ path: request.url, json: JSON.parse(text), headers: request.headers });
      response.writeHead(receiver.status).end();
    }).listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}`;
    return receiver;
  }

  of(path) { return this.taken.filter((one) => one.path === path).map(({ json }) => json); }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
