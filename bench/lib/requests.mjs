// Requests as bytes: what wrk and xbm_open_loop send, and single ones to see that the answer is right.
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { Failure } from './processes.mjs';

const kTimeoutMs = 30_000;

/** Where a number that does not repeat is put in: 18 digits. */
export const kUniqueMark = '@'.repeat(18);

export function get(target, headers = {}) {
  return `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines(headers)}\r\n`;
}

export function post(target, headers, body) {
  const text = JSON.stringify(body);
  return `POST ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines(headers)}Content-Type: application/json\r\n`
    + `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

const lines = (headers) => Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');

export const bearer = (token) => ({ Authorization: `Bearer ${token}` });

let files = 0;
/** A file of requests with NUL between them. */
export function writeRequests(dir, requests) {
  const file = path.join(dir, `requests-${++files}`);
  writeFileSync(file, requests.join('\0'));
  return file;
}

/** Sends one request and returns the whole answer: `{status, header, body, bytes}`; `bytes` is everything, as received. */
export function exchange(port, request) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setTimeout(kTimeoutMs, () => socket.destroy(new Failure('no answer')));
    socket.setNoDelay(true);
    let bytes = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('close', () => reject(new Failure('the connection ended before the answer')));
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const answer = readAnswer(bytes);
      if (!answer) return;
      socket.removeAllListeners('close');
      socket.destroy();
      resolve(answer);
    });
  });
}

/** Null while it is not complete. */
export function readAnswer(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const header = bytes.subarray(0, end).toString('latin1');
  const status = Number(header.slice(9, 12));
  const length = header.match(/^content-length: *(\d+)/im);
  if (!length && status !== 304 && status !== 204) throw new Failure(`an answer without Content-Length:\n${header}`);
  const size = end + 4 + (status === 304 ? 0 : Number(length?.[1] ?? 0));
  if (bytes.length < size) return null;
  return { status, header, body: bytes.subarray(end + 4, size), bytes: bytes.subarray(0, size) };
}

export const headerOf = (answer, name) => answer.header.match(new RegExp(`^${name}: *(.*)$`, 'im'))?.[1].trim();

/** The answer, if it has this status. */
export async function expectStatus(port, request, status = 200) {
  const answer = await exchange(port, request);
  if (answer.status !== status) {
    throw new Failure(`${request.split('\r\n')[0]} was answered ${answer.status} instead of ${status}\n${answer.body.toString().slice(0, 500)}`);
  }
  return answer;
}
