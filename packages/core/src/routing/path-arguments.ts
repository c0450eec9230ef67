/**
 * From the text that a pattern captured in the raw path to the arguments of a handler method.
 */
import { HTTPError } from '../errors.ts'
import { endOfSegment, type SegmentLayout } from './segment-layout.ts'

/** Values by name. Nothing is behind them, so that any name is plain data; an object without a prototype would be slow. */
class NamedValues<Value> {
  [name: string]: Value

  static {
    Object.setPrototypeOf(this.prototype, null)
    Reflect.deleteProperty(this.prototype, 'constructor')
  }
}

/** A value by name; an array for a wildcard such as `*path`, one element for each segment. */
type NamedPathArguments = Readonly<Record<string, string | readonly string[]>>

/** What a rule's pattern took from the path, decoded. */
export interface PathArguments {
  /** Positional groups of a RegExp, in order; `undefined` for one that took no part. */
  readonly pathArgs: readonly (string | undefined)[]
  /** Named groups and `:params`, without those that took no part; `undefined` for a pattern that has no names. */
  readonly pathParams: NamedPathArguments | undefined
}

/** What one capture of a pattern is for. A name may have several captures of which one takes part. */
export interface Capture {
  readonly name: string | undefined
  /** Whether the text is a list of segments. */
  readonly wildcard: boolean
}

/** As `RegExp.exec` gives them: the whole path, then one text for each capture. */
export type CapturedTexts = readonly (string | undefined)[]

const NO_ARGUMENTS: PathArguments = Object.freeze({ pathArgs: Object.freeze([]), pathParams: undefined })

/**
 * Decodes what was captured.
 *
 * @throws {@link HTTPError} 400 when percent-encoded bytes are not UTF-8
 */
export function decodeCaptures(captures: readonly Capture[], texts: CapturedTexts): PathArguments {
  const [first] = captures
  if (first === undefined) return NO_ARGUMENTS
  return first.name === undefined
    ? { pathArgs: decodePositional(captures.length, texts), pathParams: undefined }
    : { pathArgs: NO_ARGUMENTS.pathArgs, pathParams: decodeNamed(captures, texts) }
}

function decodePositional(count: number, texts: CapturedTexts): readonly (string | undefined)[] {
  const args: (string | undefined)[] = []
  for (let index = 1; index <= count; index += 1) {
    const text = texts[index]
    args.push(text === undefined ? undefined : decodePathText(text))
  }
  return args
}

function decodeNamed(captures: readonly Capture[], texts: CapturedTexts): NamedPathArguments {
  const params = new NamedValues<string | readonly string[]>()
  let index = 0
  for (const { name, wildcard } of captures) {
    index += 1
    const text = texts[index]
    if (text === undefined || name === undefined) continue
    params[name] = wildcard ? text.split('/').map(decodePathText) : decodePathText(text)
  }
  return params
}

/**
 * Decodes the segments of a path that has this layout.
 *
 * @throws {@link HTTPError} 400 when percent-encoded bytes are not UTF-8
 */
export function decodeSegments({ gaps, rest, names }: SegmentLayout, path: string): PathArguments {
  const last = gaps.length - 1
  if (last < 0) return NO_ARGUMENTS
  const args: string[] = []
  const params = names && new NamedValues<string>()
  const encoded = path.includes('%')
  let at = 0
  for (let index = 0; index <= last; index += 1) {
    at += gaps[index] ?? 0
    const end = index === last ? path.length - rest : endOfSegment(path, at)
    const text = path.slice(at, end)
    const value = encoded ? decodePathText(text) : text
    if (params === undefined) args.push(value)
    else params[names?.[index] ?? ''] = value
    at = end
  }
  return { pathArgs: params === undefined ? args : NO_ARGUMENTS.pathArgs, pathParams: params }
}

const PERCENT_ENCODED = /(?:%[0-9a-f]{2})+/gi

/**
 * Decodes percent-encoded UTF-8, as Tornado does: `+` stays `+`, and what is not an escape, such as `%zz`, stays as it is.
 *
 * @throws {@link HTTPError} 400 for bytes that are not UTF-8
 */
function decodePathText(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(PERCENT_ENCODED, decodeUTF8)
}

function decodeUTF8(escapes: string): string {
  try {
    return decodeURIComponent(escapes)
  } catch (cause) {
    throw new HTTPError(400, `path argument is not UTF-8: ${escapes.slice(0, 60)}`, { cause })
  }
}
