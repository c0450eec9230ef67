/**
 * From a pattern's parts and values back to a path (Tornado: `reverse_url`).
 *
 * No value can send the path elsewhere: it never begins with `//`, which means another host, and never has
 * a `.` or `..` segment, which clients remove before they ask.
 */

/** A value for a place in a pattern; numbers are written in decimal. */
export type PathValue = string | number | bigint

/** A part of a path: fixed text, a place for a value, or parts that are left out when their values are not given. */
export type URLPart =
  | string
  | { readonly param: string | number; readonly keepsSlashes: boolean }
  | { readonly optional: readonly URLPart[] }

/** Values by name, or by position for positional groups. */
export type URLValues = ReadonlyMap<string | number, unknown>

/** A URL cannot be built: the name is unknown, or the values do not fit the pattern. */
export class ReverseURLError extends TypeError {
  static {
    this.prototype.name = 'ReverseURLError'
  }
  readonly code = 'TYPHOON_REVERSE_URL'
}

/**
 * The path made of `parts`, with each value percent-encoded.
 *
 * @param pattern - named in errors
 * @throws {@link ReverseURLError} for values that are missing, unknown, or cannot stand in a path
 */
export function buildPath(pattern: string, parts: readonly URLPart[], values: URLValues): string {
  const missing = required(parts).filter((param) => !isGiven(values, param))
  if (missing.length > 0) throw misfit(pattern, parts, `${missing.map(describe).join(', ')} missing`)
  const used = new Set<string | number>()
  const path = parts.map((part) => writePart(part, values, used)).join('')
  const unknown = [...values.keys()].filter((param) => isGiven(values, param) && !used.has(param))
  if (unknown.length > 0) throw misfit(pattern, parts, `${unknown.map(describe).join(', ')} not used`)
  if (/(?:^|\/)\.\.?(?:\/|$)/.test(path)) throw misfit(pattern, parts, `a client would resolve the dots in ${path}`)
  return path.replace(/^\/\/+/, (slashes) => `/${'%2F'.repeat(slashes.length - 1)}`)
}

function writePart(part: URLPart, values: URLValues, used: Set<string | number>): string {
  if (typeof part === 'string') return part
  if (!('optional' in part)) {
    used.add(part.param)
    return encodeValue(describe(part.param), values.get(part.param), part.keepsSlashes)
  }
  const wanted = required(part.optional).every((param) => isGiven(values, param))
  const asked = mentioned(part.optional).some((param) => isGiven(values, param))
  return wanted && asked ? part.optional.map((inner) => writePart(inner, values, used)).join('') : ''
}

function encodeValue(name: string, value: unknown, keepsSlashes: boolean): string {
  if (Array.isArray(value) && keepsSlashes) return value.map((segment) => encodeValue(name, segment, false)).join('/')
  if (!isPathValue(value)) throw new ReverseURLError(`${name} must be a string or a number, got ${String(value)}`)
  try {
    const encoded = encodeURIComponent(String(value)).replace(/[!'()*]/g, percentEncodeASCII)
    return keepsSlashes ? encoded.replaceAll('%2F', '/') : encoded
  } catch (cause) {
    throw new ReverseURLError(`${name} is not well-formed text: ${JSON.stringify(value)}`, { cause })
  }
}

/** As Python's `quote` does, and so Tornado; a quote of either kind cannot end an attribute of a page. */
function percentEncodeASCII(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}

function isPathValue(value: unknown): value is PathValue {
  return typeof value === 'string' || typeof value === 'bigint' || Number.isFinite(value)
}

function isGiven(values: URLValues, param: string | number): boolean {
  return values.get(param) !== undefined
}

/** The params outside optional parts. */
function required(parts: readonly URLPart[]): (string | number)[] {
  return parts.flatMap((part) => (typeof part === 'string' || 'optional' in part ? [] : [part.param]))
}

/** The params, those of optional parts included. */
function mentioned(parts: readonly URLPart[]): (string | number)[] {
  return parts.flatMap((part) => {
    if (typeof part === 'string') return []
    return 'optional' in part ? mentioned(part.optional) : [part.param]
  })
}

function misfit(pattern: string, parts: readonly URLPart[], problem: string): ReverseURLError {
  const must = required(parts)
  const names = mentioned(parts).map((param) => (must.includes(param) ? describe(param) : `${describe(param)}?`))
  return new ReverseURLError(`${pattern} takes ${names.join(', ') || 'no values'}: ${problem}`)
}

function describe(param: string | number): string {
  return typeof param === 'number' ? `group ${param + 1}` : param
}
