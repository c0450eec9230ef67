/** Medians, spreads and ratios: all of the arithmetic behind the tables. */

/** The median of some figures with the lowest and the highest of them. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The middle value, or the mean of the two in the middle. @throws {@link RangeError} for none */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of no values')
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** @throws {@link RangeError} for no values */
export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/**
 * One figure over another, round by round.
 *
 * For capacity, which is how many times as many answers the same CPU time gives: cost of the baseline over cost of the contender.
 *
 * @throws {@link RangeError} unless both have as many rounds
 */
export function ratios(over: readonly number[], under: readonly number[]): Spread {
  if (over.length !== under.length) throw new RangeError('ratios are formed within a round')
  return spread(over.map((value, round) => value / (under[round] ?? Number.NaN)))
}

/** The value below which a share of them lies, such as 0.99. Sorts in place. @throws {@link RangeError} for no values */
export function percentile(values: Float64Array, share: number): number {
  if (values.length === 0) throw new RangeError('a percentile of no values')
  values.sort()
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN
}
