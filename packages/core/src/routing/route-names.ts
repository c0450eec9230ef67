/**
 * The names in a route table, for the compiler: which there are, and what a URL for each is made of.
 */
import type { PathValues } from './path-params.ts'
import type { PatternInput } from './path-pattern.ts'
import type { PathValue } from './reverse-url.ts'
import type { Route, Rule, RuleGroup } from './route.ts'

/**
 * The pattern of each name, those of nested lists included. A list whose rules the compiler does not know one
 * by one, such as a `Rule[]`, may have any name.
 */
export type RouteNames<Rules extends readonly Rule[]> = PatternsOf<NamesInList<Rules>>

/** Apart from the rules, because the compiler would go over all of them again at each use of a name. */
export type PatternsOf<N extends Named> = { readonly [Each in N as Each['name']]: Each['pattern'] }

export interface Named<Name extends string = string, Pattern extends PatternInput = PatternInput> {
  readonly name: Name
  readonly pattern: Pattern
}

export type NamesInList<Rules extends readonly unknown[]> = number extends Rules['length'] ? Named : NamesInRule<Rules[number]>

/** Goes over a union of rules, so that each rule of a table is looked at once. */
type NamesInRule<R> =
  R extends Route<infer Pattern, infer Target, infer Name>
    ? NameOf<Name, Pattern> | NamesInTarget<Target>
    : R extends RuleGroup<infer Rules>
      ? NamesInList<Rules>
      : R extends readonly [infer Pattern, infer Target, unknown, infer Name]
        ? NameOf<Name, Pattern> | NamesInTarget<Target>
        : R extends readonly [unknown, infer Target, ...unknown[]]
          ? NamesInTarget<Target>
          : never

type NamesInTarget<Target> = Target extends readonly unknown[] ? NamesInList<Target> : never

type NameOf<Name, Pattern> = Name extends string ? (Pattern extends PatternInput ? Named<Name, Pattern> : never) : never

/** The arguments of `reverseUrl()` after the name. */
export type ReverseArgs<Pattern> = Pattern extends string
  ? Record<never, never> extends PathValues<Pattern>
    ? [values?: PathValues<Pattern>]
    : [values: PathValues<Pattern>]
  : PathValue[] | [values: { readonly [name: string]: PathValue }]
