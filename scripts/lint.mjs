// scripts/lint: collects the files, runs the rules and the tools, prints one line per check and the counts.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { rules } from './lint_rules.mjs';

const kProblemsShownMax = 40;
// Beside ccache's: a fresh checkout of what has passed before need not be checked again.
const kStamps = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'xbookmarker', 'clang-tidy');
let passed = 0;
let failed = 0;

function report(name, problems) {
  const ok = problems.length === 0;
  ok ? ++passed : ++failed;
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
  for (const problem of problems.slice(0, kProblemsShownMax)) console.log(`       ${problem}`);
  if (problems.length > kProblemsShownMax) console.log(`       and ${problems.length - kProblemsShownMax} more`);
}

const show = (p) => `${p.path}:${p.line}: ${p.text}`;

/** Tracked and new files that git does not ignore; text only. */
function collect() {
  const names = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { maxBuffer: 1 << 26 }).toString();
  return [...new Set(names.split('\0'))].filter((name) => name && existsSync(name)).flatMap((name) => {
    const bytes = readFileSync(name);
    // Corpus files and test data may hold anything.
    if (bytes.includes(0) || /^tests\/(data|fuzz\/corpus)\//.test(name)) return [];
    return [{ path: name, text: bytes.toString('utf8') }];
  });
}

/** The tool in the version that the project is developed with, else any. */
function tool(name) {
  const found = ['-19', '-20', '-21', '-18', ''].map((suffix) => name + suffix)
    .find((candidate) => spawnSync(candidate, ['--version'], { stdio: 'ignore' }).status === 0);
  return found ?? null;
}

const errorLines = (run) => `${run.stdout ?? ''}${run.stderr ?? ''}`.split('\n').filter((l) => /(error|warning)[: ]/.test(l));

function formatProblems(program, names) {
  const run = spawnSync(program, ['--dry-run', '-Werror', '-style=file', ...names], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (run.status === 0) return [];
  const lines = errorLines(run);
  return lines.length ? lines : [`${program} ended with status ${run.status}: ${run.stderr ?? run.error}`];
}

function shellProblems(names) {
  const run = spawnSync('shellcheck', ['-f', 'gcc', ...names], { encoding: 'utf8' });
  return run.status === 0 ? [] : run.stdout.split('\n').filter(Boolean);
}

// --- clang-tidy: only what has changed since it last passed. A file's stamp is the hash of it, of all headers of the
// project that it includes, however deep, of the compile command's options, of the configuration and of the tool.

const hash = (...texts) => texts.reduce((h, t) => h.update(t).update('\0'), createHash('sha256')).digest('hex');

/** Path to the texts of the file and of every project header that it includes, as one hash. */
function includeHashes(files) {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const roots = ['src/', 'tests/support/', ''];
  const included = new Map();
  for (const file of files.filter((f) => /\.(cpp|hpp)$/.test(f.path))) {
    const near = `${path.dirname(file.path)}/`;
    const names = [...file.text.matchAll(/^\s*#\s*include\s*"([^"]+)"/gm)].map(([, name]) => name);
    included.set(file.path, names.flatMap((name) => [near, ...roots].map((root) => path.normalize(root + name))
      .filter((candidate) => byPath.has(candidate)).slice(0, 1)));
  }
  return (name) => {
    const seen = new Set([name]);
    for (const next of seen) for (const header of included.get(next) ?? []) seen.add(header);
    return hash(...[...seen].sort().map((each) => `${each}\0${byPath.get(each)?.text ?? ''}`));
  };
}

async function tidy(program, files) {
  const database = 'build/dev/compile_commands.json';
  if (!existsSync(database)) return report('clang-tidy', [`${database} is missing: cmake --preset dev`]);
  mkdirSync(kStamps, { recursive: true });
  const common = hash(readFileSync('.clang-tidy'), spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout);
  const textsOf = includeHashes(files);
  const root = process.cwd();
  const work = JSON.parse(readFileSync(database)).map((entry) => ({ ...entry, name: path.relative(root, entry.file) }))
    .filter((entry) => entry.name.startsWith('src/') && existsSync(entry.name))
    .map((entry) => ({ ...entry, stamp: path.join(kStamps, hash(entry.name, entry.command.replaceAll(root, '.'), common, textsOf(entry.name))) }))
    .filter((entry) => !existsSync(entry.stamp));
  const problems = [];
  let done = 0;
  const worker = async (queue) => {
    for (let entry = queue.shift(); entry; entry = queue.shift()) {
      const { status, output } = await runTool(program, ['-p', 'build/dev', '--quiet', entry.name]);
      if (status === 0) writeFileSync(entry.stamp, '');
      else problems.push(...(output.split('\n').filter((l) => /error:|warning:/.test(l))), `${entry.name}: status ${status}`);
      console.log(`       clang-tidy ${++done}/${work.length} ${entry.name}`);
    }
  };
  const queue = [...work];
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, () => worker(queue)));
  report('clang-tidy', problems);
}

function runTool(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += part));
    child.on('error', (error) => resolve({ status: -1, output: String(error) }));
    child.on('close', (status) => resolve({ status, output }));
  });
}

// --- self-test: every rule and tool must report its broken examples and accept the good ones.

function selfTest(clangFormat) {
  const problems = rules.flatMap((rule) => [
    ...rule.broken.flatMap((files, i) => (rule.check(files).length > 0 ? [] : [`${rule.name}: broken example ${i + 1} passes`])),
    ...rule.good.flatMap((files) => rule.check(files).map((p) => `${rule.name}: good example fails: ${show(p)}`)),
  ]);
  const scratch = mkdtempSync(path.join(tmpdir(), 'xbm-lint-'));
  try {
    const bad = path.join(scratch, 'a.cpp');
    writeFileSync(bad, 'int  f( ){return 1 ;}\n');
    if (clangFormat && formatProblems(clangFormat, [bad]).length === 0) problems.push('clang-format accepts bad layout');
    const shell = path.join(scratch, 'a.sh');
    writeFileSync(shell, '#!/bin/bash\nrm $1\n');
    if (tool('shellcheck') && shellProblems([shell]).length === 0) problems.push('shellcheck accepts an unquoted variable');
  } finally {
    rmSync(scratch, { recursive: true });
  }
  report('self-test', problems);
}

const args = new Set(process.argv.slice(2));
for (const arg of args) {
  if (!['--quick', '--self-test'].includes(arg)) {
    console.error(`lint: unknown argument ${arg}`);
    process.exit(2);
  }
}
const files = collect();
const clangFormat = tool('clang-format');
if (args.has('--self-test')) selfTest(clangFormat);
for (const rule of rules) report(rule.name, rule.check(files).map(show));

const cpp = files.filter((f) => /\.(cpp|hpp)$/.test(f.path)).map((f) => f.path);
report('clang-format', clangFormat ? formatProblems(clangFormat, cpp) : ['clang-format is not installed']);
if (tool('shellcheck')) {
  report('shellcheck', shellProblems(files.filter((f) => /^#!.*\b(ba)?sh\b/.test(f.text)).map((f) => f.path)));
}
if (!args.has('--quick')) {
  const clangTidy = tool('clang-tidy');
  clangTidy ? await tidy(clangTidy, files) : report('clang-tidy', ['clang-tidy is not installed']);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
