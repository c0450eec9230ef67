/**
 * From the rules as written to the compiled table: groups and nested lists are laid out in order, and every
 * mistake is reported with the rule's place.
 */
import { OptionError, withDefaults } from '../options.ts'
import { HostMatcher } from './host-matcher.ts'
import { describePattern, PathPattern } from './path-pattern.ts'
import type { GroupOptions, Route, RouteMiddleware, RouteOptions, Rule, RuleGroup, RuleTuple } from './route.ts'
import { type RouteCondition, RouteEntry } from './route-entry.ts'
import { type ResolvedTarget, resolveTarget } from './route-target.ts'
import { encodeLiteral } from './template-pattern.ts'

/**
 * The rules that answer, in the order in which they are tried.
 *
 * @throws {@link OptionError} for the first mistake, with the place and pattern of the rule
 */
export function compileRules(rules: readonly Rule[]): readonly RouteEntry[] {
  const entries = [...entriesOfList(rules, { place: '', conditions: [], middleware: [] })]
  refuseRepeatedNames(entries)
  return entries
}

/** What lies around a rule. */
interface Surroundings {
  readonly place: string
  readonly conditions: readonly RouteCondition[]
  readonly middleware: readonly RouteMiddleware[]
}

function* entriesOfList(rules: readonly Rule[], around: Surroundings): Generator<RouteEntry> {
  if (!Array.isArray(rules)) throw new OptionError('the rules must be an array')
  for (const [index, rule] of (rules as readonly Rule[]).entries()) {
    const place = around.place === '' ? String(index) : `${around.place}.${index}`
    if (isGroup(rule)) yield* entriesOfGroup(rule, { ...around, place })
    else yield* entriesOfRoute(rule, { ...around, place })
  }
}

function* entriesOfGroup(group: RuleGroup, around: Surroundings): Generator<RouteEntry> {
  const inside = located(around.place, describeGroup(group), () => ({
    place: around.place,
    conditions: [...around.conditions, ...conditionsOf(group)],
    middleware: [...around.middleware, ...middlewareOf(group.options)],
  }))
  yield* entriesOfList(group.rules, inside)
}

function* entriesOfRoute(rule: RuleTuple | Route, around: Surroundings): Generator<RouteEntry> {
  const { place, conditions, middleware } = around
  const { pattern, name, target, rules } = located(place, describeRule(rule), () => readRule(rule))
  if (target !== undefined) yield new RouteEntry({ place, name, pattern, conditions, target, middleware })
  else yield* entriesOfList(rules, { place, conditions: [...conditions, { type: 'pattern', pattern }], middleware })
}

/** A rule that answers has a target, another one has rules. */
type CheckedRule = { readonly pattern: PathPattern; readonly name: string | undefined } & (
  | { readonly target: ResolvedTarget; readonly rules?: undefined }
  | { readonly target?: undefined; readonly rules: readonly Rule[] }
)

function readRule(rule: RuleTuple | Route): CheckedRule {
  const { pattern: given, target, args, options } = isRoute(rule) ? rule : readTuple(rule)
  const name = readName(options)
  if (typeof given !== 'string' && !(given instanceof RegExp))
    throw new OptionError('the pattern must be a string or a RegExp')
  const pattern = new PathPattern(given)
  if (!Array.isArray(target)) return { pattern, name, target: resolveTarget(target, args) }
  if (args === undefined && name === undefined) return { pattern, name, rules: target }
  throw new OptionError('a list of rules takes neither arguments nor a name; give them to the rules inside')
}

function readName(options: RouteOptions): string | undefined {
  const { name } = withDefaults<{ name: unknown }>('route()', { name: undefined }, options)
  if (name === undefined || (typeof name === 'string' && name !== '')) return name
  throw new OptionError(`the name must be a text, got ${JSON.stringify(name)}`)
}

function readTuple(rule: RuleTuple): Pick<Route, 'pattern' | 'target' | 'args' | 'options'> {
  if (!Array.isArray(rule))
    throw new OptionError(
      'a rule is [pattern, target, args?, name?] or what route(), mount(), group() or hostMatches() gives',
    )
  const [pattern, target, args, name] = rule as RuleTuple
  if (rule.length >= 2 && rule.length <= 4)
    return { pattern, target, args, options: name === undefined ? {} : { name } }
  throw new OptionError(`a rule has two to four elements, [pattern, target, args?, name?], got ${rule.length}`)
}

function conditionsOf({ host, prefix }: RuleGroup): readonly RouteCondition[] {
  const conditions: RouteCondition[] = []
  if (host !== undefined) conditions.push({ type: 'host', host: new HostMatcher(checkHost(host)) })
  if (prefix !== undefined) conditions.push({ type: 'mount', prefix: readPrefix(prefix) })
  return conditions
}

function checkHost(host: unknown): string | RegExp {
  if (typeof host === 'string' || host instanceof RegExp) return host
  throw new OptionError('the host must be a string or a RegExp')
}

function readPrefix(prefix: unknown): string {
  if (typeof prefix === 'string' && /^\/[^:*{}()[\]+?!\\#]*$/.test(prefix))
    return encodeLiteral(prefix).replace(/\/$/, '')
  throw new OptionError("the prefix must be fixed text that begins with '/'")
}

function middlewareOf(options: GroupOptions = {}): readonly RouteMiddleware[] {
  const { middleware } = withDefaults<Required<GroupOptions>>('group()', { middleware: [] }, options)
  if (Array.isArray(middleware) && middleware.every((item) => typeof item === 'function')) return middleware
  throw new OptionError('middleware must be an array of functions')
}

function refuseRepeatedNames(entries: readonly RouteEntry[]): void {
  const named = new Map<string, RouteEntry>()
  for (const entry of entries) {
    if (entry.name === undefined) continue
    const other = named.get(entry.name)
    if (other !== undefined)
      throw new OptionError(`${String(entry)}: the name '${entry.name}' belongs to ${String(other)} already`)
    named.set(entry.name, entry)
  }
}

/** What `read` gives; its errors say which rule they are about. */
function located<T>(place: string, rule: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new OptionError(`rule ${place} ${rule}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

function isGroup(rule: Rule): rule is RuleGroup {
  return kindOf(rule) === 'group'
}

function isRoute(rule: Rule): rule is Route {
  return kindOf(rule) === 'route'
}

function kindOf(rule: Rule): string | undefined {
  return typeof rule === 'object' && rule !== null && 'kind' in rule ? rule.kind : undefined
}

function describeRule(rule: RuleTuple | Route): string {
  const pattern = Array.isArray(rule) ? rule[0] : Object(rule).pattern
  return `[${describePattern(pattern)}, …]`
}

function describeGroup({ prefix, host }: RuleGroup): string {
  if (prefix !== undefined) return `mount('${prefix}', …)`
  return host === undefined ? 'group(…)' : `hostMatches(${describePattern(host)}, …)`
}
