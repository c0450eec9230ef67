/**
 * Regular expressions that a crafted path can make slow.
 *
 * A backtracking engine tries every way to match before it gives up. Where the same text fits a pattern in
 * many ways, their number grows with the length of the text: exponentially for `(\w+\s?)*`, with its square
 * for `(\d+)(\w+)x`. The pattern is turned into an automaton, which is then searched for such places.
 * Bounded repetitions count as bounded; look-around and back-references are not understood.
 */
import { type CharSet, hasEveryPathCharacter, overlaps } from './char-set.ts'
import type { RegExpNode } from './regexp-syntax.ts'
import type { RouteEntry } from './route-entry.ts'

/** A line of text for each rule whose RegExp is open to catastrophic backtracking. */
export function findBacktracking(entries: readonly RouteEntry[]): string[] {
  return entries.flatMap((entry) => {
    const { syntax, runsRegExp } = entry.pattern
    const danger = runsRegExp && syntax !== undefined ? backtrackingOf(syntax) : undefined
    if (danger === undefined) return []
    const { growth, source } = danger
    return [`${String(entry)} can take ${growth} time on a crafted path: ${source} matches the same text in many ways`]
  })
}

/** Why a pattern may be slow. */
export interface Backtracking {
  readonly growth: 'exponential' | 'quadratic'
  /** The repetition, or the two, that can share a text. */
  readonly source: string
}

/** What makes matching slow, or `undefined` for a pattern that is safe as far as can be told. */
export function backtrackingOf(syntax: RegExpNode): Backtracking | undefined {
  const automaton = new Automaton(syntax)
  if (automaton.places.length > MAX_PLACES || !automaton.understood) return undefined
  return findExponential(automaton) ?? findQuadratic(automaton)
}

const MAX_PLACES = 100 // the search takes the square of it, for each place in a repetition

/** A place in the pattern that takes one character. */
interface Place {
  readonly set: CharSet
  /** The innermost endless repetition around it. */
  readonly loop: string | undefined
  /** The places that may come next, and in how many ways each. */
  readonly next: Map<Place, number>
  readonly previous: Set<Place>
}

/** The places where a part of the pattern can begin and end. */
interface Fragment {
  readonly first: readonly Place[]
  readonly last: readonly Place[]
  /** Whether it matches the empty text. */
  readonly nullable: boolean
}

const EMPTY: Fragment = { first: [], last: [], nullable: true }

/** Glushkov's automaton, in which each state is a place of the pattern. */
class Automaton {
  readonly places: Place[] = []
  readonly final: ReadonlySet<Place>
  understood = true

  constructor(syntax: RegExpNode) {
    this.final = new Set(this.#build(syntax, undefined).last)
  }

  #build(node: RegExpNode, loop: string | undefined): Fragment {
    switch (node.type) {
      case 'character':
        return this.#place(node.set, loop)
      case 'sequence':
        return node.parts.reduce((before: Fragment, part) => join(before, this.#build(part, loop)), EMPTY)
      case 'choice':
        return either(node.options.map((option) => this.#build(option, loop)))
      case 'group':
        return this.#build(node.body, loop)
      case 'repeat':
        return this.#repeat(node, loop)
      case 'reference':
        this.understood = false
        return EMPTY
      case 'assertion':
        return EMPTY
      default:
        return node satisfies never
    }
  }

  #place(set: CharSet, loop: string | undefined): Fragment {
    const place: Place = { set, loop, next: new Map(), previous: new Set() }
    this.places.push(place)
    return { first: [place], last: [place], nullable: false }
  }

  /** A few copies stand for many, since only endless repetition lets the number of ways grow with the path. */
  #repeat(node: RegExpNode & { type: 'repeat' }, loop: string | undefined): Fragment {
    const { body, min, max, source } = node
    const endless = max === Number.POSITIVE_INFINITY || (max > MANY && hasRepeat(body))
    if (endless) {
      const inner = this.#build(body, source)
      for (const place of inner.last) for (const next of inner.first) connect(place, next)
      return min === 0 ? { ...inner, nullable: true } : inner
    }
    let copies = EMPTY
    for (let left = Math.min(max, MANY); left > 0; left -= 1) {
      copies = join(this.#build(body, loop), copies) // each optional one inside the one before it
      if (left > min) copies = { ...copies, nullable: true }
    }
    return copies
  }
}

const MANY = 4

function join(before: Fragment, after: Fragment): Fragment {
  for (const place of before.last) for (const next of after.first) connect(place, next)
  return {
    first: before.nullable ? [...before.first, ...after.first] : before.first,
    last: after.nullable ? [...after.last, ...before.last] : after.last,
    nullable: before.nullable && after.nullable,
  }
}

function either(options: readonly Fragment[]): Fragment {
  return {
    first: options.flatMap(({ first }) => first),
    last: options.flatMap(({ last }) => last),
    nullable: options.some(({ nullable }) => nullable),
  }
}

function connect(place: Place, next: Place): void {
  place.next.set(next, (place.next.get(next) ?? 0) + 1)
  next.previous.add(place)
}

function hasRepeat(node: RegExpNode): boolean {
  if (node.type === 'repeat') return node.max > 1 || hasRepeat(node.body)
  if (node.type === 'group') return hasRepeat(node.body)
  if (node.type === 'sequence') return node.parts.some(hasRepeat)
  return node.type === 'choice' && node.options.some(hasRepeat)
}

/** Exponential: from some place there are two ways round to the same place with the same text. */
function findExponential({ places }: Automaton): Backtracking | undefined {
  const place = places.find((start) => start.loop !== undefined && (hasDoubleStep(start) || hasTwoWaysRound(start)))
  return place && { growth: 'exponential', source: place.loop ?? 'a repetition' }
}

/** The same step comes from two repetitions, one inside the other. */
function hasDoubleStep(place: Place): boolean {
  return [...place.next].some(
    ([next, ways]) => ways > 1 && reachable(next, ({ next: after }) => after.keys()).has(place),
  )
}

/** Two walkers start at a place, take the same characters, part, and meet there again. */
function hasTwoWaysRound(start: Place): boolean {
  const ahead = walkInPairs(start, ({ next }) => [...next.keys()])
  const behind = walkInPairs(start, ({ previous }) => [...previous])
  for (const [one, others] of ahead) {
    for (const other of others) if (one !== other && behind.get(one)?.has(other)) return true
  }
  return false
}

/** Where two walkers can be at a time, both coming from `start` with the same text. */
function walkInPairs(start: Place, step: (place: Place) => readonly Place[]): Map<Place, Set<Place>> {
  const seen = new Map<Place, Set<Place>>()
  const waiting: [Place, Place][] = [[start, start]]
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    const others = step(pair[1])
    for (const one of step(pair[0])) {
      for (const other of others) {
        if (!overlaps(one.set, other.set) || seen.get(one)?.has(other)) continue
        seen.set(one, (seen.get(one) ?? new Set()).add(other))
        waiting.push([one, other])
      }
    }
  }
  return seen
}

/**
 * Quadratic or worse: of two repetitions one after the other, each can take what the other takes and all that
 * lies between. Harmless where the text can end in any way.
 */
function findQuadratic({ places, final }: Automaton): Backtracking | undefined {
  const loops = places.filter((place) => place.next.has(place))
  const takesAnything = (place: Place): boolean => final.has(place) && hasEveryPathCharacter(place.set)
  for (const one of loops) {
    for (const other of loops) {
      const shared = one.set & other.set
      if (one === other || takesAnything(one) || takesAnything(other)) continue
      const between = reachable(one, ({ next }) => [...next.keys()].filter(({ set }) => overlaps(set, shared)))
      if (between.has(other)) return { growth: 'quadratic', source: `${one.loop} with ${other.loop}` }
    }
  }
  return undefined
}

function reachable(start: Place, step: (place: Place) => Iterable<Place>): Set<Place> {
  const seen = new Set([start])
  for (const place of seen) for (const next of step(place)) seen.add(next)
  return seen
}
