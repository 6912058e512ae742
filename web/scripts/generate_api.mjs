// Writes what the page knows of the HTTP contract (docs/openapi.yaml): src/api/schema.d.ts, its types, of which nothing reaches the
// browser, and src/api/planned.ts, the operations that the server does not serve yet, whose views stay hidden.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const contract = new URL('../../docs/openapi.yaml', import.meta.url);
const file = (name) => new URL(`../src/api/${name}`, import.meta.url);
const kHead = '// Made by scripts/generate_api.mjs from docs/openapi.yaml at every build; not kept in the repository.\n';

const types = await openapiTS(contract, { defaultNonNullable: false, emptyObjectsUnknown: true });
await writeFile(file('schema.d.ts'), kHead + astToString(types));

// An operation's own keys follow its operationId before the next operation begins.
const planned = (await readFile(contract, 'utf8')).split(/^ +operationId: /m).slice(1)
  .filter((operation) => /^      x-planned: true$/m.test(operation)).map((operation) => operation.split('\n', 1)[0].trim());
await writeFile(file('planned.ts'), `${kHead}export const kPlanned: readonly string[] = ${JSON.stringify(planned)};\n`);
