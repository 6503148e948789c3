/** What is told about a list of measurements. */
export interface Summary {
  readonly count: number
  readonly min: number
  readonly p50: number
  readonly p95: number
  readonly max: number
}

/** How a subject compares to a base, the n-th measurement of one next to the n-th of the other. */
export interface Comparison {
  /** p50 of the subject over p50 of the base. */
  readonly ratio: number
  /** p50 of the ratios of the pairs: what a load that comes and goes disturbs least. */
  readonly pairRatio: number
  /** p50 of the subject minus p50 of the base. */
  readonly difference: number
  /** p50 of the differences of the pairs. */
  readonly pairDifference: number
}

/** The value below which that share of the samples lies; between two samples it is interpolated. @throws for no samples */
export function percentile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new RangeError('there is no percentile of no samples')
  if (!(share >= 0 && share <= 1)) throw new RangeError(`the share of a percentile is between 0 and 1, not ${share}`)
  const sorted = samples.toSorted((a, b) => a - b)
  const position = share * (sorted.length - 1)
  const below = sorted[Math.floor(position)] ?? 0
  const above = sorted[Math.ceil(position)] ?? 0
  return below + (above - below) * (position - Math.floor(position))
}

/** Count, extremes, p50 and p95. */
export function summarize(samples: readonly number[]): Summary {
  return {
    count: samples.length,
    min: percentile(samples, 0),
    p50: percentile(samples, 0.5),
    p95: percentile(samples, 0.95),
    max: percentile(samples, 1),
  }
}

/** Compares measurements that were taken in pairs. @throws when there are not as many of one as of the other */
export function comparePairs(base: readonly number[], subject: readonly number[]): Comparison {
  if (base.length !== subject.length) throw new RangeError(`pairs need equal counts, not ${base.length} and ${subject.length}`)
  const pairs = subject.map((value, index) => [base[index] ?? Number.NaN, value] as const)
  const [baseP50, subjectP50] = [percentile(base, 0.5), percentile(subject, 0.5)]
  return {
    ratio: subjectP50 / baseP50,
    pairRatio: percentile(
      pairs.map(([one, other]) => other / one),
      0.5,
    ),
    difference: subjectP50 - baseP50,
    pairDifference: percentile(
      pairs.map(([one, other]) => other - one),
      0.5,
    ),
  }
}

/** The largest number of intervals that have a moment in common. One that ends as another begins does not overlap it. */
export function mostAtOnce(intervals: readonly (readonly [start: number, end: number])[]): number {
  const changes = intervals.flatMap(([start, end]) => [
    { at: start, by: 1 },
    { at: end, by: -1 },
  ])
  let now = 0
  let most = 0
  for (const { by } of changes.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
    now += by
    most = Math.max(most, now)
  }
  return most
}
