/**
 * Frame gate: stands between the network socket and the protocol implementation.
 *
 * Inwards it lets one message through at a time and holds back what follows until that one has been dealt with; it stops reading from
 * the network while it holds something, so a client that floods costs one chunk. Outwards everything goes through the send budget, so
 * control frames of the protocol implementation keep their place among the messages.
 */
import { Duplex } from 'node:stream'
import { FrameScanner } from './frame-scanner.ts'
import type { SendBudget } from './send-budget.ts'

const MAX_CONTROL_BYTES = 16 * 1024
const NOTHING = Buffer.alloc(0)

export interface FrameGateOptions {
  readonly budget: SendBudget
  /** Hold pings and pongs back like messages. */
  readonly stopAtPings: boolean
  /** Called at the first byte of a text message that cannot be UTF-8. */
  readonly onInvalidText: () => void
  /** Called with each chunk from the network: the peer is alive. */
  readonly onActivity: () => void
}

export class FrameGate extends Duplex {
  readonly #socket: Duplex
  readonly #budget: SendBudget
  readonly #scanner: FrameScanner
  readonly #onInvalidText: () => void
  readonly #onActivity: () => void
  #held: Buffer | undefined
  #open = true
  #releasedForGood = false
  #wanted = false
  #ended = false
  #discarding = false
  #pumping = false

  constructor(socket: Duplex, head: Buffer, options: FrameGateOptions) {
    super({ autoDestroy: true, emitClose: true, allowHalfOpen: true })
    this.#socket = socket
    this.#budget = options.budget
    this.#scanner = new FrameScanner(options.stopAtPings)
    this.#onInvalidText = options.onInvalidText
    this.#onActivity = options.onActivity
    if (head.length > 0) this.#held = head
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('end', () => this.#end())
    socket.on('error', () => this.destroy())
    socket.on('close', () => this.destroy())
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

  override _read(): void {
    this.#wanted = true
    this.#pump()
  }

  /** A client that asks for pongs and does not read them is noticed by ws, once it has to wait. */
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const mustWait = this.#budget.controlBytes > MAX_CONTROL_BYTES
    this.#budget.send({ bytes: chunk, control: true, done: mustWait ? () => callback() : undefined })
    if (!mustWait) callback()
  }

  override _writev(
    chunks: { chunk: Buffer; encoding: BufferEncoding }[],
    callback: (error?: Error | null) => void,
  ): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'binary', callback)
  }

  override _final(callback: (error?: Error | null) => void): void {
    const done = () => {
      this.#socket.end()
      callback()
    }
    if (this.#budget.send({ bytes: NOTHING, control: true, done }) === 'closed') callback() // it leaves behind all else
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#held = undefined
    this.#budget.close()
    this.#socket.destroy()
    callback(error)
  }

  #receive(chunk: Buffer): void {
    this.#onActivity()
    if (this.#discarding) return
    this.#held = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk])
    this.#pump()
  }

  #end(): void {
    this.#ended = true
    this.#pump()
  }

  #pump(): void {
    if (this.#pumping || this.destroyed) return
    this.#pumping = true
    while (this.#held !== undefined && this.#open && this.#wanted && !this.#discarding) this.#pass(this.#held)
    this.#pumping = false
    if (this.#held !== undefined) {
      this.#socket.pause()
    } else if (this.#ended) {
      if (!this.readableEnded) this.push(null)
    } else {
      this.#socket.resume()
    }
  }

  #pass(held: Buffer): void {
    const result = this.#scanner.scan(held, 0)
    if (result === 'invalid-text') {
      this.discard()
      this.#onInvalidText()
      return
    }
    const { position } = this.#scanner
    if (result === 'boundary') this.#open = this.#releasedForGood
    if (result === 'close') this.#discarding = true
    this.#held = position === held.length || this.#discarding ? undefined : held.subarray(position)
    if (!this.push(held.subarray(0, position))) this.#wanted = false
  }
}
