/**
 * Requests that ask before they send their body (RFC 9110 §10.1.1), over node:http on a connection of their own,
 * because undici does not offer it on HTTP/1.1.
 */
import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { destinationOf, openConnection } from './connection.ts'
import { isForwarded, requestTarget, WireProtocolError, type WireRequest, type WireResponse } from './transport.ts'

const PATIENCE = 1000 // ms after which the body is sent unasked: a server may never say 100

/** Settles with the head of the answer; if that comes before a 100 (Continue), the body is not sent at all. */
export async function sendExpecting(request: WireRequest, maxHeaderSize: number): Promise<WireResponse> {
  const { url, proxy, signal, progress } = request
  const forwarded = isForwarded(url, proxy)
  progress.connecting = true
  const destination = destinationOf(forwarded ? proxy : url, forwarded ? undefined : proxy)
  const socket = await openConnection(destination, { ...request.connection, http2: false }, progress.times, signal)
  progress.onSending()
  const outgoing = httpRequest({
    method: request.method,
    path: requestTarget(request),
    createConnection: () => socket,
    setHost: false,
    maxHeaderSize,
  })
  setFields(outgoing, request)
  const onAbort = () => outgoing.destroy(signal.reason as Error)
  signal.addEventListener('abort', onAbort, { once: true })
  outgoing.once('close', () => signal.removeEventListener('abort', onAbort))
  return answered(outgoing, request)
}

function setFields(outgoing: ClientRequest, { fields, length, url }: WireRequest): void {
  for (let i = 0; i + 1 < fields.length; i += 2) outgoing.appendHeader(fields[i] ?? '', fields[i + 1] ?? '')
  if (!outgoing.hasHeader('Host')) outgoing.setHeader('Host', url.host)
  if (length === undefined) outgoing.setHeader('Transfer-Encoding', 'chunked')
  else outgoing.setHeader('Content-Length', length)
  outgoing.setHeader('Expect', '100-continue')
  outgoing.flushHeaders()
}

async function answered(outgoing: ClientRequest, request: WireRequest): Promise<WireResponse> {
  let sending = false
  const sendBody = () => {
    if (sending || outgoing.destroyed) return
    sending = true
    pipeline(Readable.from(chunks(request.body)), outgoing).catch((error: Error) => outgoing.destroy(error))
  }
  const timer = setTimeout(sendBody, PATIENCE)
  outgoing.once('continue', sendBody)
  try {
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    response.once('close', () => outgoing.destroy())
    outgoing.on('error', (error) => response.destroy(error))
    return {
      code: response.statusCode ?? 0,
      reason: response.statusMessage ?? '',
      headers: headersOf(response),
      body: response,
    }
  } catch (error) {
    const parserError = error instanceof Error && 'code' in error && String(error.code).startsWith('HPE_')
    throw parserError ? new WireProtocolError(error.message, { cause: error }) : error
  } finally {
    clearTimeout(timer)
    outgoing.off('continue', sendBody)
  }
}

function* noChunks(): Generator<Uint8Array> {}

function chunks(body: WireRequest['body']): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (body === undefined) return noChunks()
  return body instanceof Uint8Array ? [body] : body
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
  return headers
}
