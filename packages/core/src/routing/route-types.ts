/**
 * What the compiler checks of a rule: that the handler's methods can take what the pattern gives, and that
 * `initialize()` gets the arguments it asks for.
 *
 * A failed check puts a {@link Mismatch} where the handler stands, whose type arguments read as a sentence.
 */
import type { PathParams } from './path-params.ts'

/**
 * Reads as an error: `Mismatch<"get() takes", { id: number }, "but '/user/:id' gives", { id: string }>`.
 * Nothing has this type.
 */
interface Mismatch<Taker extends string, Taken, Giver extends string, Given> {
  readonly mismatch: readonly [Taker, Taken, Giver, Given]
}

/** Stands where the arguments of a handler without `initialize()` would: `initialize()` takes none of them. */
interface InitializeTakesNoArguments {
  readonly initialize?: never
}

type RequestMethod = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete' | 'options'

/** The methods of a handler that get the path's arguments; `open()` is a socket's. */
type RoutedMethod<Handler> = Handler extends { onMessage(...args: never[]): unknown }
  ? RequestMethod | 'open'
  : RequestMethod

/** `unknown` if each method of the handler can take what the pattern gives, else a {@link Mismatch} for each that cannot. */
export type HandlerCheck<Pattern extends string | RegExp, Target> = Target extends new (
  ...args: never[]
) => infer Handler
  ? MethodMismatches<Pattern, Handler> extends infer Problems
    ? [Problems] extends [never]
      ? unknown
      : Problems
    : never
  : unknown

type MethodMismatches<Pattern extends string | RegExp, Handler> = {
  [M in keyof Handler & RoutedMethod<Handler>]-?: NonNullable<Handler[M]> extends (...args: infer Parameters) => unknown
    ? MethodMismatch<M & string, Parameters, Pattern>
    : never
}[keyof Handler & RoutedMethod<Handler>]

type MethodMismatch<Method extends string, Parameters extends readonly unknown[], Pattern extends string | RegExp> =
  // a method that takes nothing, or that the base class only names
  Parameters extends readonly []
    ? never
    : [Parameters[number]] extends [never]
      ? never
      : Pattern extends string
        ? TemplateMismatch<Method, Parameters, Pattern>
        : RegExpMismatch<Method, Parameters>

type TemplateMismatch<
  Method extends string,
  Parameters extends readonly unknown[],
  Pattern extends string,
> = string extends Pattern
  ? never
  : keyof PathParams<Pattern> extends never
    ? [] extends Parameters
      ? never
      : Mismatch<`${Method}() takes`, Parameters, `but '${Pattern}' gives`, []>
    : [PathParams<Pattern>] extends Parameters
      ? never
      : Parameters extends readonly [infer Only]
        ? Mismatch<`${Method}() takes`, Only, `but '${Pattern}' gives`, PathParams<Pattern>>
        : Mismatch<`${Method}() takes`, Parameters, `but '${Pattern}' gives`, [PathParams<Pattern>]>

/** Of a RegExp the compiler knows no groups, only that they are text: one argument each, or one object of them. */
type RegExpMismatch<Method extends string, Parameters extends readonly unknown[]> = false extends {
  [K in keyof Parameters]-?: TakesGroups<Parameters[K]>
}[number]
  ? Mismatch<`${Method}() takes`, Parameters, 'but a RegExp gives', string[] | { [group: string]: string }>
  : never

type TakesGroups<Parameter> =
  TakesText<Parameter> extends true
    ? true
    : Parameter extends object
      ? false extends { [K in keyof Parameter]-?: TakesText<Parameter[K]> }[keyof Parameter]
        ? false
        : true
      : false

/** A narrower type, such as `'cats' | 'dogs'` for `(cats|dogs)`, is the author's to know. */
type TakesText<T> = string extends T ? true : [Extract<T, string>] extends [never] ? false : true

/** The arguments that a rule must or may give to the handler's `initialize()`. */
export type InitializeArgs<Target> =
  InitializeParameters<Target> extends infer Parameters extends readonly unknown[]
    ? [Parameters[number]] extends [never]
      ? InitializeTakesNoArguments | undefined
      : Record<never, never> extends Parameters[0]
        ? Parameters[0] | undefined
        : Parameters[0]
    : undefined

/** For a rule without arguments: `unknown` if the handler needs none, else a {@link Mismatch}. */
export type InitializeCheck<Target> =
  undefined extends InitializeArgs<Target>
    ? unknown
    : Mismatch<'initialize() takes', InitializeArgs<Target>, 'but the rule gives', 'no arguments'>

type InitializeParameters<Target> = Target extends new (
  ...args: never[]
) => { initialize(...args: infer Parameters): unknown }
  ? Parameters
  : undefined
