/**
 * Rules that never match because an earlier one takes all their paths.
 *
 * Only what can be proven from the patterns' syntax is reported, so nothing is said of most tables, and what
 * is said holds.
 */
import { type CharSet, charSetOf, coversPathCharacters, sampleOf } from './char-set.ts'
import type { PathPattern } from './path-pattern.ts'
import type { RegExpNode } from './regexp-syntax.ts'
import { pathBelow, type RouteCondition, type RouteEntry } from './route-entry.ts'
import type { RouteIndex } from './route-index.ts'

/** A line of text for each rule that an earlier one hides, naming both. */
export function findShadowed(entries: readonly RouteEntry[], index: RouteIndex): string[] {
  return entries.flatMap((later, order) => {
    const fitting = fittingSample(later, index)
    const candidates = fitting?.slice(0, fitting.indexOf(later)) ?? entries.slice(0, order)
    const earlier = candidates.find((candidate) => hides(candidate, later))
    if (earlier === undefined) return []
    return [`${String(later)} never matches: ${String(earlier)} comes before it and takes all its paths`]
  })
}

/** The earlier rules that a path fits which this one's pattern matches; one that takes all its paths is among them. */
function fittingSample({ pattern, prefix }: RouteEntry, index: RouteIndex): readonly RouteEntry[] | undefined {
  const sample = pattern.syntax && samplePath(pattern.syntax)
  if (sample === undefined || pattern.match(sample) === undefined) return undefined
  return index.fitting(prefix + sample)
}

/** A short text that the pattern takes if its assertions allow, or `undefined`. */
function samplePath(node: RegExpNode): string | undefined {
  switch (node.type) {
    case 'character':
      return node.text ?? sampleOf(node.set)
    case 'sequence':
      return joinSamples(node.parts)
    case 'choice':
      return node.options.map(samplePath).find((sample) => sample !== undefined)
    case 'group':
      return samplePath(node.body)
    case 'repeat':
      return samplePath(node.body)?.repeat(node.min)
    case 'assertion':
      return ''
    case 'reference':
      return undefined
    default:
      return node satisfies never
  }
}

function joinSamples(nodes: readonly RegExpNode[]): string | undefined {
  const samples = nodes.map(samplePath)
  return samples.every((sample) => sample !== undefined) ? samples.join('') : undefined
}

function hides(earlier: RouteEntry, later: RouteEntry): boolean {
  const shared = sharedLength(earlier.conditions.map(describe), later.conditions.map(describe))
  const [outer, inner] = [earlier.conditions.slice(shared), later.conditions.slice(shared)]
  if (!outer.every(({ type }) => type === 'mount')) return false
  return takesAll(earlier.pattern, prefixOf(outer), later.pattern, prefixOf(inner))
}

function describe(condition: RouteCondition): string {
  if (condition.type === 'mount') return `mount ${condition.prefix}`
  return condition.type === 'host' ? `host ${condition.host.source}` : `path ${String(condition.pattern.regexp)}`
}

function sharedLength(one: readonly string[], other: readonly string[]): number {
  const different = one.findIndex((condition, index) => condition !== other[index])
  return different < 0 ? one.length : different
}

function prefixOf(conditions: readonly RouteCondition[]): string {
  return conditions.map((condition) => (condition.type === 'mount' ? condition.prefix : '')).join('')
}

/** Whether `earlier` below one prefix matches all that `later` below another one does. */
function takesAll(earlier: PathPattern, earlierPrefix: string, later: PathPattern, laterPrefix: string): boolean {
  const takes = (path: string): boolean => {
    const rest = pathBelow(earlierPrefix, path)
    return rest !== undefined && earlier.match(rest) !== undefined
  }
  if (later.match('/') !== undefined && laterPrefix !== '' && !takes(laterPrefix)) return false
  if (later.literal !== undefined) return takes(laterPrefix + later.literal)
  if (earlierPrefix === laterPrefix && String(earlier.regexp) === String(later.regexp)) return true
  const ways = alternatives(earlier.syntax).map((syntax) => unitsOf(earlierPrefix, syntax))
  return alternatives(later.syntax).every((syntax) => {
    const units = unitsOf(laterPrefix, syntax)
    return ways.some((way) => way !== undefined && units !== undefined && coversUnits(way, units))
  })
}

function alternatives(syntax: RegExpNode | undefined): readonly (RegExpNode | undefined)[] {
  return syntax?.type === 'choice' ? syntax.options : [syntax]
}

/** So many characters of one set. */
interface Unit {
  readonly set: CharSet
  readonly min: number
  readonly max: number
}

/** A prefix and a pattern as a row of units, or `undefined` for a pattern that is not a row. */
function unitsOf(prefix: string, syntax: RegExpNode | undefined): readonly Unit[] | undefined {
  const units: Unit[] = Array.from(prefix, (char) => ({ set: charSetOf(char), min: 1, max: 1 }))
  return syntax !== undefined && addUnits(units, syntax) ? units : undefined
}

function addUnits(units: Unit[], node: RegExpNode): boolean {
  if (node.type === 'sequence') return node.parts.every((part) => addUnits(units, part))
  if (node.type === 'group') return addUnits(units, node.body)
  const { body, min, max } = node.type === 'repeat' ? node : { body: node, min: 1, max: 1 }
  const inner = body.type === 'group' ? body.body : body
  const only = inner.type === 'sequence' && inner.parts.length === 1 ? inner.parts[0] : inner
  if (only?.type !== 'character') return false
  units.push({ set: only.set, min, max })
  return true
}

/** Unit by unit, except that an endless last one takes any number of units that its set includes. */
function coversUnits(outer: readonly Unit[], inner: readonly Unit[]): boolean {
  for (const [index, unit] of outer.entries()) {
    const rest = inner.slice(index)
    if (index === outer.length - 1 && unit.max === Number.POSITIVE_INFINITY) {
      const least = rest.reduce((sum, { min }) => sum + min, 0)
      return least >= unit.min && rest.every(({ set }) => coversPathCharacters(unit.set, set))
    }
    const [other] = rest
    if (other === undefined || !coversUnit(unit, other)) return false
  }
  return outer.length === inner.length
}

function coversUnit(outer: Unit, inner: Unit): boolean {
  return outer.min <= inner.min && outer.max >= inner.max && coversPathCharacters(outer.set, inner.set)
}
