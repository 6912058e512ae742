// node compress.mjs FILE OUT: writes OUT.br and OUT.gz, as small as they get; an empty file when that saves nothing.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const [file, out] = process.argv.slice(2);
const bytes = readFileSync(file);
const options = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  },
};
const store = (name, packed) => writeFileSync(name, packed.length < bytes.length ? packed : Buffer.alloc(0));
mkdirSync(dirname(out), { recursive: true });
store(`${out}.br`, brotliCompressSync(bytes, options));
store(`${out}.gz`, gzipSync(bytes, { level: 9 }));
