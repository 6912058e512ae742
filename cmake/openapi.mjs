// node openapi.mjs YAML JSON: writes the document as JSON, as it is served.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readYaml } from './yaml.mjs';

const [source, out] = process.argv.slice(2);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, JSON.stringify(readYaml(readFileSync(source, 'utf8'))));
