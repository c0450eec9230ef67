/**
 * The compiled route table: from a path to the first rule that matches, and from a rule's name to a path.
 */
import { findBacktracking } from './pattern-safety.ts'
import { ReverseURLError } from './reverse-url.ts'
import type { Rule } from './route.ts'
import type { RouteEntry, RouteMatch } from './route-entry.ts'
import { RouteIndex } from './route-index.ts'
import { compileRules } from './route-table.ts'
import { findShadowed } from './shadowed-routes.ts'

export class Router {
  readonly #entries: readonly RouteEntry[]
  readonly #index: RouteIndex
  readonly #named = new Map<string, RouteEntry>()
  /** True if any rule is for certain hosts only. */
  readonly looksAtHost: boolean

  /** @throws {@link OptionError} for a rule that cannot be used, with its place and pattern */
  constructor(rules: readonly Rule[]) {
    this.#entries = compileRules(rules)
    this.#index = new RouteIndex(this.#entries)
    this.looksAtHost = this.#entries.some(({ conditions }) => conditions.some(({ type }) => type === 'host'))
    for (const entry of this.#entries) if (entry.name !== undefined) this.#named.set(entry.name, entry)
  }

  /**
   * The first rule in table order that matches. The time it takes does not depend on the length of the table.
   *
   * @param path - still percent-encoded, without the query
   * @param host - the request's host name, lower-case and without the port, for rules by host
   */
  find(path: string, host = ''): RouteMatch | undefined {
    return this.#index.find(path, host)
  }

  /** The rule with this name. */
  named(name: string): RouteEntry | undefined {
    return this.#named.get(name)
  }

  /**
   * A path that leads to the rule with this name (Tornado: `reverse_url`).
   *
   * @param values - one object for `:params` and named groups, one argument for each positional group
   * @throws {@link ReverseURLError} for an unknown name and for values that do not fit the pattern
   */
  reverseUrl(name: string, ...values: readonly unknown[]): string {
    const entry = this.#named.get(name)
    if (entry !== undefined) return entry.prefix + entry.pattern.reverse(...values)
    const known = [...this.#named.keys()].join(', ') || 'none'
    throw new ReverseURLError(`no rule has the name ${JSON.stringify(name)}; the names are: ${known}`)
  }

  /** The rules that answer, in the order in which they are tried, for printing. */
  table(): readonly RouteEntry[] {
    return this.#entries
  }

  /** What looks like a mistake: rules that an earlier one hides, and regular expressions that a path can make slow. */
  warnings(): readonly string[] {
    return [...findShadowed(this.#entries, this.#index), ...findBacktracking(this.#entries)]
  }
}
