// Reads the text of /metrics (Prometheus 0.0.4 and OpenMetrics).

/** `[{name, type, help, samples: [{name, labels, value}]}]`; a line that does not fit throws. */
export function parseMetrics(text) {
  const families = [];
  for (const line of text.split('\n')) {
    if (line === '' || line === '# EOF') continue;
    const head = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    if (head?.[1] === 'HELP') {
      families.push({ name: head[2], help: head[3], samples: [] });
      continue;
    }
    const family = families.at(-1);
    if (head) {
      if (head[2] !== family?.name) throw new Error(`TYPE of another family: ${line}`);
      family.type = head[3];
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*)(\{(.*)\})? (\S+)$/.exec(line);
    if (!sample) throw new Error(`not a sample: ${line}`);
    const own = family.type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => family.name + end) : [family.name, `${family.name}_total`];
    if (!own.includes(sample[1])) throw new Error(`${sample[1]} stands below ${family.name}`);
    const labels = Object.fromEntries([...(sample[3] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)].map((label) => [label[1], label[2]]));
    const value = sample[4] === '+Inf' ? Infinity : Number(sample[4]);
    if (Number.isNaN(value)) throw new Error(`not a number: ${line}`);
    family.samples.push({ name: sample[1], labels, value });
  }
  return families;
}

/** The sum of the samples of that name whose labels include `labels`. */
export function valueOf(families, name, labels = {}) {
  return families.flatMap((family) => family.samples)
    .filter((sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
    .reduce((sum, sample) => sum + sample.value, 0);
}
