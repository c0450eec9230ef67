/**
 * Requests that ask before they send their body (RFC 9110 §10.1.1), on a connection of their own: undici does not offer it
 * on HTTP/1.1, and on HTTP/2 it would wait for the 100 (Continue) for ever.
 */
import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { destinationOf, openConnection } from './connection.ts'
import { sendWhenAsked } from './expecting-body.ts'
import { sendExpectingOverHTTP2 } from './expecting-http2.ts'
import { isForwarded, requestTarget, WireProtocolError, type WireRequest, type WireResponse } from './transport.ts'

/** Settles with the head of the answer; if that comes before a 100 (Continue), the body is not sent at all. */
export async function sendExpecting(request: WireRequest, maxHeaderSize: number): Promise<WireResponse> {
  const { url, proxy, signal, progress } = request
  const forwarded = isForwarded(url, proxy)
  progress.connecting = true
  const destination = destinationOf(forwarded ? proxy : url, forwarded ? undefined : proxy)
  const socket = await openConnection(destination, request.connection, progress.times, signal)
  progress.onSending()
  if ('alpnProtocol' in socket && socket.alpnProtocol === 'h2') return sendExpectingOverHTTP2(socket, request)
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

async function answered(outgoing: ClientRequest, { body }: WireRequest): Promise<WireResponse> {
  const stop = sendWhenAsked(outgoing, body)
  try {
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    response.once('close', () => outgoing.destroy())
    outgoing.on('error', (error) => response.destroy(error))
    return {
      code: response.statusCode ?? 0,
      reason: response.statusMessage ?? '',
      headers: headersOf(response),
      body: response,
      failure: () => undefined, // the body fails with it
    }
  } catch (error) {
    const parserError = error instanceof Error && 'code' in error && String(error.code).startsWith('HPE_')
    throw parserError ? new WireProtocolError(error.message, { cause: error }) : error
  } finally {
    stop()
  }
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
  return headers
}
