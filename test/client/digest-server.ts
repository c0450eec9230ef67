/** A server that asks for digest authentication (RFC 7616), reckoned here once more, apart from the client. */
import { createHash } from 'node:crypto'
import type { IncomingMessage, RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface DigestServerOptions {
  readonly algorithm?: 'MD5' | 'SHA-256' | 'SHA-512-256' | 'MD5-sess' | 'SHA-256-sess'
  /** How often a nonce may be used; what comes later is told that it is stale. */
  readonly uses?: number
  /** Tells in Authentication-Info which nonce comes next. */
  readonly nextnonce?: boolean
}

/** What a request came with. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly body: string
  /** The parameters of Authorization. */
  readonly proof: Readonly<Record<string, string>> | undefined
}

const USERNAME = 'ann'
const PASSWORD = 'se"cret'
const REALM = 'the realm'

/** For `ann` with the password `se"cret`; others are refused. */
export function digestListener(options: DigestServerOptions = {}): { listener: RequestListener; seen: Seen[] } {
  const { algorithm = 'SHA-256', uses = 100, nextnonce = false } = options
  const seen: Seen[] = []
  const counts = new Map<string, number>()
  let nonces = 0
  const newNonce = () => {
    const nonce = `nonce-${++nonces}`
    counts.set(nonce, 0)
    return nonce
  }
  const respond = async (request: IncomingMessage, answer: Parameters<RequestListener>[1]) => {
    const { method = '', url = '' } = request
    const proof = parametersOf(request)
    seen.push({ method, url, proof, body: (await buffer(request)).toString() })
    const verdict = judge(proof, method, url)
    if (verdict === 'granted') {
      if (nextnonce) answer.setHeader('Authentication-Info', `qop=auth, nextnonce="${newNonce()}"`)
      return answer.end('granted')
    }
    const stale = verdict === 'stale' ? ', stale=TRUE' : ''
    const digest = `Digest realm="${REALM}", qop="auth,auth-int", algorithm=${algorithm}, nonce="${newNonce()}", opaque="o"${stale}`
    answer.writeHead(401, { 'WWW-Authenticate': ['Basic realm="b"', digest] }).end('refused')
  }
  const judge = (proof: Seen['proof'], method: string, url: string) => {
    const { nonce = '', nc = '', cnonce, response, uri } = proof ?? {}
    const count = counts.get(nonce)
    if (proof === undefined || count === undefined || uri !== url) return 'refused'
    const base = `${USERNAME}:${REALM}:${PASSWORD}`
    const secret = algorithm.endsWith('-sess') ? `${hash(base)}:${nonce}:${cnonce}` : base
    if (hash(`${hash(secret)}:${nonce}:${nc}:${cnonce}:auth:${hash(`${method}:${url}`)}`) !== response) return 'refused'
    if (Number.parseInt(nc, 16) !== count + 1) return 'refused'
    counts.set(nonce, count + 1)
    return count < uses ? 'granted' : 'stale'
  }
  const hash = (text: string) => createHash(hashName(algorithm)).update(text).digest('hex')
  return { listener: (request, answer) => void respond(request, answer), seen }
}

function hashName(algorithm: string): string {
  return algorithm.replace('-sess', '').replace('SHA-512-256', 'sha512-256').replace('SHA-256', 'sha256').toLowerCase()
}

function parametersOf({ headers: { authorization = '' } }: IncomingMessage): Record<string, string> | undefined {
  if (!authorization.startsWith('Digest ')) return undefined
  const pairs = authorization.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^",\s]+))/g)
  return Object.fromEntries(
    [...pairs].map(([, name, text, token]) => [name, (text ?? token ?? '').replace(/\\(.)/g, '$1')]),
  )
}
