/** An HTTP/1.1 client that sends what it is given, byte for byte, and reads one answer. */
import { connect } from 'node:net'

export interface RawRequest {
  /** @defaultValue GET */
  readonly method?: string
  /** The request target as it goes onto the wire; browsers and client libraries would tidy it up. */
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface RawResponse {
  readonly status: number
  /** Values by name in lower case; fields that came several times are joined with a comma. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

const PATIENCE = 5000 // ms; a server that takes longer hangs
const MAX_ANSWER = 64 * 1024 * 1024 // bytes; more than any file that is asked for

/**
 * Sends one request on a connection of its own.
 *
 * @returns rejects when no complete answer comes in time, or the connection ends before its announced length
 */
export function rawRequest(server: URL, { method = 'GET', target, headers = {} }: RawRequest): Promise<RawResponse> {
  const fields = Object.entries({ Host: server.host, ...headers, Connection: 'close' })
  const head = `${method} ${target} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ host: server.hostname, port: Number(server.port || 80) })
    socket.setTimeout(PATIENCE, () =>
      socket.destroy(new Error(`no answer to ${method} ${target} within ${PATIENCE} ms`)),
    )
    let size = 0
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > MAX_ANSWER) socket.destroy(new Error(`the answer to ${method} ${target} has no end`))
    })
    socket.on('error', reject)
    socket.on('end', () => {
      try {
        resolve(parseResponse(Buffer.concat(chunks), method))
      } catch (error) {
        reject(error)
      }
    })
    socket.write(Buffer.from(head, 'latin1'))
  })
}

function parseResponse(bytes: Buffer, method: string): RawResponse {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) throw new Error(`no head in an answer of ${bytes.length} bytes`)
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value)
  }
  const status = Number(statusLine.split(' ')[1])
  const rest = bytes.subarray(end + 4)
  const body = headers.get('transfer-encoding') === 'chunked' ? joinChunks(rest) : rest
  const announced = headers.get('content-length')
  const hasBody = method !== 'HEAD' && status !== 304 && status !== 204
  if (hasBody && announced !== undefined && Number(announced) !== body.length) {
    throw new Error(`Content-Length is ${announced}, but ${body.length} bytes came`)
  }
  return { status, headers, body }
}

function joinChunks(bytes: Buffer): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (size === 0) return Buffer.concat(chunks)
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
  throw new Error('the chunked body has no end')
}
