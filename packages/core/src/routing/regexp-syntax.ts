/**
 * Regular expressions as a tree, for what routing has to know of a pattern without running it: the text
 * it begins with, whether a URL can be built from it, and whether it can be slow.
 *
 * The engine has accepted the source before it comes here, so nothing is validated. Syntax that this
 * parser does not know for certain makes it give up, and the pattern is then only ever executed.
 */
import { type CharSet, charSetOf, charSetOfClass, hasSlash } from './char-set.ts'

export type RegExpNode =
  /** Takes one character; `text` is that character when there is only one it can be. */
  | { readonly type: 'character'; readonly set: CharSet; readonly text: string | undefined }
  | { readonly type: 'sequence'; readonly parts: readonly RegExpNode[] }
  | { readonly type: 'choice'; readonly options: readonly RegExpNode[] }
  /** `( )`, or `(?: )` when `capturing` is false. */
  | { readonly type: 'group'; readonly capturing: boolean; readonly body: RegExpNode }
  | {
      readonly type: 'repeat'
      readonly body: RegExpNode
      readonly min: number
      readonly max: number
      readonly source: string
    }
  /** Takes no character: `^`, `$`, `\b`, look-ahead and look-behind. */
  | { readonly type: 'assertion'; readonly source: string }
  /** `\1` or `\k<name>`: takes whatever a group took. */
  | { readonly type: 'reference' }

class UnknownSyntax extends Error {}

/** The tree of a source that the engine accepts, or `undefined` where this parser is not certain of its meaning. */
export function parseRegExp(source: string, flags: string): RegExpNode | undefined {
  try {
    return new RegExpParser(source, flags).parse()
  } catch (error) {
    if (error instanceof UnknownSyntax) return undefined
    throw error
  }
}

const SYNTAX_CHARACTER = /^[\^$\\.*+?()[\]{}|/-]$/
const QUANTIFIER = /(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/y
const CLASS_ESCAPE = /\\(?:[dDwWsSfnrtv]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|0(?!\d))/y
const PROPERTY_ESCAPE = /\\[pP]\{[^}]*\}/y

class RegExpParser {
  readonly #source: string
  readonly #flags: string
  readonly #unicode: boolean
  #at = 0

  constructor(source: string, flags: string) {
    this.#source = source
    this.#flags = flags
    this.#unicode = /[uv]/.test(flags)
  }

  parse(): RegExpNode {
    const node = this.#choice()
    if (this.#at < this.#source.length) throw new UnknownSyntax()
    return node
  }

  #choice(): RegExpNode {
    const options = [this.#sequence()]
    while (this.#take('|')) options.push(this.#sequence())
    return options.length === 1 && options[0] !== undefined ? options[0] : { type: 'choice', options }
  }

  #sequence(): RegExpNode {
    const parts: RegExpNode[] = []
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) parts.push(this.#term())
    return { type: 'sequence', parts }
  }

  #term(): RegExpNode {
    const start = this.#at
    const atom = this.#atom()
    const quantifier = this.#match(QUANTIFIER)
    if (quantifier === undefined) return atom
    const { min, max } = quantifierRange(quantifier)
    return { type: 'repeat', body: atom, min, max, source: this.#source.slice(start, this.#at) }
  }

  #atom(): RegExpNode {
    const char = this.#peek()
    if (char === '(') return this.#group()
    if (char === '[') return this.#class()
    if (char === '\\') return this.#escape()
    const codePoint = this.#unicode ? String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0) : char
    this.#at += codePoint.length
    if (codePoint === '^' || codePoint === '$') return { type: 'assertion', source: codePoint }
    if (codePoint === '.') return this.#oneOf('.')
    return this.#literal(codePoint)
  }

  #group(): RegExpNode {
    const start = this.#at
    const opening = this.#match(/\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?/y)?.[0] ?? ''
    if (this.#peek() === '?') throw new UnknownSyntax() // flags for a group, `(?i:…)`
    const body = this.#choice()
    if (!this.#take(')')) throw new UnknownSyntax()
    if (/[=!]$/.test(opening)) return { type: 'assertion', source: this.#source.slice(start, this.#at) }
    return { type: 'group', capturing: opening !== '(?:', body }
  }

  #class(): RegExpNode {
    const start = this.#at
    let depth = 0
    do {
      const char = this.#peek()
      if (char === '') throw new UnknownSyntax()
      if (char === '[' && (depth === 0 || this.#flags.includes('v'))) depth += 1
      if (char === ']') depth -= 1
      this.#at += char === '\\' ? 2 : 1
    } while (depth > 0)
    const source = this.#source.slice(start, this.#at)
    if (source.includes('\\q')) throw new UnknownSyntax() // strings inside a class
    return this.#oneOf(source)
  }

  #escape(): RegExpNode {
    if (this.#match(/\\k<[^>]*>|\\[1-9]\d*/y)) return { type: 'reference' } // or an old octal escape: unknown text too
    const boundary = this.#match(/\\[bB]/y)
    if (boundary !== undefined) return { type: 'assertion', source: boundary[0] }
    const known = this.#match(CLASS_ESCAPE) ?? (this.#unicode ? this.#match(PROPERTY_ESCAPE) : undefined)
    if (known !== undefined) return this.#oneOf(known[0])
    const char = this.#source.charAt(this.#at + 1)
    if (!SYNTAX_CHARACTER.test(char) && (this.#unicode || /[\w]|[^\0-\x7f]/.test(char))) throw new UnknownSyntax()
    this.#at += 2
    return this.#literal(char)
  }

  #literal(text: string): RegExpNode {
    if (!this.#flags.includes('i')) return { type: 'character', set: charSetOf(text), text }
    const set = charSetOfClass(text.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&'), this.#flags)
    const caseless = text.charCodeAt(0) < 128 && set === charSetOf(text)
    return { type: 'character', set, text: caseless ? text : undefined }
  }

  #oneOf(source: string): RegExpNode {
    return { type: 'character', set: charSetOfClass(source, this.#flags), text: undefined }
  }

  #peek(): string {
    return this.#source.charAt(this.#at)
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false
    this.#at += 1
    return true
  }

  #match(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at
    const match = sticky.exec(this.#source) ?? undefined
    if (match !== undefined) this.#at += match[0].length
    return match
  }
}

function quantifierRange([text, least, comma, most]: RegExpExecArray): { min: number; max: number } {
  if (text.startsWith('*')) return { min: 0, max: Number.POSITIVE_INFINITY }
  if (text.startsWith('+')) return { min: 1, max: Number.POSITIVE_INFINITY }
  if (text.startsWith('?')) return { min: 0, max: 1 }
  const min = Number(least)
  if (comma === undefined) return { min, max: min }
  return { min, max: most === '' ? Number.POSITIVE_INFINITY : Number(most) }
}

/** What is inside the anchors and groups that enclose all of a pattern. */
export function unwrap(node: RegExpNode): RegExpNode {
  if (node.type === 'group') return unwrap(node.body)
  if (node.type !== 'sequence') return node
  const parts = node.parts.slice(
    isAnchor(node.parts.at(0), '^') ? 1 : 0,
    isAnchor(node.parts.at(-1), '$') ? -1 : undefined,
  )
  const [only, ...others] = parts
  return only !== undefined && others.length === 0 ? unwrap(only) : { type: 'sequence', parts }
}

function isAnchor(node: RegExpNode | undefined, source: string): boolean {
  return node?.type === 'assertion' && node.source === source
}

/** Whether no text that the node takes has a slash in it. */
export function takesNoSlash(node: RegExpNode): boolean {
  switch (node.type) {
    case 'character':
      return !hasSlash(node.set)
    case 'sequence':
      return node.parts.every(takesNoSlash)
    case 'choice':
      return node.options.every(takesNoSlash)
    case 'group':
    case 'repeat':
      return takesNoSlash(node.body)
    case 'assertion':
      return true
    case 'reference':
      return false
    default:
      return node satisfies never
  }
}
