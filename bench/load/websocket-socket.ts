/**
 * One WebSocket of the load client: a plain TCP socket that knows the handshake and counts what comes.
 *
 * All sockets read into one buffer, one after the other.
 */
import { connect, type Socket } from 'node:net'
import { FrameCounter, PONG_FRAME, textFrame } from './websocket-frames.ts'

/** What is spoken inside the messages. */
export type Dialect = 'plain' | 'socket.io'

/** Where to connect to, and how. */
export interface SocketTarget {
  readonly port: number
  readonly path: string
  readonly dialect: Dialect
  /** Offer permessage-deflate, and fail where it is not taken. */
  readonly compress: boolean
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==' // any will do: nobody else sees this connection
const EXTENSION = 'permessage-deflate'
const ENGINE_PONG = textFrame('3')
const ENGINE_PING_SIZE = 3 // bytes: a frame with a payload of one character
const shared = Buffer.allocUnsafeSlow(256 * 1024)

export class LoadSocket {
  /** Called with the number of messages that a chunk brought, when there are any. */
  onMessages: (count: number) => void = () => {}
  /** Bytes that have come since this was last set to 0. */
  bytes = 0
  readonly #socket: Socket
  readonly #frames = new FrameCounter()
  readonly #dialect: Dialect
  readonly #log: Buffer[] | undefined
  #onChunk: (chunk: Buffer) => void = () => {}

  private constructor({ port, dialect }: SocketTarget, log: Buffer[] | undefined, onLost: (error: Error) => void) {
    this.#log = log
    this.#dialect = dialect
    const callback = (length: number) => {
      try {
        this.#onChunk(shared.subarray(0, length))
      } catch (error) {
        onLost(error as Error) // frames and messages only throw errors
      }
      return true
    }
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer: shared, callback } })
    this.#socket.on('error', onLost).on('close', () => onLost(new Error('the server has ended a connection')))
  }

  /**
   * Connects, and settles when the first message can be sent.
   *
   * @param log - where given, all frames that come are added to it, in chunks
   */
  static async open(target: SocketTarget, log?: Buffer[]): Promise<LoadSocket> {
    let fail: (error: Error) => void = () => {}
    const lost = new Promise<never>((_, reject) => {
      fail = reject
    })
    const socket = new LoadSocket(target, log, (error) => fail(error))
    await Promise.race([socket.#handshake(target), lost])
    fail = (error) => {
      throw error // there is no measuring without it
    }
    return socket
  }

  /** Sends what was made ready with `textFrame()`. */
  send(frames: Buffer): void {
    this.#socket.write(frames)
  }

  /** Without a closing handshake, so that no port is left waiting. */
  destroy(): void {
    this.#socket
      .removeAllListeners('close')
      .removeAllListeners('error')
      .on('error', () => {})
    this.#onChunk = () => {}
    this.#socket.resetAndDestroy()
  }

  async #handshake({ port, path, compress }: SocketTarget): Promise<void> {
    const target = this.#dialect === 'socket.io' ? '/socket.io/?EIO=4&transport=websocket' : path
    const offer = compress ? `Sec-WebSocket-Extensions: ${EXTENSION}; client_max_window_bits\r\n` : ''
    this.#socket.write(
      `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n${offer}\r\n`,
    )
    const { head, rest } = await this.#answer()
    if (!head.startsWith('HTTP/1.1 101')) throw new Error(`the handshake was answered with ${head}`)
    if (compress && !head.includes(EXTENSION)) throw new Error(`${EXTENSION} was not agreed upon: ${head}`)
    const opened = this.#dialect === 'socket.io' ? this.#enterNamespace(path) : undefined
    this.#onChunk = (chunk) => this.#receive(chunk)
    if (rest.length > 0) this.#receive(rest)
    await opened
  }

  #answer(): Promise<{ head: string; rest: Buffer }> {
    return new Promise((resolve) => {
      let seen = Buffer.alloc(0)
      this.#onChunk = (chunk) => {
        seen = Buffer.concat([seen, chunk])
        const end = seen.indexOf('\r\n\r\n')
        if (end < 0) return
        this.#onChunk = () => {}
        resolve({ head: seen.toString('latin1', 0, end), rest: seen.subarray(end + 4) })
      }
    })
  }

  /** The server says hello (Engine.IO), the client asks for a namespace (Socket.IO), the server agrees. */
  async #enterNamespace(namespace: string): Promise<void> {
    await this.#nextMessage()
    this.send(textFrame(`40${namespace},`))
    await this.#nextMessage()
    this.onMessages = () => {}
  }

  #nextMessage(): Promise<void> {
    return new Promise((resolve) => {
      this.onMessages = () => resolve()
    })
  }

  #receive(chunk: Buffer): void {
    this.bytes += chunk.length
    this.#log?.push(Buffer.from(chunk))
    if (this.#dialect === 'socket.io' && chunk.length === ENGINE_PING_SIZE) {
      this.send(ENGINE_PONG)
      return
    }
    const count = this.#frames.count(chunk)
    if (this.#frames.pings > 0) {
      this.#frames.pings = 0
      this.send(PONG_FRAME)
    }
    if (count > 0) this.onMessages(count)
  }
}
