// Medians, ranges and ratios of rounds. Pure.

/** @param {number[]} numbers not empty */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The smallest number that `part` (0 to 1) of all are not larger than. */
export function percentile(numbers, part) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}

export function summary(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), rounds: values.length };
}

/**
 * Rounds of one contestant, `[{metric: number}, …]`, as `{metric: summary}`. A metric that a round lacks (null,
 * undefined) is left out.
 */
export function summaries(rounds) {
  const names = [...new Set(rounds.flatMap((round) => Object.keys(round)))];
  return Object.fromEntries(names.flatMap((name) => {
    const values = rounds.map((round) => round[name]).filter((value) => Number.isFinite(value));
    return values.length === rounds.length ? [[name, summary(values)]] : [];
  }));
}

/**
 * Ratio of two contestants in one metric: the quotient is taken in each round, where both were measured within the same
 * minute, and then the median of the quotients, so that a machine that changes its speed between rounds changes nothing.
 */
export function ratioOf(rounds, other, metric, otherMetric = metric) {
  return summary(rounds.map((round, i) => round[metric] / other[i][otherMetric]));
}

/** @param {number} value @param {{atLeast?: number, atMost?: number}} target */
export function meets(value, target) {
  return Number.isFinite(value) && value >= (target.atLeast ?? -Infinity) && value <= (target.atMost ?? Infinity);
}

/** How far the target is passed: 1 is just met, 2 is twice as good, 0.5 is half way. */
export function fulfilment(value, target) {
  return target.atLeast !== undefined ? value / target.atLeast : target.atMost / value;
}
