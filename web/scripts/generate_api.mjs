// Writes src/api/schema.d.ts, the types of the HTTP contract, from docs/openapi.yaml. Types only: nothing of it reaches the browser.
import { writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const contract = new URL('../../docs/openapi.yaml', import.meta.url);
const types = new URL('../src/api/schema.d.ts', import.meta.url);

const head = '// Made by scripts/generate_api.mjs from docs/openapi.yaml at every build; not kept in the repository.\n';
await writeFile(types, head + astToString(await openapiTS(contract, { defaultNonNullable: false, emptyObjectsUnknown: true })));
