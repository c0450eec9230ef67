/**
 * Frame gate: stands between the network and those who deal with messages.
 *
 * It lets one message through at a time and holds back what follows until that one has been dealt with; it stops reading from the
 * network while it holds something, so a client that floods costs one chunk.
 */
import type { Duplex } from 'node:stream'
import type { Agreement } from './agreement.ts'
import type { MessageReader, ReaderUser } from './message-reader.ts'
import { readPlainMessage } from './plain-message.ts'

/** Who deals with what comes through. */
export interface GateUser {
  /** Hold pings and pongs back like messages. */
  readonly stopAtPings: boolean
  /** Something came from the network: the peer is alive. */
  activity(): void
  message(data: string | Buffer): void
  pinged(data: Buffer): void
  ponged(data: Buffer): void
  /** A close frame; nothing follows it. */
  concluded(code: number, reason: string): void
  /** The peer has violated the protocol; nothing follows. */
  violated(error: NodeJS.ErrnoException): void
  /** A text message that cannot be UTF-8 has come so far; nothing follows. */
  invalidText(): void
  /** The peer has ended its side, and what came before that has been let through. */
  ended(): void
}

const gate: unique symbol = Symbol('gate')

/** A socket that knows its gate, so that all gates share their listeners. */
interface GatedSocket extends Duplex {
  [gate]?: FrameGate | undefined
}

function onData(this: GatedSocket, chunk: Buffer): void {
  this[gate]?.receive(chunk)
}

function onEnd(this: GatedSocket): void {
  this[gate]?.end()
}

export class FrameGate implements ReaderUser {
  readonly #socket: GatedSocket
  readonly #agreement: Agreement
  readonly #user: GateUser
  /** What came and was not let through yet, from `#position` on. */
  #held: Buffer | undefined
  #position = 0
  /** Reads the message at hand, if it is not a plain one. */
  #reader: MessageReader | undefined
  #open = true
  #releasedForGood = false
  #ended = false
  #discarding = false
  #pumping = false

  /** @param head - what the client has already sent behind its request */
  constructor(socket: Duplex, head: Buffer, agreement: Agreement, user: GateUser) {
    this.#socket = socket
    this.#agreement = agreement
    this.#user = user
    if (head.length > 0) this.#held = head
  }

  /** Begins to read. */
  start(): void {
    const socket = this.#socket
    socket[gate] = this
    socket.on('data', onData)
    socket.on('end', onEnd)
    this.#ended = socket.readableEnded // before anybody listened
    if (this.#held !== undefined || this.#ended) this.#pump()
  }

  /** True while something that came waits for `release()`: the peer may have said more than anybody has seen. */
  get isHolding(): boolean {
    return this.#held !== undefined
  }

  /** The message that was let through has been dealt with. */
  release(): void {
    this.#open = true
    this.#pump()
  }

  /** From here on everything is let through as it comes: nobody looks at messages any more. */
  releaseForGood(): void {
    this.#releasedForGood = true
    this.release()
  }

  /** Reads on for nothing, to see the end of a connection that has failed. */
  discard(): void {
    this.#discarding = true
    this.#held = undefined
    this.#pump()
  }

  /** The socket is gone. */
  close(): void {
    this.#discarding = true
    this.#held = undefined
    this.#returnReader()
  }

  // What the socket tells

  receive(chunk: Buffer): void {
    this.#user.activity()
    if (this.#discarding) return
    this.#held = this.#held === undefined ? chunk : Buffer.concat([this.#held.subarray(this.#position), chunk])
    this.#position = 0
    this.#pump()
  }

  end(): void {
    this.#ended = true
    this.#pump()
  }

  // What the reader tells

  message(data: Buffer, isBinary: boolean): void {
    this.#user.message(isBinary ? data : data.toString())
  }

  pinged(data: Buffer): void {
    this.#user.pinged(data)
  }

  ponged(data: Buffer): void {
    this.#user.ponged(data)
  }

  concluded(code: number, reason: string): void {
    this.#user.concluded(code, reason)
  }

  violated(error: NodeJS.ErrnoException): void {
    this.discard()
    this.#user.violated(error)
  }

  caughtUp(): void {
    if (this.#isAtRest && !this.#discarding) this.#returnReader()
    this.#pump()
  }

  get #isAtRest(): boolean {
    return this.#reader === undefined || this.#reader.isAtRest
  }

  get #readerIsOccupied(): boolean {
    return this.#reader !== undefined && (this.#reader.isBusy || this.#reader.failed)
  }

  #pump(): void {
    if (this.#pumping || this.#socket.destroyed) return
    this.#pumping = true
    while (this.#held !== undefined && this.#open && !this.#discarding && !this.#readerIsOccupied)
      this.#pass(this.#held)
    this.#pumping = false
    if (this.#held !== undefined) {
      if (!this.#socket.isPaused()) this.#socket.pause()
    } else if (this.#socket.isPaused()) {
      this.#socket.resume()
    }
    if (this.#held === undefined && this.#ended && !this.#readerIsOccupied) this.#tellEnd()
  }

  #tellEnd(): void {
    if (this.#socket[gate] === undefined) return // it was told
    this.#socket[gate] = undefined
    this.#user.ended()
  }

  #pass(held: Buffer): void {
    const { maxMessageSize } = this.#agreement.limits
    const plain = this.#isAtRest ? readPlainMessage(held, this.#position, maxMessageSize) : undefined
    if (plain === undefined) return this.#read(held)
    this.#open = this.#releasedForGood
    this.#moveTo(plain.end, held)
    this.#user.message(plain.data)
  }

  #read(held: Buffer): void {
    const reader = this.#reader ?? this.#takeReader()
    const start = this.#position
    const result = reader.scanner.scan(held, start, this.#user.stopAtPings)
    if (result === 'invalid-text') {
      this.discard()
      return this.#user.invalidText()
    }
    const end = reader.scanner.position
    if (result === 'boundary') this.#open = this.#releasedForGood
    if (result === 'close') this.#discarding = true
    this.#moveTo(result === 'close' ? held.length : end, held)
    reader.read(held.subarray(start, end))
  }

  #moveTo(position: number, held: Buffer): void {
    if (position < held.length) this.#position = position
    else this.#held = undefined
  }

  #takeReader(): MessageReader {
    const reader = this.#agreement.takeReader()
    reader.user = this
    this.#reader = reader
    return reader
  }

  #returnReader(): void {
    const reader = this.#reader
    if (reader === undefined) return
    const isSpare = reader.isAtRest && !this.#discarding
    this.#reader = undefined
    reader.user = undefined
    if (isSpare) this.#agreement.giveReader(reader)
    else reader.close()
  }
}
