/** HTTP/2 for tests: requests on a session, with their whole answer and the way in which it ended. */
import { once } from 'node:events'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2'
import { certificate } from './certificate.ts'

export interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** With what the server reset the stream; 0 for a clean end. */
  readonly code: number
  text(): string
}

/** A session, closed at the end of the test. */
export interface Session extends AsyncDisposable {
  readonly session: ClientHttp2Session
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream
  /** The answer to one request. */
  ask(headers: OutgoingHttpHeaders, body?: string | Buffer): Promise<Answer>
  readonly closed: Promise<unknown>
}

export async function openSession(port: number, options: SecureClientSessionOptions = {}): Promise<Session> {
  const trusted = { ca: certificate('localhost').cert, servername: 'localhost' }
  const session = connect(`https://localhost:${port}`, { ...trusted, ...options })
  session.on('error', () => undefined) // a test that expects a clean end looks at the streams
  const closed = new Promise((resolve) => session.once('close', resolve))
  await once(session, 'connect')
  const request = (headers: OutgoingHttpHeaders) => {
    const stream = session.request(headers, { endStream: false })
    stream.on('error', () => undefined) // the code is looked at
    return stream
  }
  return {
    session,
    closed,
    request,
    ask: async (headers, body) => {
      const stream = request(headers)
      stream.end(body)
      return answerOf(stream)
    },
    [Symbol.asyncDispose]: async () => {
      session.destroy()
      await closed
    },
  }
}

/** Reads a stream to its end, whatever that is. */
export async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  let headers: IncomingHttpHeaders = {}
  const chunks: Buffer[] = []
  stream.on('response', (received) => {
    headers = received
  })
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  await new Promise((resolve) => stream.once('close', resolve))
  const body = Buffer.concat(chunks)
  return {
    status: headers[':status'] as number | undefined,
    headers,
    body,
    code: stream.rstCode ?? 0,
    text: () => body.toString(),
  }
}
