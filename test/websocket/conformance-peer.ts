/**
 * The other side of the conformance tests: raw frames, as the client of our server or the server of our client, and in pieces of any
 * size.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { type Frame, type FrameParts, frame, handshakeText } from './frame-client.ts'

export type Role = 'client' | 'server'

/** A frame to be sent: masked if a client sends it. */
export interface RawFrame {
  readonly payload: Buffer
  readonly parts: FrameParts
}

export class FramePeer {
  readonly role: Role
  readonly socket: Socket
  /** Head of what the other side said in the handshake. */
  head = ''
  #chunks: Buffer[] = []
  #size = 0 // bytes of the chunks
  #ended = false
  #wake: () => void = () => {}

  private constructor(role: Role, socket: Socket) {
    this.role = role
    this.socket = socket
    socket.setNoDelay(true)
    const end = () => {
      this.#ended = true
      this.#wake()
    }
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#size += chunk.length
      this.#wake()
    })
    socket.on('end', () => {
      end()
      socket.end()
    })
    socket.on('close', end)
    socket.on('error', end)
  }

  /** Connects to a server of ours; frames given as `early` come in the same write as the request. */
  static async connect(port: number, extensions?: string, early: readonly RawFrame[] = []): Promise<FramePeer> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect')
    const peer = new FramePeer('client', socket)
    const request = handshakeText(port, { fields: { 'Sec-WebSocket-Extensions': extensions ?? null } })
    socket.write(Buffer.concat([Buffer.from(request), peer.encode(early)]))
    await peer.#readHead()
    return peer
  }

  /** Listens for one client, and ends its handshake with the answer; `early` comes in the same write. */
  static async listen(
    answerTo: (key: string) => string,
    early: readonly RawFrame[] = [],
  ): Promise<{ port: number; accepted: Promise<FramePeer> }> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const accepted = once(server, 'connection').then(async ([socket]: Socket[]) => {
      server.close()
      const peer = new FramePeer('server', socket as Socket) // the event has one argument
      await peer.#readHead()
      const key = /^sec-websocket-key: (.*)$/im.exec(peer.head)?.[1] ?? ''
      peer.socket.write(Buffer.concat([Buffer.from(answerTo(key)), peer.encode(early)]))
      return peer
    })
    return { port: (server.address() as AddressInfo).port, accepted } // it listens on TCP
  }

  encode(frames: readonly RawFrame[]): Buffer {
    const masked = this.role === 'client'
    return Buffer.concat(frames.flatMap(({ payload, parts }) => encodeFast(payload, { masked, ...parts })))
  }

  send(...frames: readonly RawFrame[]): void {
    this.socket.write(this.encode(frames))
  }

  /** Sends pieces each of which arrives by itself. */
  async sendApart(pieces: Iterable<Buffer>): Promise<void> {
    for (const piece of pieces) {
      if (!this.socket.writable) return
      this.socket.write(piece)
      await turn()
      await turn()
    }
  }

  /** The next frame; undefined once the other side has ended the connection. */
  async read(): Promise<Frame | undefined> {
    for (;;) {
      const found = this.#takeFrame()
      if (found !== undefined) return found
      if (this.#ended) return undefined
      await this.#more()
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  async #readHead(): Promise<void> {
    for (;;) {
      const bytes = this.#peek(this.#size)
      const end = bytes.indexOf('\r\n\r\n')
      if (end >= 0) {
        this.head = bytes.subarray(0, end).toString('latin1')
        this.#take(end + 4)
        return
      }
      if (this.#ended) return
      await this.#more()
    }
  }

  #takeFrame(): Frame | undefined {
    const start = this.#peek(Math.min(this.#size, 10))
    if (start.length < 2) return undefined
    const [first, second] = start as unknown as [number, number] // it has two bytes at least
    const masked = (second & 0x80) !== 0
    if (masked !== (this.role === 'server')) throw new Error('a client masks and a server does not (RFC 6455 §5.1)')
    const short = second & 0x7f
    const width = short === 126 ? 4 : short === 127 ? 10 : 2
    if (start.length < width) return undefined
    const size = short === 126 ? start.readUInt16BE(2) : short === 127 ? Number(start.readBigUInt64BE(2)) : short
    const headSize = width + (masked ? 4 : 0)
    if (this.#size < headSize + size) return undefined
    const mask = this.#take(headSize).subarray(width)
    const payload = this.#take(size)
    if (masked) applyMask(payload, mask)
    return { fin: (first & 0x80) !== 0, rsv: (first >> 4) & 7, opcode: first & 15, payload }
  }

  /** The first bytes, which stay. */
  #peek(size: number): Buffer {
    if ((this.#chunks[0]?.length ?? 0) < size) this.#chunks = [Buffer.concat(this.#chunks)]
    return (this.#chunks[0] ?? Buffer.alloc(0)).subarray(0, size)
  }

  #take(size: number): Buffer {
    const bytes = this.#peek(size)
    const rest = this.#chunks[0]?.subarray(size)
    if (rest !== undefined) this.#chunks[0] = rest
    this.#size -= size
    if (rest?.length === 0) this.#chunks.shift()
    return bytes
  }
}

/** Head and payload; `frame()` alone would take long for megabytes. */
function encodeFast(payload: Buffer, parts: FrameParts): Buffer[] {
  const head = frame(Buffer.alloc(0), { ...parts, announced: payload.length })
  if (parts.masked !== true) return [head, payload]
  const bytes = Buffer.from(payload)
  applyMask(bytes, head.subarray(-4))
  return [head, bytes]
}

function applyMask(bytes: Buffer, mask: Buffer): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] as number) ^ (mask[i & 3] as number)
}
