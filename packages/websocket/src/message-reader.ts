/**
 * Message reader: takes frames apart for one connection at a time, from the first byte of a message or control frame to its last.
 *
 * An idle connection has none. Those that are not in use wait with their agreement for the next connection that needs one, and with
 * them what inflating takes in memory.
 */
import { FrameScanner } from './frame-scanner.ts'
import { maxFragments, type PerMessageDeflate, type Receiver, ws } from './ws.ts'

/** Smaller pieces of a payload are gathered: to keep each by itself would cost memory beside its bytes, and time to join them. */
const SMALL_PIECE = 16 * 1024
const GATHERED = 64 * 1024

/** Whom a reader tells what it has found. */
export interface ReaderUser {
  message(data: Buffer, isBinary: boolean): void
  pinged(data: Buffer): void
  ponged(data: Buffer): void
  /** A close frame; nothing follows it. */
  concluded(code: number, reason: string): void
  /** The peer has violated the protocol. */
  violated(error: NodeJS.ErrnoException): void
  /** All that was given has been read. */
  caughtUp(): void
}

export class MessageReader {
  readonly scanner: FrameScanner = new FrameScanner()
  readonly #receiver: Receiver
  readonly #inflater: PerMessageDeflate | undefined
  readonly #onWritten: () => void
  #gathered: Buffer | undefined
  #gatheredSize = 0
  #unconfirmed = 0 // pieces that it was given and has not called back for
  #closed = false
  /** Who uses it now. */
  user: ReaderUser | undefined

  constructor(maxMessageSize: number, inflater: PerMessageDeflate | undefined) {
    this.#inflater = inflater
    this.#receiver = new (ws().Receiver)({
      isServer: true,
      maxPayload: maxMessageSize,
      maxFragments: maxFragments(maxMessageSize),
      extensions: inflater === undefined ? {} : { 'permessage-deflate': inflater },
    })
    this.#receiver.on('message', (data, isBinary) => this.user?.message(data, isBinary))
    this.#receiver.on('ping', (data) => this.user?.pinged(data))
    this.#receiver.on('pong', (data) => this.user?.ponged(data))
    this.#receiver.on('conclude', (code, reason) => this.user?.concluded(code, reason.toString()))
    this.#receiver.on('error', (error: Error) => this.user?.violated(error))
    this.#onWritten = () => {
      this.#unconfirmed--
      if (this.#unconfirmed > 0) return
      if (this.#closed) this.#inflater?.cleanup()
      else if (!this.failed) this.user?.caughtUp() // the event tells of a failure
    }
  }

  /** True while it is still at what it was given, because it has to inflate. */
  get isBusy(): boolean {
    return this.#receiver.writableLength > 0 && !this.failed
  }

  /** True once it has found a violation, of which the event may still be to come. */
  get failed(): boolean {
    return this.#receiver.errored !== null
  }

  /** True between messages: another connection may have it. */
  get isAtRest(): boolean {
    return this.#receiver.writableLength === 0 && !this.failed && this.scanner.atRest
  }

  /** Reads what the scanner has just looked at. */
  read(bytes: Buffer): void {
    if (bytes.length < SMALL_PIECE && this.scanner.isWithinPayload(bytes.length)) return this.#gather(bytes)
    this.#giveGathered()
    this.#give(bytes)
  }

  /** Lets go of it for good: it is in the middle of something, or no longer needed. */
  close(): void {
    this.user = undefined
    this.#gathered = undefined
    this.#closed = true
    if (!this.isBusy) this.#inflater?.cleanup() // ws would wait for ever for the end of what is being inflated
  }

  #give(bytes: Buffer): void {
    this.#unconfirmed++
    this.#receiver.write(bytes, this.#onWritten)
  }

  #gather(bytes: Buffer): void {
    if (this.#gatheredSize + bytes.length > (this.#gathered?.length ?? 0)) {
      this.#giveGathered()
      this.#gathered = Buffer.allocUnsafeSlow(Math.min(GATHERED, bytes.length + this.scanner.missing))
    }
    this.#gathered?.set(bytes, this.#gatheredSize)
    this.#gatheredSize += bytes.length
  }

  #giveGathered(): void {
    const gathered = this.#gathered?.subarray(0, this.#gatheredSize)
    this.#gathered = undefined
    this.#gatheredSize = 0
    if (gathered !== undefined) this.#give(gathered)
  }
}
