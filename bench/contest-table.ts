/** What a contest gave, as a table: medians of the rounds, with the lowest and the highest. */
import type { Contest, Settings } from './contest.ts'
import { versionsOf } from './machine.ts'
import type { Measurement, Standing } from './run-contest.ts'
import { median, ratios, type Spread, spread } from './statistics.ts'
import type { Table } from './table.ts'

export function contestTable(
  { title, note, unit = 'request', baseline }: Contest,
  standings: readonly Standing[],
  { rounds, seconds }: Settings,
): Table {
  const extras = [
    ...new Set(standings.flatMap(({ rounds: all }) => all.flatMap(({ extra = {} }) => Object.keys(extra)))),
  ]
  const base = standings.find(({ contender }) => contender.name === baseline)
  if (base === undefined) throw new Error(`${title}: no contender is called ${baseline}`)
  return {
    title,
    note,
    columns: [
      '',
      `capacity, ${baseline} = 1`,
      `CPU µs/${unit}`,
      `${unit}s/s`,
      'p50 ms',
      'p99 ms',
      'peak MB',
      ...extras,
    ],
    rows: standings.map((standing) => row(standing, base.rounds, extras)),
    versions: standings.flatMap(({ contender }) => versionsOf(contender)),
    effort: `${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s`,
  }
}

function row(
  { contender, rounds, peakMemory }: Standing,
  baseline: readonly Measurement[],
  extras: readonly string[],
): readonly string[] {
  if (rounds.length === 0) return [contender.name, contender.missing ?? 'not installed here']
  const costs = rounds.map(({ cost }) => cost)
  return [
    contender.name,
    withSpread(
      ratios(
        baseline.map(({ cost }) => cost),
        costs,
      ),
      2,
    ),
    withSpread(spread(costs), 1),
    whole(median(rounds.map(({ count, seconds }) => count / seconds))),
    medianOf(rounds.map(({ p50 }) => p50)),
    medianOf(rounds.map(({ p99 }) => p99)),
    whole(peakMemory / 1e6),
    ...extras.map((title) => medianOf(rounds.map(({ extra }) => extra?.[title]))),
  ]
}

/** `1.43 (1.30-1.57)`. */
export function withSpread({ median: middle, min, max }: Spread, digits: number): string {
  return `${middle.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`
}

/** `12,345`. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function medianOf(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? '' : median(known).toFixed(2)
}
