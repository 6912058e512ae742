// The ratios against their targets as a picture: one bar a ratio, on a logarithmic scale on which 1 is the target and more is
// better, whatever the direction of the ratio.
import { shown, targetText } from './report.mjs';
import { fulfilment, meets } from './statistics.mjs';

const kLabelWidth = 500;
const kBarWidth = 420;
const kValueWidth = 190;
const kLineHeight = 22;
const kTop = 56;
const kLow = 0.25; // ends of the scale
const kHigh = 8;

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const place = (value) => {
  const bounded = Math.min(kHigh, Math.max(kLow, value));
  return kLabelWidth + (Math.log(bounded / kLow) / Math.log(kHigh / kLow)) * kBarWidth;
};

/** How far a ratio is; a target of 0 has no scale, so it is just met or missed. */
export function barValue(ratio) {
  const value = fulfilment(ratio.median, ratio.target);
  return Number.isFinite(value) && value > 0 ? value : meets(ratio.median, ratio.target) ? kHigh : kLow;
}

function bar(name, ratio, index) {
  const y = kTop + index * kLineHeight;
  const [one, end] = [place(1), place(barValue(ratio))];
  const color = meets(ratio.median, ratio.target) ? '#2f7d4f' : '#c2452d';
  return [
    `<text x="${kLabelWidth - 10}" y="${y + 14}" text-anchor="end">${escaped(`${name}: ${ratio.name}`.slice(0, 76))}</text>`,
    `<rect x="${Math.min(one, end).toFixed(1)}" y="${y + 4}" width="${Math.max(1, Math.abs(end - one)).toFixed(1)}" height="${kLineHeight - 8}" fill="${color}"/>`,
    `<text x="${kLabelWidth + kBarWidth + 10}" y="${y + 14}" fill="${color}">${escaped(`${shown(ratio.median, 2)} (${targetText(ratio.target)})`)}</text>`,
  ].join('\n');
}

/** @param {[string, object][]} ratios name of the row and ratio */
export function plot(ratios) {
  const width = kLabelWidth + kBarWidth + kValueWidth;
  const bottom = kTop + ratios.length * kLineHeight;
  const ticks = [0.25, 0.5, 1, 2, 4, 8].map((value) =>
    `<line x1="${place(value)}" x2="${place(value)}" y1="${kTop - 6}" y2="${bottom}" stroke="${value === 1 ? '#222' : '#ccc'}"/>`
    + `<text x="${place(value)}" y="${kTop - 12}" text-anchor="middle" fill="#555">${value === 1 ? 'target' : `${value} ×`}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 16}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="20" font-size="15">Ratios against their targets (right of the line is better)</text>
${ticks.join('\n')}
${ratios.map(([name, ratio], index) => bar(name, ratio, index)).join('\n')}
</svg>
`;
}
