/**
 * A WebSocket client that speaks raw frames, so that it can say what no proper client would.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Frame {
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly payload: Buffer
}

/** How a frame differs from a proper one. */
export interface FrameParts {
  fin?: boolean
  /** Reserved bits, 4 for RSV1. */
  rsv?: number
  opcode?: number
  masked?: boolean
  /** Write the length in 2 or 8 bytes, whatever it is. */
  lengthBytes?: 2 | 8
  /** The length to announce, where it is not that of the payload. */
  announced?: number
}

/** One frame with a random mask, unless `parts` say otherwise. */
export function frame(payload: string | Buffer, parts: FrameParts = {}): Buffer {
  const {
    fin = true,
    rsv = 0,
    opcode = typeof payload === 'string' ? 1 : 2,
    masked = true,
    lengthBytes,
    announced,
  } = parts
  const data = Buffer.from(payload)
  const size = announced ?? data.length
  const width = lengthBytes ?? (size < 126 ? 0 : size < 65_536 ? 2 : 8)
  const head = Buffer.alloc(2 + width)
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  head[1] = (masked ? 0x80 : 0) | (width === 0 ? size : width === 2 ? 126 : 127)
  if (width === 2) head.writeUInt16BE(size, 2)
  if (width === 8) head.writeBigUInt64BE(BigInt(size), 2)
  if (!masked) return Buffer.concat([head, data])
  const mask = randomBytes(4)
  return Buffer.concat([head, mask, data.map((byte, i) => byte ^ (mask[i & 3] as number))])
}

/** A close frame's payload. */
export function closePayload(code: number, reason: string | Buffer = ''): Buffer {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(code)
  return Buffer.concat([head, Buffer.from(reason)])
}

export interface Handshake {
  path?: string
  method?: string
  version?: string
  /** Fields in place of the usual ones; null leaves one out. */
  fields?: Record<string, string | null>
}

export interface Answer {
  readonly status: number
  readonly head: string
  readonly body: string
}

export class FrameClient {
  readonly socket: Socket
  #buffer: Buffer = Buffer.alloc(0)
  #ended = false
  #wake: () => void = () => {}
  answer: Answer = { status: 0, head: '', body: '' }

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      this.#wake()
    })
    const end = () => {
      this.#ended = true
      this.#wake()
    }
    socket.on('end', () => {
      end()
      socket.end()
    })
    socket.on('close', end)
    socket.on('error', end)
  }

  /** Sends a handshake and reads the answer, whatever it is; frames given as `early` follow in the same write. */
  static async open(port: number, handshake: Handshake = {}, early: Buffer = Buffer.alloc(0)): Promise<FrameClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect')
    const client = new FrameClient(socket)
    socket.write(Buffer.concat([Buffer.from(handshakeText(port, handshake)), early]))
    await client.#readAnswer()
    return client
  }

  send(...frames: Buffer[]): void {
    this.socket.write(Buffer.concat(frames))
  }

  /** The next frame; undefined once the server has ended the connection. */
  async read(): Promise<Frame | undefined> {
    for (;;) {
      const found = this.#takeFrame()
      if (found !== undefined) return found
      if (this.#ended) return undefined
      await this.#more()
    }
  }

  /** The text of the next frame. */
  async readText(): Promise<string> {
    const found = await this.read()
    if (found?.opcode !== 1) throw new Error(`expected text, got ${JSON.stringify(found)}`)
    return found.payload.toString()
  }

  /** Code and reason of the close frame that comes next; 1005 for none, and 1006 if the connection ends without. */
  async readClose(): Promise<{ code: number; reason: string }> {
    const found = await this.read()
    if (found === undefined) return { code: 1006, reason: '' }
    if (found.opcode !== 8) throw new Error(`expected a close frame, got ${JSON.stringify(found)}`)
    if (found.payload.length === 0) return { code: 1005, reason: '' }
    return { code: found.payload.readUInt16BE(0), reason: found.payload.subarray(2).toString() }
  }

  /** Settles when the server has ended the connection. */
  async ended(): Promise<void> {
    while (!this.#ended) await this.#more()
  }

  destroy(): void {
    this.socket.destroy()
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  async #readAnswer(): Promise<void> {
    let end = -1
    while (end < 0) {
      end = this.#buffer.indexOf('\r\n\r\n')
      if (end >= 0) break
      if (this.#ended) return
      await this.#more()
    }
    const head = this.#buffer.subarray(0, end).toString('latin1')
    const status = Number(head.slice(9, 12))
    this.#buffer = this.#buffer.subarray(end + 4)
    if (status === 101) {
      this.answer = { status, head, body: '' }
      return
    }
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
    while (this.#buffer.length < length && !this.#ended) await this.#more()
    this.answer = { status, head, body: this.#buffer.toString() }
  }

  #takeFrame(): Frame | undefined {
    const buffer = this.#buffer
    if (buffer.length < 2) return undefined
    const short = (buffer[1] as number) & 0x7f
    const head = short === 126 ? 4 : short === 127 ? 10 : 2
    if (buffer.length < head) return undefined
    const size = short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short
    if (((buffer[1] as number) & 0x80) !== 0) throw new Error('a server must not mask (RFC 6455 §5.1)')
    if (buffer.length < head + size) return undefined
    this.#buffer = buffer.subarray(head + size)
    const first = buffer[0] as number
    return {
      fin: (first & 0x80) !== 0,
      rsv: (first >> 4) & 7,
      opcode: first & 15,
      payload: buffer.subarray(head, head + size),
    }
  }
}

/** The request that opens a socket. */
export function handshakeText(
  port: number,
  { path = '/', method = 'GET', version = '1.1', fields = {} }: Handshake = {},
): string {
  const all: Record<string, string | null> = {
    Host: `127.0.0.1:${port}`,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
    ...fields,
  }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]))
  return `${method} ${path} HTTP/${version}\r\n${lines.join('\r\n')}\r\n\r\n`
}
