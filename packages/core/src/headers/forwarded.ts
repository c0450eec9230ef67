/**
 * The Forwarded field (RFC 7239): what each proxy on the way says of the request that it took.
 */
import { readParameter } from './parameter.ts'
import { skipWhitespace } from './whitespace.ts'

/** One hop, in the words of the proxy that added it; nobody has checked them. Extension parameters are left out. */
export interface ForwardedElement {
  /** Who made the request: an address, `"[2001:db8::1]:4711"` without the quotes, `unknown`, or a made-up `_name`. */
  for?: string
  /** Where the proxy took it, written in the same way. */
  by?: string
  /** The scheme of the request, `http` or `https`. */
  proto?: string
  /** The Host field of the request. */
  host?: string
}

const NAMES = ['for', 'by', 'proto', 'host'] as const

/**
 * The hops, the one nearest to the client first, or `undefined` if any of the value breaks the grammar of RFC 7239 §4.
 *
 * A value with a colon or brackets must be quoted there, and no parameter may come twice in an element. Spaces are
 * allowed beside commas and semicolons, as in the examples of the RFC; empty elements and pairs are skipped.
 */
export function parseForwarded(value: string): ForwardedElement[] | undefined {
  const elements: ForwardedElement[] = []
  let pairs = new Map<string, string>()
  let index = 0
  while (index < value.length) {
    index = skipWhitespace(value, index)
    if (index < value.length && value[index] !== ',' && value[index] !== ';') {
      const pair = readParameter(value, index)
      if (pair === undefined || pairs.has(pair.name)) return undefined
      pairs.set(pair.name, pair.value)
      index = skipWhitespace(value, pair.end)
    }
    if (index >= value.length || value[index] === ',') {
      if (pairs.size > 0) elements.push(toElement(pairs))
      pairs = new Map()
    } else if (value[index] !== ';') return undefined
    index += 1
  }
  return elements.length === 0 ? undefined : elements
}

function toElement(pairs: ReadonlyMap<string, string>): ForwardedElement {
  const element: ForwardedElement = {}
  for (const name of NAMES) {
    const value = pairs.get(name)
    if (value !== undefined) element[name] = value
  }
  return element
}
