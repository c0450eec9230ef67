/**
 * What one socket still has to send: gathered until the end of the poll phase, then handed over in one write, and bounded.
 *
 * Nothing is handed to the socket while it still holds something, so a message that waits can still be dropped or replaced.
 */
import type { Writable } from 'node:stream'
import { WebSocketClosedError } from './errors.ts'

/** What happens to a message that a reader is too slow for. */
export type SlowConsumerPolicy =
  /** Close the socket with 1013. */
  | 'close'
  /** Drop the new message. */
  | 'dropNewest'
  /** Drop the messages that have waited for longest. */
  | 'dropOldest'
  /** Keep `writeMessage()` waiting; a topic goes on from its history once the socket has drained. */
  | 'wait'
  /** Of the messages for which the function returns the same key, only the latest waits; without a key, or without room, the newest is dropped. */
  | { readonly latestPer: (message: string | Buffer) => string | undefined }

export interface OutgoingFrame {
  readonly bytes: Buffer
  /** A newer frame of the same key takes the place of this one while it waits. */
  readonly key?: string | undefined
  /** Control frames are never dropped and do not count. */
  readonly control?: boolean
  /** Told when the socket has taken the frame, when it was dropped, or with an error when the socket closed before. */
  readonly done?: ((error?: Error) => void) | undefined
}

/** What became of a frame: it waits or has left, was dropped, found no room, or came too late. */
export type SendResult = 'accepted' | 'dropped' | 'full' | 'closed'

const dirty: Set<SendBudget> = new Set()
let lastBatch: { frames: readonly OutgoingFrame[]; bytes: Buffer } | undefined

function flushAll(): void {
  const all = [...dirty]
  dirty.clear()
  for (const budget of all) budget.flush()
  lastBatch = undefined
}

/** What a message that waits costs besides its bytes, so that very many small ones are bounded too. */
const FRAME_COST = 64
const MANY_HOLES = 1000

export class SendBudget {
  readonly #socket: Writable
  readonly #max: number
  readonly #policy: SlowConsumerPolicy
  /** What waits, in order; `undefined` where something was dropped. */
  #queue: (OutgoingFrame | undefined)[] = []
  #queued = 0 // cost of the messages in it
  #holes = 0
  #oldest = 0 // no message waits before this position
  #positions: Map<string, number> = new Map() // of the messages that have a key
  readonly #batches: Set<readonly OutgoingFrame[]> = new Set() // handed over, and not confirmed yet
  #inFlight = 0 // cost of the messages in them
  #control = 0 // bytes of control frames that wait or are on their way
  #closed = false
  #onDrain: (() => void) | undefined

  constructor(socket: Writable, max: number, policy: SlowConsumerPolicy) {
    this.#socket = socket
    this.#max = max
    this.#policy = policy
  }

  /** What messages that wait or are on their way cost, in bytes: their frames, and 64 for each. */
  get bufferedBytes(): number {
    return this.#queued + (this.#socket.writableLength > 0 ? this.#inFlight : 0)
  }

  get controlBytes(): number {
    return this.#control
  }

  /** True if a frame of this size may be sent now; any may while nothing waits. */
  hasRoom(size: number): boolean {
    const { bufferedBytes } = this
    return bufferedBytes === 0 || bufferedBytes + size + FRAME_COST <= this.#max
  }

  /** Puts a frame in line, or does with it what the policy says; for `'close'` and `'wait'` that is to report that there is no room. */
  send(frame: OutgoingFrame): SendResult {
    if (this.#closed) return 'closed'
    if (frame.control === true) {
      this.#control += frame.bytes.length
    } else {
      if (this.#replace(frame)) return 'accepted'
      const result = this.#makeRoom(frame.bytes.length)
      if (result !== 'accepted') return result
      this.#queued += costOf(frame)
    }
    if (frame.key !== undefined) this.#positions.set(frame.key, this.#queue.length)
    this.#queue.push(frame)
    if (this.#socket.writableLength === 0) this.#schedule()
    return 'accepted'
  }

  /** Calls back once when everything has been taken by the socket. */
  onceDrained(listener: () => void): void {
    this.#onDrain = listener
  }

  /** Hands over what waits, unless the socket still holds something. */
  flush(): void {
    if (this.#closed || this.#socket.writableLength > 0) return
    const frames =
      this.#holes === 0 ? (this.#queue as OutgoingFrame[]) : this.#queue.filter((frame) => frame !== undefined)
    if (frames.length === 0) return
    this.#inFlight += this.#queued
    this.#empty()
    this.#batches.add(frames)
    this.#socket.write(joined(frames), (error) => this.#sent(frames, error ?? undefined))
  }

  /** Drops the messages that wait; what the socket already has is out of reach. */
  dropWaiting(): void {
    const frames = this.#queue.filter((frame) => frame !== undefined)
    this.#empty()
    this.#queue = frames.filter(({ control }) => control === true)
    for (const { control, done } of frames) if (control !== true) done?.(new WebSocketClosedError('writeMessage()'))
  }

  /** The socket is gone. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    dirty.delete(this)
    const lost = [...this.#batches, this.#queue].flat()
    this.#batches.clear()
    this.#inFlight = 0
    this.#empty()
    for (const frame of lost) frame?.done?.(new WebSocketClosedError('writeMessage()'))
  }

  #empty(): void {
    this.#queue = []
    this.#queued = 0
    this.#holes = 0
    this.#oldest = 0
    if (this.#positions.size > 0) this.#positions.clear()
  }

  #schedule(): void {
    if (dirty.size === 0) setImmediate(flushAll)
    dirty.add(this)
  }

  #sent(frames: readonly OutgoingFrame[], error: Error | undefined): void {
    if (!this.#batches.delete(frames)) return // the budget was closed
    for (const frame of frames) {
      if (frame.control === true) this.#control -= frame.bytes.length
      else this.#inFlight -= costOf(frame)
    }
    for (const { done } of frames) done?.(error)
    if (this.#queue.length > 0) return this.flush() // it has waited for the socket, so not for the poll phase as well
    if (this.#batches.size > 0) return
    const listener = this.#onDrain
    this.#onDrain = undefined
    listener?.()
  }

  #replace(frame: OutgoingFrame): boolean {
    const position = frame.key === undefined ? undefined : this.#positions.get(frame.key)
    const old = position === undefined ? undefined : this.#queue[position]
    if (position === undefined || old === undefined) return false
    const growth = frame.bytes.length - old.bytes.length
    if (this.bufferedBytes + growth > this.#max) return false
    this.#queue[position] = frame
    this.#queued += growth
    old.done?.()
    return true
  }

  #makeRoom(size: number): SendResult {
    if (this.hasRoom(size)) return 'accepted'
    this.flush() // a burst within one poll phase is nothing that the reader could help
    if (this.hasRoom(size)) return 'accepted'
    if (this.#policy === 'close' || this.#policy === 'wait') return 'full'
    if (this.#policy === 'dropOldest') this.#dropOldest(size)
    return this.hasRoom(size) ? 'accepted' : 'dropped'
  }

  #dropOldest(size: number): void {
    for (; this.#oldest < this.#queue.length && !this.hasRoom(size); this.#oldest++) {
      const frame = this.#queue[this.#oldest]
      if (frame === undefined || frame.control === true) continue
      this.#queue[this.#oldest] = undefined
      this.#holes++
      this.#queued -= costOf(frame)
      frame.done?.()
    }
    if (this.#holes < MANY_HOLES || this.#holes < this.#queue.length / 2) return
    this.#queue = this.#queue.filter((frame) => frame !== undefined)
    this.#holes = 0
    this.#oldest = 0
  }
}

function costOf(frame: OutgoingFrame): number {
  return frame.bytes.length + FRAME_COST
}

/** Subscribers of one topic mostly have the same frames to send, so the last piece of memory is tried first. */
function joined(frames: readonly OutgoingFrame[]): Buffer {
  const [first] = frames
  if (frames.length === 1 && first !== undefined) return first.bytes
  if (lastBatch !== undefined && sameBytes(lastBatch.frames, frames)) return lastBatch.bytes
  const bytes = Buffer.concat(frames.map((frame) => frame.bytes))
  lastBatch = { frames, bytes }
  return bytes
}

function sameBytes(a: readonly OutgoingFrame[], b: readonly OutgoingFrame[]): boolean {
  return a.length === b.length && a.every(({ bytes }, i) => bytes === b[i]?.bytes)
}
