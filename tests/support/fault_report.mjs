// What the fault tests did, in figures: a table at the end of a file's tests, and lines of JSON in XBM_FAULTS_REPORT.
import { appendFile } from 'node:fs/promises';

/** Whether the long form runs. */
export const isFull = process.env.XBM_FAULTS === 'full';

const rows = [];

/**
 * @param {string} fault what went wrong
 * @param {object} figures of `MixedLoad`
 * @param {number[]} recoveriesMs from the end of the fault, or from the fault when it ends by itself
 */
export function report(fault, figures, recoveriesMs) {
  rows.push({ fault, times: recoveriesMs.length, ...figures, slowestRecoveryMs: Math.round(Math.max(...recoveriesMs)) });
}

/** Prints what was reported. */
export async function printReport() {
  if (rows.length === 0) return;
  const names = Object.keys(rows[0]);
  const lines = [names, names.map(() => '---'), ...rows.map((row) => names.map((name) => row[name]))];
  console.log(lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n'));
  const file = process.env.XBM_FAULTS_REPORT;
  if (file) await appendFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
