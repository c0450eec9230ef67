/**
 * The opening handshake (RFC 6455 §4.2): what a request must say to become a WebSocket, and what the answer is where it does not.
 *
 * Everything is judged here, before the socket leaves the server, so that a refusal is an ordinary response with an ordinary error page.
 */
import { HTTPError, type HTTPHeaders } from '@typhoon/core'
import { isToken, parseHost } from '@typhoon/core/headers'

/** What a client offers, in a form that cannot be wrong. */
export interface HandshakeOffer {
  readonly key: string
  /** In the order of the client's preference, without repetitions. */
  readonly subprotocols: readonly string[]
  /** The offers of permessage-deflate as they came (RFC 7692), if there are any. */
  readonly deflateOffers: string | undefined
}

/** The part of a request that the handshake looks at. */
export interface HandshakeRequest {
  readonly method: string
  readonly version: string
  readonly headers: HTTPHeaders
}

const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/ // base64 of 16 bytes: the last character holds two bits
const MAX_SUBPROTOCOLS = 100
const MAX_EXTENSIONS = 2048 // characters

/**
 * Reads the offer of a client.
 *
 * @throws {@link HTTPError} 426 for a request that is no upgrade to WebSocket or wants another version than 13; 400 for HTTP/1.0, a bad
 * key and malformed lists
 */
export function readHandshake({ method, version, headers }: HandshakeRequest): HandshakeOffer {
  if (
    method !== 'GET' ||
    !listHas(headers.get('upgrade'), 'websocket') ||
    !listHas(headers.get('connection'), 'upgrade')
  ) {
    throw new HTTPError(426, 'this path speaks WebSocket only', {
      headers: { Upgrade: 'websocket', Connection: 'Upgrade' },
    })
  }
  if (version === 'HTTP/1.0') throw new HTTPError(400, 'a WebSocket needs HTTP/1.1')
  if (headers.get('sec-websocket-version') !== '13') {
    const asked = headers.get('sec-websocket-version') ?? 'none'
    throw new HTTPError(426, `WebSocket version ${asked}`, {
      headers: { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13' },
    })
  }
  const key = headers.get('sec-websocket-key') ?? ''
  if (!KEY.test(key)) throw new HTTPError(400, 'Sec-WebSocket-Key is not 16 bytes in base64')
  return {
    key,
    subprotocols: readSubprotocols(headers.get('sec-websocket-protocol')),
    deflateOffers: readDeflateOffers(headers.get('sec-websocket-extensions')),
  }
}

/**
 * True if a page of this origin may open a socket here by default: its host and port are those of the request, whatever the scheme.
 *
 * @param origin - the value of Origin; `null` and anything that is no origin are foreign
 * @param authority - host and port that the request is for
 */
export function isSameHost(origin: string, authority: string): boolean {
  if (!URL.canParse(origin)) return false
  const url = new URL(origin)
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.origin !== origin.toLowerCase()) return false
  const host = parseHost(authority)
  if (host === undefined) return false
  const defaultPort = url.protocol === 'https:' ? 443 : 80
  const originPort = url.port === '' ? defaultPort : Number(url.port)
  return url.hostname === host.hostname && originPort === (host.port ?? defaultPort)
}

function listHas(value: string | undefined, token: string): boolean {
  return value?.split(',').some((each) => each.trim().toLowerCase() === token) ?? false
}

function readSubprotocols(value: string | undefined): string[] {
  if (value === undefined) return []
  const names = value.split(',').map((name) => name.trim())
  if (names.length > MAX_SUBPROTOCOLS || !names.every(isToken) || new Set(names).size !== names.length) {
    throw new HTTPError(400, 'Sec-WebSocket-Protocol is not a list of different tokens')
  }
  return names
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const PARAMETER = new RegExp(`^(${TOKEN})(?:=(?:(${TOKEN})|"(${TOKEN})"))?$`)
const WINDOW_BITS = /^(?:[89]|1[0-5])$/

/**
 * The offers of permessage-deflate alone. A list that is malformed, or an offer of it that RFC 7692 §7.1 does not allow, is refused
 * rather than ignored: a client that says such a thing cannot be trusted to compress.
 */
function readDeflateOffers(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  if (value.length > MAX_EXTENSIONS) throw new HTTPError(400, 'Sec-WebSocket-Extensions is too long')
  const offers = value.split(',').map((offer) => offer.split(';').map((part) => part.trim()))
  const deflate = offers.filter(([name = '', ...parameters]) => {
    if (!isToken(name)) throw malformed(name)
    const isDeflate = name === 'permessage-deflate'
    checkParameters(parameters, isDeflate)
    return isDeflate
  })
  return deflate.length === 0 ? undefined : deflate.map((offer) => offer.join('; ').replaceAll('"', '')).join(', ')
}

function checkParameters(parameters: readonly string[], isDeflate: boolean): void {
  const seen = new Set<string>()
  for (const parameter of parameters) {
    const [, name = '', plain, quoted] = PARAMETER.exec(parameter) ?? []
    if (name === '') throw malformed(parameter)
    if (!isDeflate) continue
    if (seen.has(name) || !isDeflateParameter(name, plain ?? quoted)) throw malformed(parameter)
    seen.add(name)
  }
}

function isDeflateParameter(name: string, value: string | undefined): boolean {
  switch (name) {
    case 'server_no_context_takeover':
    case 'client_no_context_takeover':
      return value === undefined
    case 'server_max_window_bits':
      return value !== undefined && WINDOW_BITS.test(value)
    case 'client_max_window_bits':
      return value === undefined || WINDOW_BITS.test(value)
    default:
      return false
  }
}

function malformed(part: string): HTTPError {
  return new HTTPError(400, `Sec-WebSocket-Extensions: ${part}`)
}

/** What the answer may not say, or says by itself. */
const NOT_IN_ANSWER: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-protocol',
])

/**
 * The fields that a 101 answer has beside those of the protocol (RFC 9110 §15.2.2: it has no content).
 *
 * @param fields - what the handler has set, names and values by turns
 */
export function answerFields(fields: readonly string[], subprotocol: string | undefined): string[] {
  const answer: string[] = subprotocol === undefined ? [] : ['Sec-WebSocket-Protocol', subprotocol]
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    if (!NOT_IN_ANSWER.has(name.toLowerCase())) answer.push(name, fields[i + 1] as string)
  }
  return answer
}
