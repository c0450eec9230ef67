/**
 * String patterns such as `/user/:id`, `/files/*path` and `/page{/:number}`, in path-to-regexp's syntax.
 *
 * The library reads the syntax and writes the regular expression; decoding, matching and building are done
 * here as for any other pattern, so that both forms of pattern behave alike.
 */
import { parse, pathToRegexp, type Token } from 'path-to-regexp'
import type { PatternDefinition } from './regexp-pattern.ts'
import type { URLPart } from './reverse-url.ts'

/**
 * Reads a string pattern. It is case-sensitive, a trailing slash counts, and literal text that cannot stand
 * in a request line as it is, such as `é` or a space, stands for its percent-encoded form.
 *
 * @throws TypeError that says what is wrong with the pattern and where
 */
export function defineTemplate(template: string): PatternDefinition {
  if (!/^[/*{\\]/.test(template)) throw new TypeError("it must begin with '/', as every path does")
  const { tokens } = parse(template, { encodePath: encodeLiteral })
  refuseRepeatedNames(namesOf(tokens))
  const { regexp, keys } = pathToRegexp({ tokens, originalPath: template }, { sensitive: true, trailing: false })
  return {
    source: template,
    regexp,
    captures: keys.map(({ type, name }) => ({ name, wildcard: type === 'wildcard' })),
    urlParts: tokens.map(urlPartOf),
  }
}

/** The characters that WHATWG's URL parser percent-encodes in a path, and with it every browser. */
const NOT_IN_A_PATH = /[^!-~]+|["#<>?^`{}]/gu

/** Fixed text of a path as clients send it; escapes that are there already stay. */
export function encodeLiteral(text: string): string {
  return text.replace(NOT_IN_A_PATH, encodeURIComponent)
}

function namesOf(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => {
    if (token.type === 'text') return []
    return token.type === 'group' ? namesOf(token.tokens) : [token.name]
  })
}

function refuseRepeatedNames(names: readonly string[]): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) throw new TypeError(`it has two params with the name ${repeated}`)
}

function urlPartOf(token: Token): URLPart {
  if (token.type === 'text') return token.value
  if (token.type === 'group') return { optional: token.tokens.map(urlPartOf) }
  return { param: token.name, keepsSlashes: token.type === 'wildcard' }
}
