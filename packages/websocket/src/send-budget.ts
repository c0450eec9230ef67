/**
 * What one socket still has to send: gathered until the end of the poll phase, then handed over in one write, and bounded.
 *
 * Nothing is handed to the socket while it still holds something, so a message that waits can still be dropped or replaced.
 */
import type { Writable } from 'node:stream'
import { WebSocketClosedError } from './errors.ts'
import { FrameBacklog } from './frame-backlog.ts'
import { FrameChain } from './frame-chain.ts'
import { costOf, FRAME_COST, type FrameGroup, type OutgoingFrame } from './outgoing-frame.ts'

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

/** What a budget keeps to. */
export interface SendLimits {
  /** In bytes. */
  readonly maxBufferedBytes: number
  readonly slowConsumer: SlowConsumerPolicy
}

/** What became of a frame: it waits or has left, was dropped, found no room, or came too late. */
export type SendResult = 'accepted' | 'dropped' | 'full' | 'closed'

const NOTHING = Buffer.alloc(0)

/** Budgets that have something to hand over at the end of the poll phase. */
let gathering: SendBudget[] = []

export class SendBudget {
  readonly #socket: Writable
  readonly #limits: SendLimits
  /** What was gathered in this poll phase, while the socket holds nothing and no frame has a key. */
  #chain: FrameChain | undefined
  /** What waits otherwise. */
  #backlog: FrameBacklog | undefined
  /** What the socket holds. */
  #held: FrameGroup | undefined
  #queued = 0 // cost of the messages that wait
  #control = 0 // bytes of control frames that wait or are on their way
  #scheduled = false
  #takesAtOnce = false
  #closed = false
  #onDrain: (() => void) | undefined

  constructor(socket: Writable, limits: SendLimits) {
    this.#socket = socket
    this.#limits = limits
  }

  /** What messages that wait or are on their way cost, in bytes: their frames, and 64 for each. */
  get bufferedBytes(): number {
    return this.#held === undefined ? this.#queued : this.#queued + this.#held.cost
  }

  get controlBytes(): number {
    return this.#control
  }

  /** True if a frame of this size may be sent now; any may while nothing waits. */
  hasRoom(size: number): boolean {
    const { bufferedBytes } = this
    return bufferedBytes === 0 || bufferedBytes + size + FRAME_COST <= this.#limits.maxBufferedBytes
  }

  /**
   * Puts a frame in line, or does with it what the policy says; for `'close'` and `'wait'` that is to report that there is no room.
   *
   * A frame without `done` may be given to many budgets, which then share the memory of what they send.
   */
  send(frame: OutgoingFrame): SendResult {
    if (this.#closed) return 'closed'
    if (frame.control === true) {
      this.#control += frame.bytes.length
    } else {
      if (frame.key !== undefined && this.#replace(frame.key, frame)) return 'accepted'
      const result = this.hasRoom(frame.bytes.length) ? 'accepted' : this.#makeRoom(frame.bytes.length)
      if (result !== 'accepted') return result
      this.#queued += costOf(frame)
    }
    if (this.#held === undefined && this.#backlog === undefined && frame.key === undefined)
      this.#chain = FrameChain.add(this.#chain, frame)
    else this.#openBacklog().push(frame)
    if (!this.#scheduled && this.#held === undefined) this.#schedule()
    return 'accepted'
  }

  /** Calls back once when everything has been taken by the socket. */
  onceDrained(listener: () => void): void {
    this.#onDrain = listener
    if (!this.#scheduled && this.#held === undefined) this.#schedule()
  }

  /** Hands over what waits, unless the socket still holds something. */
  flush(): void {
    if (this.#closed || this.#held !== undefined) return
    this.#chain?.seal()
    const frames = this.#chain ?? this.#backlog
    if (frames === undefined) return this.#drained()
    this.#chain = undefined
    this.#backlog = undefined
    this.#queued = 0
    this.#held = frames
    this.#write(frames)
  }

  /** Drops the messages that wait; what the socket already has is out of reach. */
  dropWaiting(): void {
    if (this.#chain === undefined && this.#backlog === undefined) return
    const dropped = this.#openBacklog().takeMessages()
    this.#queued = 0
    for (const { done } of dropped) done?.(new WebSocketClosedError('writeMessage()'))
  }

  /** The socket is gone. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    const lost = [this.#held, this.#chain, this.#backlog]
    this.#held = undefined
    this.#chain = undefined
    this.#backlog = undefined
    this.#queued = 0
    this.#onDrain = undefined
    for (const frames of lost) frames?.settle(new WebSocketClosedError('writeMessage()'))
  }

  static #flushAll(this: void): void {
    const budgets = gathering
    gathering = []
    for (const budget of budgets) {
      budget.#scheduled = false
      budget.flush()
    }
    FrameChain.forget()
  }

  #schedule(): void {
    this.#scheduled = true
    if (gathering.push(this) === 1) setImmediate(SendBudget.#flushAll)
  }

  /** A socket that mostly takes what it is given during the call needs a callback only when it does not. */
  #write(frames: FrameGroup): void {
    const socket = this.#socket
    const tookAtOnce = this.#takesAtOnce
    if (tookAtOnce) socket.write(frames.bytes)
    else socket.write(frames.bytes, (error) => this.#taken(frames, error ?? undefined))
    this.#takesAtOnce = socket.writableLength === 0 && socket.errored === null
    if (this.#takesAtOnce) this.#taken(frames, undefined)
    else if (tookAtOnce) socket.write(NOTHING, (error) => this.#taken(frames, error ?? undefined))
  }

  #taken(frames: FrameGroup, error: Error | undefined): void {
    if (this.#held !== frames) return // it was told already, or the budget was closed
    this.#held = undefined
    this.#control -= frames.controlBytes
    frames.settle(error)
    this.flush() // what has waited for the socket need not wait for the poll phase as well
  }

  #drained(): void {
    const listener = this.#onDrain
    this.#onDrain = undefined
    listener?.()
  }

  /** Moves what was gathered to where it can be changed. */
  #openBacklog(): FrameBacklog {
    this.#backlog ??= new FrameBacklog()
    for (const frame of this.#chain?.frames ?? []) this.#backlog.push(frame)
    this.#chain = undefined
    return this.#backlog
  }

  #replace(key: string, frame: OutgoingFrame): boolean {
    const old = this.#backlog?.get(key)
    if (old === undefined) return false
    const growth = frame.bytes.length - old.bytes.length
    if (this.bufferedBytes + growth > this.#limits.maxBufferedBytes) return false
    this.#queued += growth
    this.#backlog?.replace(key, frame)
    return true
  }

  #makeRoom(size: number): SendResult {
    this.flush() // a burst within one poll phase is nothing that the reader could help
    if (this.hasRoom(size)) return 'accepted'
    const { slowConsumer } = this.#limits
    if (slowConsumer === 'close' || slowConsumer === 'wait') return 'full'
    while (slowConsumer === 'dropOldest' && !this.hasRoom(size) && this.#backlog?.dropOldest() === true)
      this.#queued = this.#backlog.cost
    return this.hasRoom(size) ? 'accepted' : 'dropped'
  }
}
