/** Requests that ask before they send their body, over HTTP/2 (RFC 9113 §8.1): one stream on a connection of its own. */
import { type ClientHttp2Stream, connect, constants, type IncomingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import { sendWhenAsked } from './expecting-body.ts'
import type { WireRequest, WireResponse } from './transport.ts'

/** @param socket - secured, and the server has agreed to HTTP/2 */
export async function sendExpectingOverHTTP2(socket: Socket, request: WireRequest): Promise<WireResponse> {
  const { signal } = request
  const session = connect(request.url.origin, { createConnection: () => socket })
  session.on('error', () => {}) // the stream fails with it
  const stream = session.request(headFields(request), { endStream: false })
  const onAbort = () => stream.destroy(signal.reason as Error)
  signal.addEventListener('abort', onAbort, { once: true })
  stream.once('close', () => {
    signal.removeEventListener('abort', onAbort)
    session.destroy()
  })
  return answered(stream, request.body)
}

function headFields({ url, method, fields, length }: WireRequest): Record<string, string | string[]> {
  const head: Record<string, string | string[]> = {}
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [name, value] = [(fields[i] ?? '').toLowerCase(), fields[i + 1] ?? '']
    const others = head[name]
    head[name] = others === undefined ? value : [others, value].flat()
  }
  const { host = url.host, ...rest } = head
  return {
    ...rest,
    ...(length === undefined ? {} : { 'content-length': String(length) }),
    expect: '100-continue',
    ':method': method,
    ':scheme': url.protocol.slice(0, -1),
    ':authority': host,
    ':path': `${url.pathname}${url.search}`,
  }
}

async function answered(stream: ClientHttp2Stream, body: WireRequest['body']): Promise<WireResponse> {
  const stop = sendWhenAsked(stream, body)
  try {
    const head = await headOf(stream)
    stream.once('end', () => stream.close()) // and with it what has not been sent of the request
    return {
      code: Number(head[':status']),
      reason: '',
      headers: headersOf(head),
      body: stream,
      failure: () => reset(stream),
    }
  } finally {
    stop()
  }
}

function headOf(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    stream.once('response', resolve).on('error', reject)
    stream.once('close', () => reject(new Error(`the stream was closed with code ${stream.rstCode}`))) // without an error if cancelled
  })
}

/** A stream that the server has cancelled ends like a whole one. */
function reset({ rstCode }: ClientHttp2Stream): Error | undefined {
  if (rstCode === undefined || rstCode === constants.NGHTTP2_NO_ERROR) return undefined
  return new Error(`the stream was closed with code ${rstCode}`)
}

function headersOf(head: IncomingHttpHeaders): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(head)) {
    if (name.startsWith(':')) continue
    for (const each of [value ?? []].flat()) headers.append(name, each)
  }
  return headers
}
