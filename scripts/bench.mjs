// scripts/bench: measures the release build beside references on the same machine. The rows are in bench/rows, what they
// share is in bench/lib. Everything stays on the loopback interface, and every step has an end.
import { parseArgs } from 'node:util';
import { Context } from '../bench/lib/context.mjs';
import { Failure, Misuse, say } from '../bench/lib/processes.mjs';
import { buildPrograms, runMicro } from '../bench/lib/programs.mjs';
import { rowText, verdict } from '../bench/lib/report.mjs';
import { stamped, write } from '../bench/lib/results.mjs';
import { drawFlames } from '../bench/rows/flame.mjs';
import { absent, rows } from '../bench/rows/index.mjs';

const kHelp = `Usage: scripts/bench [OPTIONS] [ROW…]

Measures rows (all without arguments) and writes docs/benchmarks/latest.md, .json and .svg; rows that are not measured
keep what was there.

Rows:
${rows.map(({ name, about }) => `  ${name.padEnd(16)} ${about}`).join('\n')}
  micro            single functions with Google Benchmark; printed only
  flame            flame graphs of rows hit and miss as docs/benchmarks/flame-*.svg (needs Debian's linux-perf)

Options:
  --rounds N       of each row, every contestant in each (5; 1 to 50)
  --seconds N      length of a measurement (5; 1 to 60)
  --check          end with status 1 when a ratio falls short of its target
  --json           the results as JSON on standard output
  --quick          small libraries, 2 rounds of 1 s, nothing written: whether the benchmark works, not how fast we are
  --large          also libraries of 10 million bookmarks (an hour to fill), and an hour of load in row memory
  --bin FILE       the server (build/release/xbookmarker, which is then built first)
  --generate FILE  the generator (build/release/tests/support/generate/xbm_generate, likewise)
  --no-write       leave docs/benchmarks as it is

Ends with status 1 if a row could not be measured. docs/benchmarks/README.md says how to read the numbers.`;

function number(text, name, min, max) {
  if (!/^\d+$/.test(text) || Number(text) < min || Number(text) > max) {
    throw new Misuse(`--${name} takes a whole number from ${min} to ${max}`);
  }
  return Number(text);
}

function readOptions() {
  const flag = { type: 'boolean', default: false };
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { ...flag, short: 'h' }, json: flag, check: flag, quick: flag, large: flag, 'no-write': flag,
      rounds: { type: 'string' }, seconds: { type: 'string' }, bin: { type: 'string' }, generate: { type: 'string' },
    },
  });
  if (values.help) return null;
  const known = new Set([...rows.map(({ name }) => name), 'micro', 'flame']);
  for (const name of positionals) {
    if (absent[name]) throw new Misuse(`${name} is not measured yet: ${absent[name]}`);
    if (!known.has(name)) throw new Misuse(`there is no row ${name}; scripts/bench --help lists them`);
  }
  return {
    ...values, noWrite: values['no-write'] || values.quick, names: positionals,
    rounds: number(values.rounds ?? (values.quick ? '2' : '5'), 'rounds', 1, 50),
    seconds: number(values.seconds ?? (values.quick ? '1' : '5'), 'seconds', 1, 60),
  };
}

async function measureRow(context, row) {
  context.row = row.name;
  say(`${row.name}: ${row.about}`);
  try {
    return await row.measure(context);
  } finally {
    await context.endRow();
  }
}

/** Measures one row after the other; one that fails does not keep the others from being measured. */
async function measure(options, context, chosen) {
  const results = {};
  let failed = 0;
  for (const row of chosen) {
    try {
      results[row.name] = stamped(await measureRow(context, row), { rounds: options.rounds, seconds: options.seconds });
      say(rowText(row.name, results[row.name]));
      if (!options.noWrite) write({ [row.name]: results[row.name] }, rows, absent);
    } catch (error) {
      ++failed;
      say(`${row.name} failed: ${error instanceof Failure ? error.message : error.stack}`);
    }
  }
  return { results, failed };
}

async function main() {
  const options = readOptions();
  if (!options) return console.log(kHelp);
  const chosen = rows.filter(({ name }) => options.names.length === 0 || options.names.includes(name));
  const programs = buildPrograms(options);
  if (options.names.includes('micro')) runMicro();
  const wantsFlames = options.names.includes('flame');
  if (chosen.length === 0 && !wantsFlames) return undefined;
  const context = await Context.open(options, programs);
  const interrupted = () => context.close().finally(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    if (wantsFlames) await drawFlames(context);
    const { results, failed } = await measure(options, context, chosen);
    if (options.json) console.log(JSON.stringify(results, null, 2));
    const missed = Object.entries(results).flatMap(([name, { ratios }]) => ratios.filter((ratio) => verdict(ratio) === 'missed').map((ratio) => `${name}: ${ratio.name}`));
    if (missed.length > 0) say(`targets missed: ${missed.join('; ')}`);
    if (failed > 0 || (options.check && missed.length > 0)) process.exitCode = 1;
  } finally {
    await context.close();
  }
  return undefined;
}

main().catch((error) => {
  const misused = error instanceof Misuse || String(error.code).startsWith('ERR_PARSE_ARGS');
  say(misused || error instanceof Failure ? error.message : error.stack);
  process.exitCode = misused ? 2 : 1;
});
