/** The seam between what a fetch means and how its bytes travel: two transports implement it, nothing else knows them. */
import type { Readable } from 'node:stream'
import { isSocks } from './proxy.ts'
import type { ConnectionOptions } from './request-options.ts'

/** Milliseconds that the parts of making a connection took; 0 for what was not needed. */
export interface ConnectTimes {
  lookup: number
  connect: number
  tls: number
}

/** How a transport says how far a request has come. */
export interface Progress {
  /** Whether a connection was made for this request; else it travels on one that was there. */
  connecting: boolean
  readonly times: ConnectTimes
  /** The connection stands, and the request is being sent. */
  onSending(): void
}

export interface WireRequest {
  readonly url: URL
  readonly method: string
  /** Names and values in turn, checked; without framing fields. */
  readonly fields: readonly string[]
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** Undefined for a body that is sent in chunks, and without a body. */
  readonly length: number | undefined
  readonly connection: ConnectionOptions
  readonly proxy: URL | undefined
  /** Ends the request, whether it waits, sends or receives. */
  readonly signal: AbortSignal
  readonly progress: Progress
}

export interface WireResponse {
  readonly code: number
  readonly reason: string
  readonly headers: Headers
  /** Destroying it gives the connection up. */
  readonly body: Readable
  /** What broke the body off, once all that had come of it has been read. */
  readonly failure: () => Error | undefined
}

/** An answer that RFC 9112 does not allow; `cause` is the parser's error. */
export class WireProtocolError extends Error {
  static {
    this.prototype.name = 'WireProtocolError'
  }
}

/** Whether an answer has no body, whatever its fields say (RFC 9112 §6.3). */
export function isBodiless(method: string, code: number): boolean {
  return method === 'HEAD' || code === 204 || code === 304
}

/** What stands in the request line: the absolute form for a proxy that forwards (RFC 9112 §3.2). */
export function requestTarget({ url, proxy }: WireRequest): string {
  const path = `${url.pathname}${url.search}`
  return isForwarded(url, proxy) ? `http://${url.host}${path}` : path
}

/** Whether a proxy reads the request; one to an https: URL, or through SOCKS, passes in a tunnel. */
export function isForwarded(url: URL, proxy: URL | undefined): proxy is URL {
  return proxy !== undefined && url.protocol === 'http:' && !isSocks(proxy)
}
