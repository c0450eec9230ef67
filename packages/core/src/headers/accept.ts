/**
 * Proactive negotiation (RFC 9110 §12.5): which of the things on offer a client likes best.
 *
 * The only file that knows `negotiator`. Of a field with very many members just the first hundred count, so that the
 * cost of an answer stays in proportion.
 */
import Negotiator from 'negotiator'

const MAX_MEMBERS = 100
const LANGUAGE_RANGE = /^(?:\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*(?:-\*)?)$/i // RFC 4647 §2.1, an ending -* allowed

/**
 * The best media type of `offered` for an Accept field (RFC 9110 §12.5.1), or `undefined` if none is acceptable.
 *
 * Without the field the first one is. Among equals the order of the field decides, then the order of `offered`.
 *
 * @example
 * preferredMediaType('text/html, application/json;q=0.9', ['application/json', 'text/html']) // 'text/html'
 */
export function preferredMediaType(accept: string | undefined, offered: readonly string[]): string | undefined {
  if (accept === undefined) return offered[0]
  return new Negotiator({ headers: { accept: firstMembers(accept) } }).mediaType(offered)
}

/** What `@types/negotiator` leaves out: codings among which the client is indifferent come in the order of `preferred`. */
interface EncodingNegotiator {
  encodings(available: readonly string[], options: { preferred: readonly string[] }): string[]
}

/**
 * The best content coding of `offered` for an Accept-Encoding field (RFC 9110 §12.5.3), or `undefined` if none is
 * acceptable.
 *
 * Put `'identity'`, the representation as it is, last among those on offer. It is acceptable unless the field says
 * `identity;q=0`, or `*;q=0` without naming it. Where the client is indifferent, the order of `offered` decides.
 * Without the field, or with an empty one, only `'identity'` is chosen: any coding would be permitted, but clients that
 * say nothing seldom decode.
 *
 * @example
 * preferredEncoding('gzip, br;q=0', ['br', 'gzip', 'identity']) // 'gzip'
 */
export function preferredEncoding(acceptEncoding: string | undefined, offered: readonly string[]): string | undefined {
  if (acceptEncoding === undefined) return offered.includes('identity') ? 'identity' : undefined
  const headers = { 'accept-encoding': firstMembers(acceptEncoding) }
  const negotiator: EncodingNegotiator = new Negotiator({ headers })
  return negotiator.encodings(offered, { preferred: offered })[0]
}

/**
 * The language ranges of an Accept-Language field with a weight above 0, the dearest first (RFC 9110 §12.5.4).
 *
 * Ranges come as they were sent, `*` included, each once; what is no language range is left out. Without the field the
 * list is empty. Looking one up among the locales there are (RFC 4647 §3.4) is the business of the caller.
 *
 * @example
 * preferredLanguages('de;q=0.8, pt-BR, fr;q=0') // ['pt-BR', 'de']
 */
export function preferredLanguages(acceptLanguage: string | undefined): string[] {
  if (acceptLanguage === undefined) return []
  const negotiator = new Negotiator({ headers: { 'accept-language': firstMembers(acceptLanguage) } })
  return [...new Set(negotiator.languages())].filter((range) => LANGUAGE_RANGE.test(range))
}

function firstMembers(value: string): string {
  let comma = -1
  for (let members = 0; members < MAX_MEMBERS; members += 1) {
    comma = value.indexOf(',', comma + 1)
    if (comma === -1) return value
  }
  return value.slice(0, comma)
}
