/** Where a redirect leads and what is sent there (RFC 9110 §15.4). */
import { isUtf8 } from 'node:buffer'
import type { RequestBody } from './body-source.ts'
import type { RequestFields } from './request-fields.ts'
import type { ResolvedRequest } from './request-options.ts'

/** One request of the chain that redirects make. */
export interface Hop {
  readonly url: URL
  readonly method: string
  readonly fields: RequestFields
  readonly body: RequestBody | undefined
  readonly options: ResolvedRequest
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const CONTENT_FIELDS = ['Content-Type', 'Content-Length', 'Content-Encoding', 'Content-Language', 'Content-Location']
const CREDENTIAL_FIELDS = ['Authorization', 'Cookie', 'Proxy-Authorization', 'Host']
const NO_CREDENTIALS = { auth: undefined, cert: undefined, key: undefined, passphrase: undefined }

/** The URL that an answer leads to; undefined if it is not a redirect, `'invalid'` if it leads nowhere. */
export function redirectTarget(code: number, location: string | null, from: URL): URL | 'invalid' | undefined {
  if (!REDIRECTS.has(code) || location === null) return undefined
  const bytes = Buffer.from(location, 'latin1') // fields are read byte by byte
  const text = isUtf8(bytes) ? bytes.toString() : location // a bare UTF-8 path is common
  if (!URL.canParse(text, from.href)) return 'invalid'
  const target = new URL(text, from)
  if (target.protocol !== 'http:' && target.protocol !== 'https:') return 'invalid'
  if (target.hash === '') target.hash = from.hash // RFC 9110 §10.2.2
  return target
}

/**
 * The next request. 303 makes it a GET, and so do 301 and 302 for a POST, as every client does.
 *
 * To another origin (scheme, host and port) go neither credentials nor cookies that the caller has set, nor a client
 * certificate; what a cookie jar holds for that origin does go.
 */
export function nextHop(hop: Hop, code: number, target: URL): Hop {
  const changes = becomesGet(code, hop.method)
  const foreign = target.origin !== hop.url.origin
  const url = new URL(target)
  url.username = url.password = '' // credentials chosen by the server that redirects
  const dropped = [...(changes ? CONTENT_FIELDS : []), ...(foreign ? CREDENTIAL_FIELDS : [])]
  return {
    url,
    method: changes ? 'GET' : hop.method,
    fields: hop.fields.without(dropped),
    body: changes ? undefined : hop.body,
    options: foreign ? { ...hop.options, ...NO_CREDENTIALS } : hop.options,
  }
}

function becomesGet(code: number, method: string): boolean {
  if (code === 303) return method !== 'HEAD' && method !== 'GET'
  return (code === 301 || code === 302) && method === 'POST'
}
