// Results as text for people: the terminal and docs/benchmarks/latest.md.
import { meets } from './statistics.mjs';

const kMetrics = { // in this order; what is not here is not shown
  requestsPerSecond: ['requests/s', 0], rowsPerSecond: ['rows/s', 0], cpuMicros: ['CPU µs per request', 2], p50Ms: ['p50 ms', 3], meanMs: ['mean ms', 3],
  p95Ms: ['p95 ms', 3], p99Ms: ['p99 ms', 3], maxMs: ['max ms', 3], p99ReadMs: ['p99 ms of reads', 3], p99WriteMs: ['p99 ms of writes', 3],
  offeredPerSecond: ['offered/s', 0], refusedPerSecond: ['refused/s', 0], refusedP99Ms: ['p99 ms of refusals', 3], broken: ['broken', 0], unanswered: ['unanswered', 0],
  other: ['other answers', 0], ms: ['ms', 2], seconds: ['s', 2], rssMiB: ['RSS MiB', 1], anonymousMiB: ['anonymous MiB', 1], peakMiB: ['peak RSS MiB', 1],
  downS: ['away s', 2], wholeS: ['whole after s', 2], failed: ['failed', 0],
};

export function shown(value, digits = 2) {
  if (!Number.isFinite(value)) return '–';
  const fixed = value.toFixed(value !== 0 && Math.abs(value) < 10 ** -digits ? digits + 2 : digits);
  const [whole, rest] = fixed.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return rest ? `${grouped}.${rest}` : grouped;
}

export const targetText = (target) => (target.atLeast !== undefined ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`);

const range = (summary, digits) => (summary.rounds > 1
  ? `${shown(summary.median, digits)} (${shown(summary.min, digits)}–${shown(summary.max, digits)})` : shown(summary.median, digits));

export function verdict(ratio) {
  if (!meets(ratio.median, ratio.target)) return 'missed';
  return ratio.beyond && meets(ratio.median, ratio.beyond) ? 'met, and beyond' : 'met';
}

const columnsOf = (contestants) => Object.keys(kMetrics).filter((name) => contestants.some(({ metrics }) => metrics[name]));

/** Lines for the terminal. */
export function rowText(name, result) {
  const lines = [`${name}`];
  for (const { name: who, metrics } of result.contestants) {
    const said = columnsOf([{ metrics }]).map((metric) => `${kMetrics[metric][0]} ${range(metrics[metric], kMetrics[metric][1])}`);
    lines.push(`  ${who}: ${said.join(', ')}`);
  }
  for (const ratio of result.ratios) {
    lines.push(`  ${verdict(ratio) === 'missed' ? 'MISSED' : 'ok    '} ${ratio.name}: ${range(ratio, 3)}, target ${targetText(ratio.target)}`);
  }
  return lines.join('\n');
}

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

function section(name, row, result) {
  const columns = columnsOf(result.contestants);
  const machineText = `${result.at.slice(0, 10)}, commit ${result.commit ?? 'unknown'}, ${result.settings.rounds} rounds of ${result.settings.seconds} s`;
  return [
    `### ${name}`, '', `${row.about[0].toUpperCase()}${row.about.slice(1)}.`, '',
    table(['ratio', 'median (range)', 'target', 'beyond', ''], result.ratios.map((ratio) => [ratio.name, range(ratio, 3), targetText(ratio.target), ratio.beyond ? targetText(ratio.beyond) : '', verdict(ratio)])), '',
    table(['', ...columns.map((metric) => kMetrics[metric][0])], result.contestants.map(({ name: who, metrics }) =>
      [who, ...columns.map((metric) => (metrics[metric] ? range(metrics[metric], kMetrics[metric][1]) : ''))])), '',
    ...result.notes.map((note) => `${note}\n`), `${machineText}.`, '',
  ].join('\n');
}

const kIntroduction = `# Results

Written by \`scripts/bench\`; do not edit. How to read and to repeat it: README.md beside this file.

Each row compares the server with a reference that does the least possible work for the same result, measured on the same
machine in the same minutes: in every round all contestants run one after the other, every second round in reverse. A ratio is the
median of the quotients of the rounds, with their range; absolute numbers stand beside it, but hold for one machine at one time only.
Every answer was checked before (status, length, content), and any failed request ends a row. Load comes from wrk over the loopback
interface with keep-alive and an access token, unless a row says otherwise. CPU is user and system time of the server's process
(not of PostgreSQL) divided by its requests.

![Ratios against their targets](latest.svg)
`;

/** @param {{machine: object, rows: Record<string, object>}} results @param {object[]} rows known @param {Record<string, string>} absent */
export function markdown(results, rows, absent) {
  const { machine } = results;
  const measured = rows.filter(({ name }) => results.rows[name]);
  const ratios = measured.flatMap(({ name }) => results.rows[name].ratios.map((ratio) => [name, ratio]));
  const missing = [...rows.filter(({ name }) => !results.rows[name]).map(({ name }) => [name, 'not run yet']), ...Object.entries(absent)];
  return [
    kIntroduction,
    `Machine: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB of memory, ${machine.kernel}, Node ${machine.node}.`, '',
    '## Summary', '',
    table(['row', 'ratio', 'median', 'target', ''], ratios.map(([name, ratio]) => [name, ratio.name, shown(ratio.median, 3), targetText(ratio.target), verdict(ratio)])), '',
    '## Rows', '', ...measured.map((row) => section(row.name, row, results.rows[row.name])),
    ...(missing.length > 0 ? ['## Not measured yet', '', table(['row', 'why'], missing), ''] : []),
  ].join('\n');
}
