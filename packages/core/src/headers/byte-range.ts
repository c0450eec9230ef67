/**
 * The Range field for bytes (RFC 9110 §14.1.2, §14.2): from text to positions inside a representation of known size.
 */
import { trimWhitespace } from './whitespace.ts'

/** Positions of the first and the last byte, both included, both inside the representation. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export interface ByteRangeOptions {
  /** Longest list of ranges that is honoured, empty members counted too. @defaultValue 16 */
  maxRanges?: number
}

const DEFAULT_MAX_RANGES = 16
const UNIT = 'bytes='

/**
 * The ranges that a Range field asks for, in the order of the field, their ends cut to the size.
 *
 * - `undefined`: the field is to be ignored and the whole representation sent. So it is with another unit, with any
 *   deviation from the grammar, with a first position after the last one, with more than `maxRanges` ranges and with
 *   ranges that overlap (§14.2 leaves those two to the server, because they cost it more than they bring).
 * - `'unsatisfiable'`: well-formed, but no range begins inside the representation; answered with 416. So is every
 *   range of an empty representation, because Content-Range cannot express it.
 *
 * Unsatisfiable members beside satisfiable ones are left out. Positions of any number of digits are understood.
 *
 * @param size - of the representation, in bytes
 *
 * @example
 * parseByteRanges('bytes=0-99,-10', 1000) // [{ start: 0, end: 99 }, { start: 990, end: 999 }]
 */
export function parseByteRanges(
  value: string,
  size: number,
  options: ByteRangeOptions = {},
): ByteRange[] | 'unsatisfiable' | undefined {
  const maxRanges = options.maxRanges ?? DEFAULT_MAX_RANGES
  if (value.slice(0, UNIT.length).toLowerCase() !== UNIT) return undefined // unit names ignore case, §14.1
  const members = value.slice(UNIT.length).split(',', maxRanges + 1)
  if (members.length > maxRanges) return undefined
  if (/^[\t ]/.test(members[0] ?? '')) return undefined // the grammar has whitespace beside commas, not after `=`
  const specs = members.map((member) => trimWhitespace(member)).filter((spec) => spec !== '') // empty ones: §5.6.1.2
  return resolveSpecs(specs, size)
}

function resolveSpecs(specs: readonly string[], size: number): ByteRange[] | 'unsatisfiable' | undefined {
  if (specs.length === 0) return undefined
  const ranges: ByteRange[] = []
  for (const spec of specs) {
    const range = resolveSpec(spec, size)
    if (range === undefined) return undefined
    if (range !== 'unsatisfiable') ranges.push(range)
  }
  if (ranges.length === 0) return 'unsatisfiable'
  return overlap(ranges) ? undefined : ranges
}

// A position too long for a number is rounded, or Infinity: either way past the end of any representation.
function resolveSpec(spec: string, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^(\d*)-(\d*)$/.exec(spec) ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') return suffixRange(Number(last), size)
  const start = Number(first)
  const end = last === '' ? size - 1 : Number(last)
  if (last !== '' && start > end) return undefined
  return start < size ? { start, end: Math.min(end, size - 1) } : 'unsatisfiable'
}

function suffixRange(length: number, size: number): ByteRange | 'unsatisfiable' {
  if (length === 0 || size === 0) return 'unsatisfiable'
  return { start: Math.max(size - length, 0), end: size - 1 }
}

function overlap(ranges: readonly ByteRange[]): boolean {
  if (ranges.length === 1) return false
  const sorted = ranges.toSorted((a, b) => a.start - b.start)
  return sorted.some((range, index) => index > 0 && range.start <= (sorted[index - 1]?.end ?? -1))
}
