// axe-core on a page: what it finds against WCAG 2.2 AA, as lines that a reader of a failed test understands.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const kRules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Every violation as `rule: element – what is wrong`; an empty list is what a test wants. */
export async function violationsOf(page) {
  await page.evaluate(source);
  const found = await page.evaluate((rules) => globalThis.axe.run(document, { runOnly: { type: 'tag', values: rules } }), kRules);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} – ${node.failureSummary.split('\n').slice(1).join(' ').trim()}`));
}
