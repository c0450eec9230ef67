/**
 * Admission: what Node's parser lets through and RFC 9112 or safety forbids is refused here, before routing.
 *
 * Two servers that read one message differently can be played against each other, so a message that could be read in
 * more than one way is answered with an error, even where the RFC would allow to guess.
 */
import { HTTPError } from '../errors.ts'
import { parseHost } from '../headers/host.ts'

/** The head of a request as the parser gives it. */
export interface RawHead {
  readonly method: string
  readonly target: string
  readonly httpVersion: string
  /** Names and values by turns. */
  readonly fields: readonly string[]
}

export interface AdmissionLimits {
  /** Most header fields; 431 above. */
  readonly maxHeaderCount: number
  /** Longest request target in bytes; 414 above. */
  readonly maxTargetSize: number
  /** Which hosts may be asked for; undefined for any. */
  readonly allowsHost: ((hostname: string) => boolean) | undefined
}

/** What the head says about its message, where it is admitted. */
export interface AdmittedHead {
  /** The target in origin-form, or `*`. */
  readonly target: string
  /** Host and port that the request is for; empty where an HTTP/1.0 client names none. */
  readonly authority: string
  readonly contentLength: number | undefined
  readonly hasBody: boolean
  readonly expectsContinue: boolean
}

/** @returns what the head says, or the error that it is to be answered with */
export function admit(head: RawHead, limits: AdmissionLimits): AdmittedHead | HTTPError {
  if (head.httpVersion !== '1.1' && head.httpVersion !== '1.0')
    return new HTTPError(505, `HTTP version ${head.httpVersion}`)
  if (head.fields.length > limits.maxHeaderCount * 2)
    return new HTTPError(431, `more than ${limits.maxHeaderCount} header fields`)
  if (head.target.length > limits.maxTargetSize) return new HTTPError(414, `a target of ${head.target.length} bytes`)
  const framing = readFraming(head.fields)
  if (framing instanceof HTTPError) return framing
  if (framing.coding !== undefined) {
    if (framing.coding.toLowerCase() !== 'chunked') return new HTTPError(400, `Transfer-Encoding: ${framing.coding}`)
    if (head.httpVersion === '1.0') return new HTTPError(400, 'Transfer-Encoding in an HTTP/1.0 request')
  }
  const { host } = framing
  const refusal = checkPlace(head, host)
  if (refusal !== undefined) return refusal
  const isPlain = head.target.startsWith('/') || head.target === '*'
  const absolute = isPlain ? undefined : parseAbsolute(head.target)
  if (absolute instanceof HTTPError) return absolute
  return {
    target: absolute?.target ?? head.target,
    authority: absolute?.authority ?? host ?? '',
    contentLength: framing.contentLength,
    hasBody: framing.coding !== undefined || (framing.contentLength ?? 0) > 0,
    expectsContinue: framing.expectsContinue && head.httpVersion === '1.1',
  }
}

/** @param authority - that of the request, or what a trusted proxy says in its place */
export function admitHost(authority: string, { allowsHost }: AdmissionLimits): HTTPError | undefined {
  if (allowsHost === undefined || allowsHost(parseHost(authority)?.hostname ?? '')) return undefined
  return new HTTPError(400, `Host ${authority} is not one of allowedHosts`)
}

interface Framing {
  host: string | undefined
  coding: string | undefined
  contentLength: number | undefined
  expectsContinue: boolean
}

/** One pass over the fields; a name is looked at only if its length is one of four. */
function readFraming(fields: readonly string[]): Framing | HTTPError {
  const found: Framing = {
    host: undefined,
    coding: undefined,
    contentLength: undefined,
    expectsContinue: false,
  }
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    const value = fields[i + 1] as string
    if (name.length === 4 && name.toLowerCase() === 'host') {
      if (found.host !== undefined) return new HTTPError(400, 'more than one Host')
      found.host = value
    } else if (name.length === 6 && name.toLowerCase() === 'expect') {
      if (value.toLowerCase() !== '100-continue') return new HTTPError(417, `Expect: ${value}`)
      found.expectsContinue = true
    } else if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (!/^\d{1,15}$/.test(value)) return new HTTPError(400, `Content-Length: ${value}`)
      found.contentLength = Number(value)
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      if (found.coding !== undefined) return new HTTPError(400, 'more than one Transfer-Encoding')
      found.coding = value
    }
  }
  return found
}

let lastHost = 'localhost'

/** Most requests of a connection, and often of a server, name the same host. */
function isHost(host: string): boolean {
  if (host === lastHost) return true
  if (parseHost(host) === undefined) return false
  lastHost = host
  return true
}

/** Refuses a Host that is missing or wrong, whatever the target is, and a target that no client may send (RFC 9112 §3.2). */
function checkPlace({ target, method, httpVersion }: RawHead, host: string | undefined): HTTPError | undefined {
  if (host === undefined && httpVersion === '1.1') return new HTTPError(400, 'no Host')
  if (host !== undefined && !isHost(host)) return new HTTPError(400, `Host: ${host}`)
  if (target.includes('#')) return new HTTPError(400, 'a fragment in the request target')
  if (target === '*' && method !== 'OPTIONS') return notATarget()
  return undefined
}

/** An absolute target counts for more than Host (RFC 9112 §3.2.2). */
function parseAbsolute(target: string): Pick<AdmittedHead, 'target' | 'authority'> | HTTPError {
  const absolute = /^https?:\/\/([^/?]+)(.*)$/is.exec(target)
  const authority = absolute?.[1]
  const rest = absolute?.[2]
  if (authority === undefined || rest === undefined || parseHost(authority) === undefined) return notATarget()
  return { target: rest.startsWith('/') ? rest : `/${rest}`, authority }
}

function notATarget(): HTTPError {
  return new HTTPError(400, 'the request target is neither a path nor an http URL')
}

/** The head of a request that is refused: what it says is for the log only, and nobody knows how much of it is to come. */
export function refusedHead(target: string): AdmittedHead {
  return {
    target,
    authority: '',
    contentLength: undefined,
    hasBody: true,
    expectsContinue: false,
  }
}
