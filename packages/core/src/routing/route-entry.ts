/**
 * One line of the compiled route table: a rule that answers, with all that lies around it.
 */
import type { HostMatcher } from './host-matcher.ts'
import { type CapturedTexts, decodeSegments, type PathArguments } from './path-arguments.ts'
import type { PathPattern } from './path-pattern.ts'
import type { PathSkeleton } from './path-skeleton.ts'
import type { RouteMiddleware } from './route.ts'
import type { ResolvedTarget } from './route-target.ts'
import { layoutBelow, type SegmentLayout } from './segment-layout.ts'

/** What must hold, from the outside in, before a rule's own pattern is tried. */
export type RouteCondition =
  | { readonly type: 'host'; readonly host: HostMatcher }
  | { readonly type: 'mount'; readonly prefix: string }
  | { readonly type: 'pattern'; readonly pattern: PathPattern }

/** What a rule says, once it is checked. */
export interface RouteEntryParts {
  readonly place: string
  readonly name: string | undefined
  readonly pattern: PathPattern
  readonly conditions: readonly RouteCondition[]
  readonly target: ResolvedTarget
  readonly middleware: readonly RouteMiddleware[]
}

/** A rule of the compiled table, in the order in which rules are tried. */
export class RouteEntry {
  /** Where the rule stands, counted from 0: `3`, or `3.0` for the first rule of the list in rule 3. */
  readonly place: string
  readonly name: string | undefined
  readonly pattern: PathPattern
  /** The text of all `mount()` prefixes around the rule; a mounted target sees the path without it. */
  readonly prefix: string
  /** Prefix and pattern, as logs and `http.route` show them. */
  readonly source: string
  readonly target: ResolvedTarget
  /** Outermost first. */
  readonly middleware: readonly RouteMiddleware[]
  readonly conditions: readonly RouteCondition[]

  constructor(parts: RouteEntryParts) {
    this.place = parts.place
    this.name = parts.name
    this.pattern = parts.pattern
    this.conditions = parts.conditions
    this.target = parts.target
    this.middleware = parts.middleware
    this.prefix = parts.conditions.map((condition) => (condition.type === 'mount' ? condition.prefix : '')).join('')
    this.source = this.prefix + parts.pattern.source
  }

  /** Names the rule in messages: `rule 3 [/\/story\/(\d+)/, …]`. */
  toString(): string {
    return `rule ${this.place} [${String(this.pattern)}, …]`
  }

  /** What the pattern captures if all conditions hold. */
  match(path: string, host: string): CapturedTexts | undefined {
    return this.conditions.length === 0 ? this.pattern.match(path) : this.#matchUnderConditions(path, host)
  }

  #matchUnderConditions(path: string, host: string): CapturedTexts | undefined {
    let rest: string | undefined = path
    for (const condition of this.conditions) {
      if (condition.type === 'host' && !condition.host.test(host)) return undefined
      if (condition.type === 'pattern' && condition.pattern.match(rest) === undefined) return undefined
      if (condition.type === 'mount') rest = pathBelow(condition.prefix, rest)
      if (rest === undefined) return undefined
    }
    return this.pattern.match(rest)
  }

  /** What whole paths that match must look like. */
  skeletons(): readonly PathSkeleton[] {
    const { prefix, conditions } = this
    if (conditions.length === 0) return this.pattern.skeletons
    const mountedOnly = conditions.every(({ type }) => type === 'mount')
    const below = this.pattern.skeletons.map(({ text, open, layout }) => {
      const exact = layout !== undefined && mountedOnly && text.startsWith('/')
      return { text: prefix + text, open, layout: exact ? layoutBelow(prefix, layout) : undefined }
    })
    const takesNothing = prefix !== '' && this.pattern.match('/') !== undefined
    return takesNothing ? [...below, { text: prefix, open: false, layout: undefined }] : below
  }
}

/** The path that a target mounted at `prefix` sees, `/` when nothing is left; `undefined` if it is not below the prefix. */
export function pathBelow(prefix: string, path: string): string | undefined {
  if (prefix === '') return path
  if (path === prefix) return '/'
  return path.startsWith(prefix) && path.charCodeAt(prefix.length) === SLASH ? path.slice(prefix.length) : undefined
}

const SLASH = 47

/** A rule that matched a path. */
export class RouteMatch {
  readonly entry: RouteEntry
  /** The position of the entry in the table. */
  readonly order: number
  readonly #path: string
  readonly #layout: SegmentLayout | undefined
  readonly #captured: CapturedTexts

  /** @param captured - by the pattern, unless there is a layout which shows it */
  constructor(
    entry: RouteEntry,
    order: number,
    path: string,
    layout: SegmentLayout | undefined,
    captured: CapturedTexts,
  ) {
    this.entry = entry
    this.order = order
    this.#path = path
    this.#layout = layout
    this.#captured = captured
  }

  /**
   * The path's arguments for the handler.
   *
   * @throws {@link HTTPError} 400 when percent-encoded bytes in them are not UTF-8
   */
  decode(): PathArguments {
    const layout = this.#layout
    return layout === undefined ? this.entry.pattern.decode(this.#captured) : decodeSegments(layout, this.#path)
  }
}
