/**
 * The names in a route table, for the compiler: which there are, and what a URL for each is made of.
 */
import type { PathValues } from './path-params.ts'
import type { PatternInput } from './path-pattern.ts'
import type { PathValue } from './reverse-url.ts'
import type { Route, RuleGroup } from './route.ts'

/** A rule that has a name. */
export interface NamedRoute<Name extends string = string, Pattern extends PatternInput = PatternInput> {
  readonly name: Name
  readonly pattern: Pattern
}

/**
 * The named rules of a table as a union, those of nested lists included. A list whose rules the compiler does
 * not know one by one, such as a `Rule[]`, may have any name.
 */
export type NamedRoutes<Rules extends readonly unknown[]> = number extends Rules['length']
  ? NamedRoute
  : NamesInRule<Rules[number]>

/** The pattern of a name. It is looked up, since a search of the union would take its time again at each use. */
export type PatternOf<Named extends NamedRoute, Name extends Named['name']> = PatternsOf<Named>[Name]

type PatternsOf<Named extends NamedRoute> = { readonly [Each in Named as Each['name']]: Each['pattern'] }

/** Goes over a union of rules, so that each rule of a table is looked at once. */
type NamesInRule<R> =
  R extends Route<infer Pattern, infer Target, infer Name>
    ? NameOf<Name, Pattern> | NamesInTarget<Target>
    : R extends RuleGroup<infer Rules>
      ? NamedRoutes<Rules>
      : R extends readonly [infer Pattern, infer Target, unknown, infer Name]
        ? NameOf<Name, Pattern> | NamesInTarget<Target>
        : R extends readonly [unknown, infer Target, ...unknown[]]
          ? NamesInTarget<Target>
          : never

type NamesInTarget<Target> = Target extends readonly unknown[] ? NamedRoutes<Target> : never

type NameOf<Name, Pattern> = Name extends string
  ? Pattern extends PatternInput
    ? NamedRoute<Name, Pattern>
    : never
  : never

/** The arguments of `reverseUrl()` after the name. */
export type ReverseArgs<Pattern> = Pattern extends string
  ? Record<never, never> extends PathValues<Pattern>
    ? [values?: PathValues<Pattern>]
    : [values: PathValues<Pattern>]
  : PathValue[] | [values: { readonly [name: string]: PathValue }]
