// A server that speaks the part of S3's protocol that we use and checks every signature by rules of its own (Amazon S3
// API Reference, "Signature Calculations"), with scripted faults.
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const hash = (data) => createHash('sha256').update(data).digest('hex');
const mac = (key, data) => createHmac('sha256', key).update(data).digest();
const escape = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const xml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export class S3Simulator {
  accessKeyId = 'AKIASIMULATOR';
  secretAccessKey = `secret-${randomUUID()}`;
  region = 'eu-test-1';
  bucket = 'bookmarks';
  pageSize = 2;
  objects = new Map();
  uploads = new Map();
  requests = [];
  /** May wait. @type {(request: {method: string, path: string, query: URLSearchParams, number: number}) => undefined | {status: number} | 'cut' | Promise<undefined>} */
  script = () => undefined;

  static async start(options = {}) {
    const simulator = Object.assign(new S3Simulator(), options);
    simulator.server = createServer((request, response) => simulator.#serve(request, response));
    await new Promise((resolve) => simulator.server.listen(0, '127.0.0.1', resolve));
    simulator.url = `http://127.0.0.1:${simulator.server.address().port}`;
    return simulator;
  }

  /** Configuration of a server that keeps its files here. */
  get env() {
    return {
      STORAGE_PROVIDER: 's3', AWS_S3_BUCKET: this.bucket, AWS_REGION: this.region, AWS_ACCESS_KEY_ID: this.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.secretAccessKey, AWS_S3_ENDPOINT: this.url, ALLOW_PRIVATE_ADDRESSES: '127.0.0.1',
    };
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #serve(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url, this.url);
    const path = decodeURIComponent(url.pathname);
    const seen = { method: request.method, path, query: url.searchParams, number: this.requests.length + 1 };
    this.requests.push(seen);
    const fault = await this.script(seen);
    if (fault === 'cut') return request.socket.destroy();
    if (fault) return this.#fail(response, fault.status, fault.status === 503 ? 'SlowDown' : 'InternalError');
    const refusal = this.#check(request, url, body);
    if (refusal) return this.#fail(response, 403, refusal);
    const prefix = `/${this.bucket}/`;
    if (!path.startsWith(prefix)) return this.#fail(response, 404, 'NoSuchBucket');
    return this.#answer(request, response, path.slice(prefix.length), url.searchParams, body);
  }

  #fail(response, status, code) {
    response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
  }

  // Nothing: the signature is right.
  #check(request, url, body) {
    const presigned = url.searchParams.has('X-Amz-Signature');
    const authorization = request.headers.authorization ?? '';
    const fields = presigned
      ? { Credential: url.searchParams.get('X-Amz-Credential'), SignedHeaders: url.searchParams.get('X-Amz-SignedHeaders'), Signature: url.searchParams.get('X-Amz-Signature') }
      : Object.fromEntries([...authorization.matchAll(/(\w+)=([^,]+)/g)].map(([, name, value]) => [name, value]));
    const date = presigned ? url.searchParams.get('X-Amz-Date') : request.headers['x-amz-date'];
    if (!fields.Signature || !date) return 'AccessDenied';
    const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
    const lifetime = presigned ? Number(url.searchParams.get('X-Amz-Expires')) * 1000 : 15 * 60_000;
    if (!(Date.now() < at + lifetime)) return presigned ? 'AccessDenied' : 'RequestTimeTooSkewed';
    const [key, day, region, service, end] = fields.Credential.split('/');
    if (key !== this.accessKeyId || region !== this.region || service !== 's3' || end !== 'aws4_request' || day !== date.slice(0, 8)) return 'InvalidAccessKeyId';
    const names = fields.SignedHeaders.split(';');
    if (!names.includes('host')) return 'AccessDenied';
    const unsigned = Object.keys(request.headers).filter((name) => name.startsWith('x-amz-') && !names.includes(name));
    if (unsigned.length > 0) return 'AccessDenied';
    const payload = presigned ? 'UNSIGNED-PAYLOAD' : request.headers['x-amz-content-sha256'];
    if (!presigned && payload !== hash(body)) return 'XAmzContentSHA256Mismatch';
    const query = [...url.searchParams].filter(([name]) => name !== 'X-Amz-Signature').map(([name, value]) => [escape(name), escape(value)])
      .sort(([a], [b]) => (a < b ? -1 : 1)).map((pair) => pair.join('=')).join('&');
    const headers = names.map((name) => `${name}:${String(request.headers[name]).trim()}\n`).join('');
    const canonical = [request.method, url.pathname.split('/').map((part) => escape(decodeURIComponent(part))).join('/'), query, headers, fields.SignedHeaders, payload].join('\n');
    const text = ['AWS4-HMAC-SHA256', date, `${day}/${region}/s3/aws4_request`, hash(canonical)].join('\n');
    const signing = [day, region, 's3', 'aws4_request'].reduce(mac, `AWS4${this.secretAccessKey}`);
    const expected = mac(signing, text);
    const given = Buffer.from(fields.Signature, 'hex');
    return given.length === expected.length && timingSafeEqual(given, expected) ? undefined : 'SignatureDoesNotMatch';
  }

  #answer(request, response, key, query, body) {
    const { method } = request;
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    const reply = (text) => response.writeHead(200, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>${text}`);
    if (method === 'GET' && key === '' && query.get('list-type') === '2') return reply(this.#list(query));
    if (method === 'POST' && query.has('uploads')) {
      const id = randomUUID();
      this.uploads.set(id, { key, parts: new Map() });
      return reply(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    }
    if (query.has('uploadId')) return this.#part(request, response, key, query, body, etag, reply);
    if (method === 'PUT') {
      this.objects.set(key, { body, etag, at: new Date() });
      return response.writeHead(200, { etag }).end();
    }
    if (method === 'DELETE') {
      this.objects.delete(key);
      return response.writeHead(204).end();
    }
    const object = this.objects.get(key);
    if (!object) return method === 'HEAD' ? response.writeHead(404).end() : this.#fail(response, 404, 'NoSuchKey');
    if (request.headers['if-match'] && request.headers['if-match'] !== object.etag) return this.#fail(response, 412, 'PreconditionFailed');
    const headers = { etag: object.etag, 'last-modified': object.at.toUTCString(), 'content-length': object.body.length };
    const disposition = query.get('response-content-disposition');
    if (disposition) headers['content-disposition'] = disposition;
    if (method === 'HEAD') return response.writeHead(200, headers).end();
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (!range) return response.writeHead(200, headers).end(object.body);
    const part = object.body.subarray(Number(range[1]), Number(range[2]) + 1);
    return response.writeHead(206, { ...headers, 'content-length': part.length }).end(part);
  }

  #part(request, response, key, query, body, etag, reply) {
    const upload = this.uploads.get(query.get('uploadId'));
    if (!upload || upload.key !== key) return this.#fail(response, 404, 'NoSuchUpload');
    if (request.method === 'DELETE') {
      this.uploads.delete(query.get('uploadId'));
      return response.writeHead(204).end();
    }
    if (request.method === 'PUT') {
      upload.parts.set(Number(query.get('partNumber')), { body, etag });
      return response.writeHead(200, { etag }).end();
    }
    const named = [...body.toString().matchAll(/<Part><PartNumber>(\d+)<\/PartNumber><ETag>([^<]+)<\/ETag><\/Part>/g)].map(([, number, tag]) => [Number(number), tag]);
    if (named.length === 0 || named.some(([number, tag]) => upload.parts.get(number)?.etag !== tag)) return this.#fail(response, 400, 'InvalidPart');
    const whole = Buffer.concat(named.map(([number]) => upload.parts.get(number).body));
    this.objects.set(key, { body: whole, etag: `"${hash(whole).slice(0, 32)}-${named.length}"`, at: new Date() });
    this.uploads.delete(query.get('uploadId'));
    return reply('<CompleteMultipartUploadResult/>');
  }

  #list(query) {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).sort();
    const start = query.has('continuation-token') ? keys.indexOf(query.get('continuation-token')) : 0;
    const page = keys.slice(start, start + this.pageSize);
    const next = keys[start + this.pageSize];
    const contents = page.map((key) => {
      const { body, etag, at } = this.objects.get(key);
      return `<Contents><Key>${xml(key)}</Key><LastModified>${at.toISOString()}</LastModified><ETag>${xml(etag)}</ETag><Size>${body.length}</Size></Contents>`;
    }).join('');
    return `<ListBucketResult><IsTruncated>${Boolean(next)}</IsTruncated>${contents}${next ? `<NextContinuationToken>${xml(next)}</NextContinuationToken>` : ''}</ListBucketResult>`;
  }
}
