// What logins with X need of X, and no more: authorisation with PKCE, tokens that are used once, and whose they are.
// Every request is kept; `fault` decides about a request before X does.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const kTokenSeconds = 7200;
const kAllScopes = 'bookmark.read tweet.read users.read offline.access';

export class XLogin {
  #server;
  requests = [];
  revoked = [];
  users = new Map();
  codes = new Map();
  access = new Map();
  refresh = new Map();
  spent = new Set();
  scopes = kAllScopes;
  apps = new Map([['app', 'secret']]);
  /** @type {undefined | ((request: {method: string, path: string, form: URLSearchParams}) => object | undefined)} */
  fault;

  static async start() {
    const x = new XLogin();
    await x.listen();
    return x;
  }

  async listen(port = 0) {
    this.#server = createServer((request, response) => this.#receive(request, response));
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** The configuration of a server that uses this X. */
  get env() {
    return {
      X_CLIENT_ID: 'app', X_CLIENT_SECRET: 'secret', X_API_BASE_URL: this.url, X_AUTHORIZE_URL: `${this.url}/i/oauth2/authorize`,
      X_TOKEN_URL: `${this.url}/2/oauth2/token`, X_REVOKE_URL: `${this.url}/2/oauth2/revoke`,
    };
  }

  addUser(id, username, name = username, image = `https://pbs.twimg.com/${id}.jpg`) {
    this.users.set(id, { id, username, name, profile_image_url: image });
    return id;
  }

  /** What the user does at X: the code and state that the browser is sent back with. */
  authorize(authUrl, userId) {
    const url = new URL(authUrl);
    const asked = Object.fromEntries(url.searchParams);
    const code = randomBytes(12).toString('hex');
    this.codes.set(code, { userId, asked });
    return { code, state: asked.state };
  }

  countOf(path, grant) {
    return this.requests.filter((r) => r.path === path && (!grant || r.form.get('grant_type') === grant)).length;
  }

  async #receive(request, response) {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const seen = {
      method: request.method, path: request.url.split('?')[0], query: new URL(request.url, 'http://x').searchParams, form: new URLSearchParams(body), headers: request.headers,
    };
    this.requests.push(seen);
    const fault = this.fault?.(seen);
    if (fault?.before) await fault.before; // then as usual
    const answer = fault && !fault.before ? fault : this.answer(seen);
    if (answer.wait) await answer.wait;
    if (answer.cut) return request.socket.destroy();
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    if (answer.cutBody) {
      response.write(JSON.stringify(answer.body).slice(0, 40));
      return void setImmediate(() => request.socket.destroy());
    }
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {}));
  }

  /** The usual answer: `{status, headers, body}`. */
  answer(seen) {
    if (seen.path === '/2/users/me') return this.#me(seen.headers.authorization?.replace(/^Bearer /, ''));
    if (seen.method !== 'POST') return { status: 404 };
    const app = this.#appOf(seen);
    if (!app) return { status: 401, body: { error: 'unauthorized_client', error_description: 'Missing valid authorization header' } };
    if (seen.path === '/2/oauth2/revoke') {
      this.revoked.push(seen.form.get('token'));
      return { body: { revoked: true } };
    }
    if (seen.form.get('grant_type') === 'authorization_code') return this.#exchange(seen.form, app);
    return this.#rotate(seen.form.get('refresh_token'), app);
  }

  #appOf({ headers, form }) {
    const [id, secret] = headers.authorization
      ? Buffer.from(headers.authorization.replace('Basic ', ''), 'base64').toString().split(':') : [form.get('client_id'), ''];
    return this.apps.get(id) === secret ? id : undefined;
  }

  #me(token) {
    const userId = this.access.get(token);
    if (!userId) return { status: 401, body: { title: 'Unauthorized', detail: 'Unauthorized', type: 'about:blank', status: 401 } };
    return { body: { data: this.users.get(userId) }, headers: { 'x-rate-limit-limit': '75', 'x-rate-limit-remaining': '74' } };
  }

  #exchange(form, app) {
    const known = this.codes.get(form.get('code'));
    this.codes.delete(form.get('code'));
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
    const fits = known && known.asked.client_id === app && known.asked.redirect_uri === form.get('redirect_uri') &&
      known.asked.code_challenge_method === 'S256' && known.asked.code_challenge === challenge;
    if (!fits) return { status: 400, body: { error: 'invalid_request', error_description: 'Value passed for the authorization code was invalid.' } };
    return this.#issue(known.userId, app);
  }

  #rotate(token, app) {
    const known = this.refresh.get(token);
    this.refresh.delete(token);
    if (!known || known.app !== app) {
      const reused = this.spent.has(token);
      return { status: 400, body: { error: 'invalid_request', error_description: `Value passed for the token was invalid.${reused ? ' Used.' : ''}` } };
    }
    this.spent.add(token);
    return this.#issue(known.userId, app);
  }

  #issue(userId, app) {
    const [access, refresh] = [1, 2].map(() => randomBytes(24).toString('base64url'));
    this.access.set(access, userId);
    this.refresh.set(refresh, { userId, app });
    return { body: { token_type: 'bearer', expires_in: kTokenSeconds, access_token: access, scope: this.scopes, refresh_token: refresh } };
  }
}
