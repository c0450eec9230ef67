/**
 * Rules: what users write in the route table.
 *
 * Here only the compiler checks them. Values are checked when the application is built, where the place of a
 * rule in the whole table is known and can be named.
 */
import type { PatternInput } from './path-pattern.ts'
import type { LeafTarget, NodeListener } from './route-target.ts'
import type { HandlerCheck, InitializeArgs, InitializeCheck } from './route-types.ts'

/** Runs around the methods of the handlers below a group; what it is given is the application's matter. */
export type RouteMiddleware = (handler: never, next: never) => unknown

/** What a rule leads to: something that answers, or a list of rules that are tried on the same path. */
export type RuleTarget = LeafTarget | readonly Rule[]

/** A rule as a tuple. It means what {@link route} means; its parts are not compared by the compiler. */
export type RuleTuple = readonly [
  pattern: PatternInput,
  target: RuleTarget,
  args?: object | undefined,
  name?: string | undefined,
]

/** An entry of a route table. */
export type Rule = RuleTuple | Route | RuleGroup

/** A rule made by {@link route}. */
export interface Route<
  Pattern extends PatternInput = PatternInput,
  Target extends RuleTarget = RuleTarget,
  Name extends string = string,
> {
  readonly kind: 'route'
  readonly pattern: Pattern
  readonly target: Target
  readonly args: object | undefined
  readonly options: RouteOptions<Name>
}

export interface RouteOptions<Name extends string = string> {
  /** For `reverseUrl()`; no two rules of an application have the same. */
  readonly name?: Name
}

/** Rules under a common condition, made by {@link mount}, {@link group} or {@link hostMatches}. */
export interface RuleGroup<Rules extends readonly Rule[] = readonly Rule[]> {
  readonly kind: 'group'
  readonly rules: Rules
  readonly prefix?: string
  readonly host?: string | RegExp
  readonly options?: GroupOptions
}

export interface GroupOptions {
  /** Outermost first; the application's own comes before it. */
  readonly middleware?: readonly RouteMiddleware[]
}

/**
 * A rule whose parts the compiler compares: each method of the handler must take what the pattern gives, and
 * its `initialize()` what `args` holds.
 *
 * A string pattern gives one object with its params; a RegExp gives one argument for each group, or one
 * object when the groups are named; a pattern without params or groups gives nothing.
 *
 * @param pattern - matched against the whole path, still percent-encoded: a RegExp, which is anchored at both ends,
 * or a string in path-to-regexp's syntax (`:param`, `*wildcard`, `{optional}`), case-sensitive, where a trailing slash counts
 * @param target - a handler class; a list of rules, tried on the same path; another `Application`; a Node listener
 * `(request, response)`; or an object with `fetch(request)`
 * @param args - for the handler's `initialize()`, the same object each time
 * @param options - `name` for `reverseUrl()`
 *
 * @example
 * route('/user/:id', UserHandler, { db }, { name: 'user' })
 */
export function route<const Pattern extends PatternInput, const Target extends RuleTarget>(
  pattern: Pattern,
  target: Target & HandlerCheck<Pattern, Target> & InitializeCheck<Target>,
): Route<Pattern, Target, never>
export function route<
  const Pattern extends PatternInput,
  const Target extends RuleTarget,
  const Name extends string = never,
>(
  pattern: Pattern,
  target: Target & HandlerCheck<Pattern, Target>,
  args: InitializeArgs<Target>,
  options?: RouteOptions<Name>,
): Route<Pattern, Target, Name>
export function route(pattern: PatternInput, target: RuleTarget, args?: object, options: RouteOptions = {}): Route {
  return { kind: 'route', pattern, target, args, options }
}

/**
 * Gives a target its own part of the paths: it sees the path without the prefix, `/` when nothing is left.
 *
 * Rules inside are matched against the rest, and where none matches, the search goes on after the group. Any
 * other target answers all that begins with the prefix, and a Node listener finds `request.url` without it.
 *
 * @param prefix - fixed text such as `/api`; it matches `/api` and all below `/api/`, never `/apiary`
 *
 * @example
 * mount('/admin', [['/users', UsersHandler]]) // answers /admin/users
 */
export function mount(prefix: string, target: NodeListener): RuleGroup<readonly []>
export function mount<const Target extends RuleTarget>(
  prefix: string,
  target: Target,
): RuleGroup<Target extends readonly Rule[] ? Target : readonly []>
export function mount(prefix: string, target: RuleTarget): RuleGroup {
  const rules = Array.isArray(target) ? (target as readonly Rule[]) : [[/\/.*/s, target as LeafTarget] as const]
  return { kind: 'group', prefix, rules }
}

/**
 * Rules that share middleware. They are matched as if they stood in the table without the group.
 *
 * @example
 * group([['/account', AccountHandler]], { middleware: [requireTwoFactor] })
 */
export function group<const Rules extends readonly Rule[]>(rules: Rules, options: GroupOptions = {}): RuleGroup<Rules> {
  return { kind: 'group', rules, options }
}

/**
 * Rules for certain hosts only (Tornado: `HostMatches`).
 *
 * @param host - compared with the request's host name, lower-case and without the port: a string exactly, a RegExp anchored at both ends
 *
 * @example
 * hostMatches('api.example.com', [['/', ApiHandler]])
 */
export function hostMatches<const Rules extends readonly Rule[]>(
  host: string | RegExp,
  rules: Rules,
): RuleGroup<Rules> {
  return { kind: 'group', host, rules }
}
