/**
 * A pattern of the route table: `'/user/:id'` or a RegExp, ready to match paths and to build them.
 */
import { type CapturedTexts, decodeCaptures, type PathArguments } from './path-arguments.ts'
import { type PathSkeleton, pathSkeletons, SEGMENT } from './path-skeleton.ts'
import { defineRegExp, type PatternDefinition } from './regexp-pattern.ts'
import { parseRegExp, type RegExpNode, unwrap } from './regexp-syntax.ts'
import { buildPath, ReverseURLError, type URLValues } from './reverse-url.ts'
import { layoutOf, type SegmentLayout } from './segment-layout.ts'
import { defineTemplate } from './template-pattern.ts'
import { captureSegments, textsAroundSegments } from './whole-segments.ts'

/** How a rule says which paths it takes. */
export type PatternInput = string | RegExp

/**
 * A compiled pattern.
 *
 * Paths are matched as they came, still percent-encoded, so `/caf%C3%A9` and `/%63af%C3%A9` are two paths,
 * and an encoded slash never acts as one. What was captured is decoded afterwards.
 */
export class PathPattern {
  /** As written, for logs and `http.route`; a RegExp without delimiters and with `/` not escaped. */
  readonly source: string
  /** Anchored at both ends, without state between matches. */
  readonly regexp: RegExp
  /** The syntax of what is inside the anchors, if it is understood. */
  readonly syntax: RegExpNode | undefined
  readonly skeletons: readonly PathSkeleton[]
  /** The only path that matches, for a pattern without variable parts. */
  readonly literal: string | undefined
  readonly #text: string
  readonly #definition: PatternDefinition
  readonly #textsAroundSegments: readonly string[] | undefined

  /** @throws TypeError or SyntaxError that says what is wrong with the pattern */
  constructor(pattern: PatternInput) {
    this.#definition = typeof pattern === 'string' ? defineTemplate(pattern) : defineRegExp(pattern)
    this.#text = describePattern(pattern)
    this.source = this.#definition.source
    this.regexp = this.#definition.regexp
    const syntax = parseRegExp(this.regexp.source, this.regexp.flags)
    this.syntax = syntax && unwrap(syntax)
    const skeletons = pathSkeletons(this.syntax)
    this.literal = this.#findLiteral(skeletons)
    this.#textsAroundSegments = this.#findSegments()
    const layout = this.#findLayout()
    this.skeletons = layout === undefined ? skeletons : skeletons.map((skeleton) => ({ ...skeleton, layout }))
  }

  /** False if paths are compared with fixed text and whole segments alone. */
  get runsRegExp(): boolean {
    return this.literal === undefined && this.#textsAroundSegments === undefined
  }

  /**
   * What the pattern captures from `path`, still encoded, or `undefined` if it does not match.
   *
   * @param path - as in the request target, without the query
   */
  match(path: string): CapturedTexts | undefined {
    if (this.literal !== undefined) return path === this.literal ? NOTHING_CAPTURED : undefined
    const texts = this.#textsAroundSegments
    return texts === undefined ? (this.regexp.exec(path) ?? undefined) : captureSegments(texts, path)
  }

  /**
   * The arguments for a handler method.
   *
   * @throws {@link HTTPError} 400 when percent-encoded bytes are not UTF-8
   */
  decode(captured: CapturedTexts): PathArguments {
    return decodeCaptures(this.#definition.captures, captured)
  }

  /**
   * A path that this pattern matches, made of the values given for its params: one object for named ones,
   * one argument each for positional ones. `/` is kept where the pattern can take it.
   *
   * @throws {@link ReverseURLError} when values are missing, unknown or do not fit, or the pattern is not reversible
   */
  reverse(...values: readonly unknown[]): string {
    const { urlParts, captures } = this.#definition
    const pattern = String(this)
    if ('irreversible' in urlParts)
      throw new ReverseURLError(`${pattern} cannot be turned into a URL: ${urlParts.irreversible}`)
    const named = captures.length === 0 ? typeof values[0] === 'object' : captures[0]?.name !== undefined
    const path = buildPath(pattern, urlParts, named ? valuesByName(pattern, values) : new Map(values.entries()))
    if (this.regexp.test(path)) return path
    throw new ReverseURLError(`${pattern} does not match ${path}, which these values give`)
  }

  /** As in the source code, for messages. */
  toString(): string {
    return this.#text
  }

  #findLiteral([only, ...others]: readonly PathSkeleton[]): string | undefined {
    if (only === undefined || others.length > 0 || only.open || only.text.includes(SEGMENT)) return undefined
    return this.regexp.test(only.text) && this.#definition.captures.length === 0 ? only.text : undefined
  }

  #findSegments(): readonly string[] | undefined {
    const texts = textsAroundSegments(this.syntax)
    return texts?.length === this.#definition.captures.length + 1 ? texts : undefined
  }

  #findLayout(): SegmentLayout | undefined {
    const texts = this.literal === undefined ? this.#textsAroundSegments : [this.literal]
    const names = this.#definition.captures.flatMap(({ name }) => name ?? [])
    return texts && layoutOf(texts, names)
  }
}

const NOTHING_CAPTURED: CapturedTexts = Object.freeze([])

/** A pattern as it stands in the source code. */
export function describePattern(pattern: PatternInput): string {
  return typeof pattern === 'string' ? `'${pattern}'` : String(pattern)
}

function valuesByName(pattern: string, [values = {}, ...others]: readonly unknown[]): URLValues {
  if (typeof values === 'object' && values !== null && !Array.isArray(values) && others.length === 0) {
    return new Map(Object.entries(values))
  }
  throw new ReverseURLError(`${pattern} takes one object with a value for each of its names`)
}
