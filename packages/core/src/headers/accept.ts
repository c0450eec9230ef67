/**
 * Proactive negotiation (RFC 9110 §12.5): which of the things on offer a client likes best.
 */
import { type MediaType, parseMediaType } from './media-type.ts'
import { parseWeightedList, type WeightedMember } from './weighted-list.ts'

const LANGUAGE_RANGE = /^(?:\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*(?:-\*)?)$/i // RFC 4647 §2.1, an ending -* allowed

/** How a thing on offer fits a list: by its narrowest member that covers it. */
interface Fit {
  readonly weight: number
  readonly narrowness: number
  /** The place of the member in the list. */
  readonly order: number
}

/**
 * The best media type of `offered` for an Accept field (RFC 9110 §12.5.1), or `undefined` if none is acceptable.
 *
 * Without the field the first one is. Among equals the narrower range decides, then the order of the field, then the order of
 * `offered`.
 *
 * @example
 * preferredMediaType('text/html, application/json;q=0.9', ['application/json', 'text/html']) // 'text/html'
 */
export function preferredMediaType(accept: string | undefined, offered: readonly string[]): string | undefined {
  if (accept === undefined) return offered[0]
  const ranges = parseWeightedList(accept)
  const fitOf = (offer: string) => {
    const type = parseMediaType(offer)
    return type && bestFit(ranges, (range) => narrownessOfRange(range, type))
  }
  return choose(offered, fitOf, (one, other) => other.narrowness - one.narrowness || one.order - other.order)
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
  const codings = parseWeightedList(acceptEncoding ?? '')
  const weights = codings.map(({ weight }) => weight).filter((weight) => weight > 0)
  const implied: Fit = { weight: Math.min(1, ...weights), narrowness: 0, order: codings.length } // liked least, not refused
  const fitOf = (offer: string) => {
    const fit = bestFit(codings, ({ value }) => narrownessOfName(value, offer))
    return fit ?? (offer.toLowerCase() === 'identity' ? implied : undefined)
  }
  return choose(offered, fitOf, () => 0)
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
  const wanted = parseWeightedList(acceptLanguage ?? '').filter(
    ({ value, weight }) => weight > 0 && LANGUAGE_RANGE.test(value),
  )
  wanted.sort((one, other) => other.weight - one.weight) // equals keep their order
  return [...new Set(wanted.map(({ value }) => value))]
}

/** The first of the offers with the greatest weight that `compare` puts first; none that is refused. */
function choose(
  offered: readonly string[],
  fitOf: (offer: string) => Fit | undefined,
  compare: (one: Fit, other: Fit) => number,
): string | undefined {
  let chosen: string | undefined
  let best: Fit | undefined
  for (const offer of offered) {
    const fit = fitOf(offer)
    if (fit === undefined || fit.weight === 0) continue
    if (best !== undefined && (best.weight - fit.weight || compare(fit, best)) >= 0) continue
    chosen = offer
    best = fit
  }
  return chosen
}

/** @param narrowness - of a member that covers the offer; undefined for one that does not */
function bestFit(
  members: readonly WeightedMember[],
  narrowness: (member: WeightedMember) => number | undefined,
): Fit | undefined {
  let best: Fit | undefined
  for (const [order, member] of members.entries()) {
    const width = narrowness(member)
    if (width === undefined) continue
    const isBetter =
      best === undefined || width > best.narrowness || (width === best.narrowness && member.weight > best.weight)
    if (isBetter) best = { weight: member.weight, narrowness: width, order }
  }
  return best
}

function narrownessOfName(range: string, offer: string): number | undefined {
  if (range === '*') return 0
  return range.toLowerCase() === offer.toLowerCase() ? 1 : undefined
}

/** A type named counts for more than a subtype, and that for more than parameters; all that are named must be there. */
function narrownessOfRange({ value, parameters }: WeightedMember, offer: MediaType): number | undefined {
  const [type, subtype] = value.toLowerCase().split('/', 2)
  const [offeredType, offeredSubtype] = offer.type.split('/', 2)
  if (type !== offeredType && type !== '*') return undefined
  if (subtype !== offeredSubtype && subtype !== '*') return undefined
  for (const [name, wanted] of parameters) {
    if (wanted !== '*' && offer.parameters.get(name)?.toLowerCase() !== wanted.toLowerCase()) return undefined
  }
  return (type === '*' ? 0 : 4) + (subtype === '*' ? 0 : 2) + (parameters.size === 0 ? 0 : 1)
}
