// Checks answers against docs/openapi.yaml. `scripts/npm_packages tests` brings the validator.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readYaml } from '../../cmake/yaml.mjs';

const { default: Ajv } = await import('ajv/dist/2020.js').catch((error) => {
  throw new Error(`run scripts/npm_packages tests (${error.message})`);
});

const kErrorsShownMax = 8;
// What belongs to the service rather than to the page.
const kService = /^\/(api|health|healthz|readyz|metrics|problems)(\/|$)/i;

export const kDocumentFile = new URL('../../docs/openapi.yaml', import.meta.url);
export const document = readYaml(readFileSync(kDocumentFile, 'utf8'));

const pointerOf = (...keys) => keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
const valueAt = (root, pointer) => pointer.split('/').slice(1)
  .reduce((value, key) => value?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], root);
const headerOf = (headers, name) => (headers.get ? headers.get(name) : headers[name.toLowerCase()]) ?? undefined;

function describe({ instancePath, keyword, message, params }) {
  const more = { additionalProperties: params.additionalProperty, unevaluatedProperties: params.unevaluatedProperty,
    const: JSON.stringify(params.allowedValue), enum: params.allowedValues?.join(' ') }[keyword];
  return `${instancePath || '/'}: ${message}${more === undefined ? '' : ` (${more})`}`;
}

/** Finds operations and validates what belongs to them. One for each document. */
export class Contract {
  #ajv = new Ajv({
    strict: true, strictTypes: false, strictRequired: false, allErrors: true, discriminator: true, validateFormats: false,
  });
  #validators = new Map();
  #templates;

  constructor(root) {
    this.root = root;
    // Only what the compiled schemas refer to is looked at; the rest of the document is no schema.
    this.#ajv.addVocabulary(['openapi', 'info', 'servers', 'tags', 'paths', 'components']);
    this.#ajv.addSchema({ $id: 'api', ...root }, undefined, undefined, false);
    this.#templates = Object.keys(root.paths).map((path) => ({ path, segments: path.split('/') }));
  }

  /** A validator of the schema at `pointer` of the document. */
  schema(pointer) {
    const known = this.#validators.get(pointer);
    if (known) return known;
    const made = this.#ajv.compile({ $ref: `api#${encodeURI(pointer)}` });
    this.#validators.set(pointer, made);
    return made;
  }

  /** Follows a reference: the pointer of what is meant and the thing itself. */
  resolve(pointer) {
    const value = valueAt(this.root, pointer);
    return typeof value?.$ref === 'string' && !pointer.endsWith('/schema') ? this.resolve(value.$ref.slice(1)) : { pointer, value };
  }

  /** The template of a path: without case, one slash at its end does not count; those that have `method` win, then fixed segments. */
  templateOf(path, method) {
    const asked = path.split('?')[0].replace(/(.)\/$/, '$1').split('/').map((segment) => {
      try {
        return decodeURIComponent(segment).toLowerCase();
      } catch {
        return segment;
      }
    });
    const fits = ({ segments }) => segments.length === asked.length &&
      segments.every((segment, i) => (segment.startsWith('{') ? asked[i] !== '' : segment.toLowerCase() === asked[i]));
    const rank = ({ segments }) => segments.map((segment) => (segment.startsWith('{') ? '1' : '0')).join('');
    const ranked = (each) => `${this.root.paths[each.path][method] ? 0 : 1} ${rank(each)}`;
    return this.#templates.filter(fits).sort((a, b) => ranked(a).localeCompare(ranked(b)))[0]?.path;
  }

  /**
   * What is wrong with an answer; nothing when it is as the document says.
   * @param {string} method
   * @param {string} path with its query
   * @param {{status: number, headers: Headers|object, body?: unknown, text?: string}} answer
   * @returns {string[]}
   */
  faultsOf(method, path, answer) {
    const isRedirect = answer.status === 302 && /^https:/.test(headerOf(answer.headers, 'location') ?? '');
    const isPreflight = method === 'OPTIONS' && answer.status === 204;
    if (isRedirect || isPreflight) return [];
    const name = { HEAD: 'get', PATCH: 'put' }[method] ?? method.toLowerCase();
    const template = this.templateOf(path, name);
    const operation = this.root.paths[template]?.[name];
    if (!operation || operation['x-planned']) return this.#faultsOfUndocumented(method, path, answer, operation);
    const place = pointerOf('paths', template, name, 'responses');
    const status = operation.responses[answer.status] ? answer.status : 'default';
    if (status === 'default' && answer.status < 400) return [`status ${answer.status} is not among ${Object.keys(operation.responses)}`];
    return this.#faultsOfResponse(method, this.resolve(place + pointerOf(status)), answer);
  }

  #faultsOfUndocumented(method, path, answer, planned) {
    const isPage = !kService.test(path.split('?')[0]) && answer.status < 400;
    if (isPage) return [];
    if (answer.status < 400) {
      return [planned ? 'it is served, but the document says x-planned' : `status ${answer.status} of something that the document does not have`];
    }
    return this.#faultsOfResponse(method, this.resolve('/components/responses/Refused'), answer);
  }

  #faultsOfResponse(method, { pointer, value: response }, answer) {
    const faults = [];
    const isReplayed = headerOf(answer.headers, 'idempotency-replayed') !== undefined;
    for (const name of Object.keys(response.headers ?? {})) {
      // What is repeated for an Idempotency-Key is status, body and Location (contract 1.9).
      if (isReplayed && !['X-Request-ID', 'Location'].includes(name)) continue;
      const header = this.resolve(pointer + pointerOf('headers', name));
      const text = headerOf(answer.headers, name);
      if (text === undefined && header.value.required) faults.push(`header ${name} is missing`);
      if (typeof text !== 'string') continue;
      const validate = this.schema(`${header.pointer}/schema`);
      if (header.value.schema.type === 'string' && !validate(text)) faults.push(`header ${name}: ${text} ${validate.errors[0].message}`);
      if (header.value.schema.type === 'integer' && !/^-?\d+$/.test(text)) faults.push(`header ${name}: ${text} is no integer`);
    }
    const type = headerOf(answer.headers, 'content-type')?.split(';')[0];
    if (!response.content) {
      if (answer.text) faults.push('a body where there should be none');
      return faults;
    }
    if (!response.content[type]) return [...faults, `content type ${type} is not among ${Object.keys(response.content)}`];
    if (method === 'HEAD' || !/json$/.test(type)) return faults;
    const validate = this.schema(`${pointer}${pointerOf('content', type, 'schema')}`);
    if (!validate(answer.body)) faults.push(...validate.errors.slice(0, kErrorsShownMax).map(describe));
    if (type === 'application/problem+json') faults.push(...faultsOfProblem(answer, isReplayed));
    return faults;
  }
}

/** What a schema cannot say about a problem. */
function faultsOfProblem({ status, headers, body }, isReplayed) {
  const faults = [];
  const expect = (name, value) => {
    if (body?.[name] !== value) faults.push(`/${name}: must be ${value}, is ${body?.[name]}`);
  };
  expect('status', status);
  expect('type', `/problems/${String(body?.code).toLowerCase().replaceAll('_', '-')}`);
  expect('error', body?.detail);
  if (!isReplayed) expect('requestId', headerOf(headers, 'x-request-id'));
  return faults;
}

const contract = new Contract(document);

/** Fails when an answer is not as docs/openapi.yaml says. Parameters as those of Contract.faultsOf. */
export function expectDocumented(method, path, answer) {
  const faults = contract.faultsOf(method, path, answer);
  if (faults.length === 0) return;
  const text = answer.text ?? JSON.stringify(answer.body) ?? '';
  assert.fail(`${method} ${path} → ${answer.status} is not as docs/openapi.yaml says:\n  ${faults.join('\n  ')}\n  ${text.slice(0, 600)}`);
}
