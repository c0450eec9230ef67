/**
 * Path-to-regexp's syntax read by the compiler: which params a string pattern has.
 *
 * Everything here is tail-recursive over the characters of one pattern, so a table of many rules costs no
 * more for each than a table of few.
 */
import type { PathValue } from './reverse-url.ts'

/**
 * The params that a handler gets for a string pattern.
 *
 * @example
 * type Params = PathParams<'/user/:id{/:tab}/*rest'> // { id: string; rest: string[]; tab?: string }
 */
export type PathParams<Pattern extends string> = string extends Pattern
  ? { [name: string]: string | string[] }
  : ShapeOf<FoundIn<Pattern>, string, string[]>

/** The values that a URL for a string pattern is made of. */
export type PathValues<Pattern extends string> = string extends Pattern
  ? { readonly [name: string]: PathValue | readonly PathValue[] }
  : ShapeOf<FoundIn<Pattern>, PathValue, PathValue | readonly PathValue[]>

/** One param found in a pattern. */
interface Found {
  readonly name: string
  readonly kind: 'param' | 'wildcard'
  readonly optional: boolean
}

type ShapeOf<F extends Found, One, Many> = Flat<
  { [P in F as P['optional'] extends false ? P['name'] : never]: P['kind'] extends 'param' ? One : Many } & {
    [P in F as P['optional'] extends true ? P['name'] : never]?: P['kind'] extends 'param' ? One : Many
  }
>

/** One object type instead of an intersection, so that editors and errors show what it holds. */
type Flat<T> = T extends infer O ? { [K in keyof O]: O[K] } : never

/** Depth is a string with one character for each brace that is open. */
type FoundIn<
  Text extends string,
  Depth extends string = '',
  F extends Found = never,
> = Text extends `${infer Char}${infer Rest}`
  ? Char extends ':'
    ? AddFound<NameAt<Rest>, 'param', Depth, F>
    : Char extends '*'
      ? AddFound<NameAt<Rest>, 'wildcard', Depth, F>
      : Char extends '{'
        ? FoundIn<Rest, `${Depth}{`, F>
        : Char extends '}'
          ? FoundIn<Rest, Depth extends `{${infer Outer}` ? Outer : '', F>
          : Char extends '\\'
            ? FoundIn<Rest extends `${string}${infer After}` ? After : '', Depth, F>
            : FoundIn<Rest, Depth, F>
  : F

type AddFound<
  Name extends readonly [name: string, rest: string],
  Kind,
  Depth extends string,
  F extends Found,
> = FoundIn<
  Name[1],
  Depth,
  | F
  | { readonly name: Name[0]; readonly kind: Kind & Found['kind']; readonly optional: Depth extends '' ? false : true }
>

/** The name at the start of a text and what follows it. */
type NameAt<Text extends string, Name extends string = ''> = Text extends `"${infer Quoted}"${infer Rest}`
  ? [Quoted, Rest]
  : Text extends `${infer Char}${infer Rest}`
    ? Char extends NotInName
      ? [Name, Text]
      : NameAt<Rest, `${Name}${Char}`>
    : [Name, '']

/** Characters that end a name; letters, digits, `_`, `$` and what is outside ASCII belong to it. */
type NotInName =
  | '/'
  | '-'
  | '.'
  | '~'
  | '!'
  | '&'
  | "'"
  | '('
  | ')'
  | '*'
  | '+'
  | ','
  | ';'
  | '='
  | ':'
  | '@'
  | '%'
  | '{'
  | '}'
  | '['
  | ']'
  | '\\'
  | '|'
  | '^'
  | '`'
  | '"'
  | '<'
  | '>'
  | '#'
  | '?'
  | ' '
