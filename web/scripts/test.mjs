// Runs src/**/*.test.ts on Node's own test runner: Vite turns them into JavaScript in a temporary folder first.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const sources = path.join(root, 'src');
const tests = (await readdir(sources, { recursive: true })).filter((name) => name.endsWith('.test.ts'));
if (tests.length === 0) throw new Error('no test files found');

const outDir = await mkdtemp(path.join(tmpdir(), 'xbm-web-test-'));
try {
  await build({
    root,
    logLevel: 'warn',
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      rollupOptions: {
        input: Object.fromEntries(tests.map((name) => [name.replace(/\.ts$/, ''), path.join(sources, name)])),
        output: { entryFileNames: '[name].mjs', chunkFileNames: 'shared/[name]-[hash].mjs' },
      },
    },
  });
  const files = tests.map((name) => path.join(outDir, name.replace(/\.ts$/, '.mjs')));
  const run = spawnSync(process.execPath, ['--test', ...files], { stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} finally {
  await rm(outDir, { recursive: true, force: true });
}
