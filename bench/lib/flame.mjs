// A flame graph (Brendan Gregg) of a running process: where its CPU time goes, callers below, callees above.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { Failure, start, stop } from './processes.mjs';

const kHz = 499; // no divisor of what runs at round rates
const kWidth = 1200;
const kRow = 17;
const kTop = 40;
const kLeast = 0.002; // of the width: narrower frames are left out

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Without template arguments, parameters and what the compiler appended. */
export function shortName(symbol) {
  let depth = 0;
  let out = '';
  for (const c of symbol.replaceAll(/\(anonymous namespace\)::/g, '').replaceAll('operator<', 'operator_lt')) {
    if (c === '<') depth += 1;
    if (depth === 0 && c === '(') break;
    if (depth === 0) out += c;
    if (c === '>') depth -= 1;
  }
  return out.replace(/^.* (?=[\w:~]+$)/, '').trim() || symbol;
}

/** What `perf script -F comm,ip,sym` wrote as stacks from the bottom to the top. */
export function parseStacks(text) {
  const stacks = [];
  for (const block of text.split('\n\n')) {
    const frames = block.split('\n').slice(1).map((line) => /^\s+[0-9a-f]+ (.*)$/.exec(line)?.[1]).filter(Boolean);
    if (frames.length > 0) stacks.push(frames.map(shortName).reverse());
  }
  return stacks;
}

/** Stacks as a tree `{name, value, children}`; a frame that calls itself counts once. */
export function makeTree(stacks) {
  const root = { name: 'all', value: 0, children: new Map() };
  for (const stack of stacks) {
    let at = root;
    at.value += 1;
    for (const [i, name] of stack.entries()) {
      if (i > 0 && stack[i - 1] === name) continue;
      if (!at.children.has(name)) at.children.set(name, { name, value: 0, children: new Map() });
      at = at.children.get(name);
      at.value += 1;
    }
  }
  return root;
}

const depthOf = (node, total) => 1 + Math.max(0, ...[...node.children.values()].filter(({ value }) => value / total >= kLeast).map((child) => depthOf(child, total)));

function colour(name) {
  let hash = 0;
  for (const c of name) hash = (hash * 31 + c.codePointAt(0)) % 997;
  const kernel = /^(__x64|do_syscall|entry_|tcp_|ip_|__ip|sock_|__sock|skb_|__tcp|unix_|_raw|net_|__netif|ep_|__sys)/.test(name);
  return kernel ? `hsl(${190 + (hash % 25)} 45% ${62 + (hash % 12)}%)` : `hsl(${20 + (hash % 35)} 80% ${60 + (hash % 12)}%)`;
}

function frame(node, x, level, height, total) {
  const width = (node.value / total) * kWidth;
  if (width < kLeast * kWidth) return '';
  const y = height - (level + 1) * kRow;
  const share = `${((100 * node.value) / total).toFixed(1)} %`;
  const room = Math.floor((width - 4) / 6.6);
  const label = room > 3 ? `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escaped(node.name.slice(0, room))}</text>` : '';
  let out = `<g><title>${escaped(node.name)} ${share}</title><rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.5, width - 0.5).toFixed(1)}" height="${kRow - 1}" fill="${colour(node.name)}"/>${label}</g>\n`;
  let at = x;
  for (const child of [...node.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    out += frame(child, at, level + 1, height, total);
    at += (child.value / total) * kWidth;
  }
  return out;
}

/** The picture of a tree. */
export function draw(title, tree) {
  const height = kTop + depthOf(tree, tree.value) * kRow;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${kWidth} ${height}" font-family="monospace" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
<text x="10" y="20" font-size="14">${escaped(title)} (${tree.value} samples)</text>
${frame(tree, 0, 0, height, tree.value)}</svg>
`;
}

/** The tree of what this process does while `work` runs. Needs perf(1). */
export async function profile(pid, file, work) {
  const recording = await start(['perf', 'record', '-q', '-e', 'cpu-clock', '-F', String(kHz), '--call-graph', 'dwarf,16384', '-o', file, '-p', String(pid)])
    .catch(() => { throw new Failure('perf is not installed (Debian package linux-perf)'); });
  await work();
  recording.kill('SIGINT');
  await stop(recording);
  const text = execFileSync('perf', ['script', '-i', file, '--no-inline', '-F', 'comm,ip,sym'], { maxBuffer: 1 << 30, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  rmSync(file);
  return makeTree(parseStacks(text));
}
