/**
 * Admission: what Node's parser lets through and RFC 9112 or safety forbids is refused here, before routing.
 *
 * Two servers that read one message differently can be played against each other, so a message that could be read in
 * more than one way is answered with an error, even where the RFC would allow to guess.
 */
import { HTTPError } from '../errors.ts'
import { parseHost } from '../headers/host.ts'

/** The head of a request as the parser gives it, in Node's names. */
export interface RawHead {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersion: string
  /** Names and values by turns. */
  readonly rawHeaders: readonly string[]
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
export function admit(raw: RawHead, limits: AdmissionLimits): AdmittedHead | HTTPError {
  const { url = '', httpVersion, rawHeaders } = raw
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return new HTTPError(505, `HTTP version ${httpVersion}`)
  if (rawHeaders.length > limits.maxHeaderCount * 2)
    return new HTTPError(431, `more than ${limits.maxHeaderCount} header fields`)
  if (url.length > limits.maxTargetSize) return new HTTPError(414, `a target of ${url.length} bytes`)
  const head = new Head(url)
  return head.read(rawHeaders) ?? head.checkFraming(raw) ?? head.checkHost(raw) ?? head.checkTarget(raw) ?? head
}

/** @param authority - that of the request, or what a trusted proxy says in its place */
export function admitHost(authority: string, { allowsHost }: AdmissionLimits): HTTPError | undefined {
  if (allowsHost === undefined || allowsHost(parseHost(authority)?.hostname ?? '')) return undefined
  return new HTTPError(400, `Host ${authority} is not one of allowedHosts`)
}

let lastHost = 'localhost'

/** Most requests of a connection, and often of a server, name the same host. */
function isHost(host: string): boolean {
  if (host === lastHost) return true
  if (parseHost(host) === undefined) return false
  lastHost = host
  return true
}

/** What is read of a head; each step returns why the request is refused, if it is. */
class Head implements AdmittedHead {
  target: string
  authority = ''
  contentLength: number | undefined
  hasBody = false
  expectsContinue = false
  #hasHost = false
  #coding: string | undefined

  constructor(target: string) {
    this.target = target
  }

  /** One pass over the fields; a name is looked at only if its length is one of four. */
  read(fields: readonly string[]): HTTPError | undefined {
    for (let i = 0; i < fields.length; i += 2) {
      const name = fields[i] as string
      const value = fields[i + 1] as string
      if (name.length === 4 && name.toLowerCase() === 'host') {
        if (this.#hasHost) return new HTTPError(400, 'more than one Host')
        this.#hasHost = true
        this.authority = value
      } else if (name.length === 6 && name.toLowerCase() === 'expect') {
        if (value.toLowerCase() !== '100-continue') return new HTTPError(417, `Expect: ${value}`)
        this.expectsContinue = true
      } else if (name.length === 14 && name.toLowerCase() === 'content-length') {
        if (!/^\d{1,15}$/.test(value)) return new HTTPError(400, `Content-Length: ${value}`)
        this.contentLength = Number(value)
      } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
        if (this.#coding !== undefined) return new HTTPError(400, 'more than one Transfer-Encoding')
        this.#coding = value
      }
    }
    return undefined
  }

  checkFraming({ httpVersion }: RawHead): HTTPError | undefined {
    const coding = this.#coding
    if (coding !== undefined) {
      if (coding.toLowerCase() !== 'chunked') return new HTTPError(400, `Transfer-Encoding: ${coding}`)
      if (httpVersion === '1.0') return new HTTPError(400, 'Transfer-Encoding in an HTTP/1.0 request')
    }
    this.hasBody = coding !== undefined || (this.contentLength ?? 0) > 0
    if (httpVersion === '1.0') this.expectsContinue = false // it knows no interim responses
    return undefined
  }

  /** Refuses a Host that is missing or wrong, whatever the target is (RFC 9112 §3.2). */
  checkHost({ httpVersion }: RawHead): HTTPError | undefined {
    if (!this.#hasHost) return httpVersion === '1.1' ? new HTTPError(400, 'no Host') : undefined
    return isHost(this.authority) ? undefined : new HTTPError(400, `Host: ${this.authority}`)
  }

  /** Refuses a target that no client may send; the authority of an absolute one counts for more than Host (RFC 9112 §3.2.2). */
  checkTarget({ method }: RawHead): HTTPError | undefined {
    const { target } = this
    if (target.includes('#')) return new HTTPError(400, 'a fragment in the request target')
    if (target.startsWith('/')) return undefined
    if (target === '*') return method === 'OPTIONS' ? undefined : notATarget()
    const absolute = /^https?:\/\/([^/?]+)(.*)$/is.exec(target)
    const authority = absolute?.[1]
    const rest = absolute?.[2]
    if (authority === undefined || rest === undefined || parseHost(authority) === undefined) return notATarget()
    this.target = rest.startsWith('/') ? rest : `/${rest}`
    this.authority = authority
    return undefined
  }
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
