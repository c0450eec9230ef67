/**
 * The life of one socket on the server, from the answered handshake to the last hook.
 *
 * Hooks run one after the other, and the peer is read only as fast as they do. What the session sends goes through the budget of its
 * connection; what does not fit meets the policy for slow consumers.
 */
import type { HubMessage } from '@typhoon/pubsub'
import { broadcastFrame } from './broadcast-frame.ts'
import { CloseCode } from './close-code.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import { WebSocketClosedError } from './errors.ts'
import type { WebSocketSettings } from './handler-options.ts'
import { Heartbeat, type Pulse } from './heartbeat.ts'
import { MessageRate } from './message-rate.ts'
import { SerialQueue } from './serial-queue.ts'
import { type ConnectionListener, type Upgrade, WebSocketConnection } from './websocket-connection.ts'

/** What the session calls; hooks may return a promise, which the next one waits for. */
export interface SessionHooks {
  readonly stopAtPings: boolean
  open(): unknown
  message(data: string | Buffer): unknown
  ping(data: Buffer): unknown
  pong(data: Buffer): unknown
  /** The socket is gone; called at once, while other hooks may still run. */
  disconnected(code: number, reason: string): void
  /** The last hook. */
  closed(code: number, reason: string): unknown
  /** A hook threw. */
  failed(error: unknown): void
  /** The socket has taken everything. */
  drained(): void
}

/** A message, or the hook for a ping or pong. */
type Received = string | Buffer | (() => unknown)

interface WaitingMessage {
  readonly bytes: Buffer
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

const PING_DATA = Buffer.alloc(0)
const idleQueues: Map<number, DeadlineQueue<SocketSession>> = new Map()

export class SocketSession implements ConnectionListener, Pulse {
  readonly stopAtPings: boolean
  readonly #settings: WebSocketSettings
  readonly #hooks: SessionHooks
  readonly #queue: SerialQueue
  readonly #heartbeat: Heartbeat | undefined
  readonly #idle: DeadlineQueue<SocketSession> | undefined
  readonly #rate: MessageRate | undefined
  #connection!: WebSocketConnection // set by start(), before anything can be received
  #inbox: Received[] = []
  #waiting: WaitingMessage[] = []
  #waitingBytes = 0
  #iterating = false
  #wake: (() => void) | undefined
  #ignoring = false // this side has closed: what still comes is of no interest
  #gone = false
  #end!: () => void
  /** Settles after the last hook. */
  readonly ended: Promise<void>

  private constructor(settings: WebSocketSettings, hooks: SessionHooks) {
    this.#settings = settings
    this.#hooks = hooks
    this.stopAtPings = hooks.stopAtPings
    this.#queue = new SerialQueue((error) => this.#fail(error))
    const { pingInterval, pingTimeout, idleTimeout, maxMessageRate } = settings
    if (pingInterval > 0) this.#heartbeat = Heartbeat.of(pingInterval, pingTimeout)
    if (idleTimeout > 0) this.#idle = idleQueue(idleTimeout)
    if (maxMessageRate > 0) this.#rate = new MessageRate(maxMessageRate)
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** Answers the handshake and calls `open()`. @returns undefined if the client has left before */
  static start(upgrade: Upgrade, settings: WebSocketSettings, hooks: SessionHooks): SocketSession | undefined {
    const session = new SocketSession(settings, hooks)
    const connection = WebSocketConnection.accept(upgrade, settings, session)
    if (connection === undefined) return undefined
    session.#connection = connection
    session.#heartbeat?.add(session)
    session.#idle?.set(session)
    return session
  }

  /** Calls `open()`; the other hooks follow when it has settled. */
  open(): void {
    this.#queue.push(() => this.#hooks.open())
  }

  get isOpen(): boolean {
    return this.#connection.isOpen
  }

  get bufferedBytes(): number {
    return this.#connection.budget.bufferedBytes + this.#waitingBytes
  }

  /** Sends a message. @returns settles when the socket has taken it or the policy has dropped it */
  send(message: string | Uint8Array, binary: boolean): Promise<void> {
    if (!this.isOpen) return quietly(Promise.reject(new WebSocketClosedError('writeMessage()')))
    const bytes = this.#connection.encode(message, binary)
    return quietly(
      new Promise((resolve, reject) => {
        if (this.#settings.slowConsumer === 'wait' && this.#mustWait(bytes.length))
          this.#wait({ bytes, resolve, reject })
        else this.#sendNow(bytes, this.#keyOf(message), { resolve, reject })
      }),
    )
  }

  /** Sends a message of a topic. @returns false if the topic must go on later, after `drained()` */
  broadcast(message: HubMessage, envelope: boolean): boolean {
    if (!this.isOpen) return true
    const { slowConsumer } = this.#settings
    const { budget } = this.#connection
    const bytes = broadcastFrame(message, this.#connection, envelope)
    if (slowConsumer === 'wait' && this.#mustWait(bytes.length)) {
      this.#awaitDrain()
      return false
    }
    if (budget.send({ bytes, key: this.#keyOf(message.data) }) === 'full') this.overflow()
    return true
  }

  ping(data: Uint8Array = PING_DATA): void {
    this.#connection.ping(data)
  }

  close(code?: number, reason?: string): void {
    this.#ignoring = true
    this.#connection.close(code, reason)
    this.#wake?.()
  }

  /** The reader is too slow: what waits for it is dropped, so that the close frame has only what is under way before it. */
  overflow(): void {
    this.#connection.budget.dropWaiting()
    this.close(CloseCode.tryAgainLater, 'too slow')
  }

  /** Messages one by one, in place of `message()`; the next one is read when it is asked for. */
  async *messages(): AsyncGenerator<string | Buffer, void, undefined> {
    if (this.#iterating) throw new Error('messages() can be iterated by one loop at a time')
    this.#iterating = true
    try {
      for (;;) {
        const received = this.#inbox.shift()
        if (typeof received === 'function') await this.#handle(received)
        else if (received !== undefined) yield* this.#yieldOne(received)
        else if (this.#gone || this.#ignoring) return
        else await this.#arrival()
      }
    } finally {
      this.#iterating = false
      for (let rest = this.#inbox.length; rest > 0; rest--) this.#queue.push(() => this.#handleNext()) // it was left early
    }
  }

  // What the connection tells

  message(data: string | Buffer): void {
    this.#idle?.set(this)
    if (this.#rate?.take() === false) return this.close(CloseCode.policyViolation, 'too many messages')
    this.#receive(data)
  }

  pinged(data: Buffer): void {
    if (this.stopAtPings) this.#receive(() => this.#hooks.ping(data))
  }

  ponged(data: Buffer): void {
    if (this.stopAtPings) this.#receive(() => this.#hooks.pong(data))
  }

  activity(): void {
    this.#heartbeat?.alive(this)
  }

  closed(code: number, reason: string): void {
    this.#gone = true
    this.#heartbeat?.remove(this)
    this.#idle?.delete(this)
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const { reject } of waiting) reject(new WebSocketClosedError('writeMessage()'))
    this.#hooks.disconnected(code, reason)
    this.#wake?.()
    this.#queue.push(() => this.#hooks.closed(code, reason))
    this.#queue.push(() => this.#end())
  }

  // What the heartbeat asks

  isHolding(): boolean {
    return this.#connection.isHolding
  }

  lost(): void {
    this.#connection.terminate(CloseCode.internalError, 'ping timed out')
  }

  // Receiving

  #receive(received: Received): void {
    this.#inbox.push(received)
    if (this.#iterating) this.#wake?.()
    else this.#queue.push(() => this.#handleNext())
  }

  #handleNext(): unknown {
    const received = this.#inbox.shift() // a loop over messages() may have taken it
    if (received === undefined) return undefined
    return this.#handle(typeof received === 'function' ? received : () => this.#hooks.message(received))
  }

  #handle(hook: () => unknown): unknown {
    if (this.#ignoring) return undefined
    const result = hook()
    if (!isPromiseLike(result)) return this.#connection.release()
    return result.then(() => this.#connection.release())
  }

  *#yieldOne(data: string | Buffer): Generator<string | Buffer, void, undefined> {
    try {
      yield data
    } finally {
      this.#connection.release()
    }
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }

  #fail(error: unknown): void {
    this.#hooks.failed(error)
    this.close(CloseCode.internalError)
  }

  // Sending

  #keyOf(message: string | Uint8Array): string | undefined {
    const { slowConsumer } = this.#settings
    if (typeof slowConsumer !== 'object') return undefined
    return slowConsumer.latestPer(
      typeof message === 'string' ? message : Buffer.from(message.buffer, message.byteOffset, message.byteLength),
    )
  }

  #sendNow(bytes: Buffer, key: string | undefined, { resolve, reject }: Omit<WaitingMessage, 'bytes'>): void {
    const done = (error?: Error) =>
      error === undefined ? resolve() : reject(new WebSocketClosedError('writeMessage()', { cause: error }))
    switch (this.#connection.budget.send({ bytes, key, done })) {
      case 'accepted':
        return
      case 'dropped':
        return resolve()
      case 'closed':
        return reject(new WebSocketClosedError('writeMessage()'))
      case 'full':
        this.overflow()
        return reject(new WebSocketClosedError('writeMessage()'))
    }
  }

  #mustWait(size: number): boolean {
    return this.#waiting.length > 0 || !this.#connection.budget.hasRoom(size)
  }

  /** What waits is bounded too: a handler that does not await what it writes is closed like a slow reader. */
  #wait(message: WaitingMessage): void {
    if (this.#waiting.length > 0 && this.#waitingBytes + message.bytes.length > this.#settings.maxBufferedBytes) {
      this.overflow()
      return message.reject(new WebSocketClosedError('writeMessage()'))
    }
    this.#waiting.push(message)
    this.#waitingBytes += message.bytes.length
    this.#awaitDrain()
  }

  #awaitDrain(): void {
    this.#connection.budget.onceDrained(() => this.#drained())
  }

  #drained(): void {
    while (this.#waiting[0] !== undefined && this.#connection.budget.hasRoom(this.#waiting[0].bytes.length)) {
      const { bytes, resolve, reject } = this.#waiting.shift() as WaitingMessage // it was just looked at
      this.#waitingBytes -= bytes.length
      this.#sendNow(bytes, undefined, { resolve, reject })
    }
    if (this.#waiting.length > 0) this.#awaitDrain()
    else this.#hooks.drained()
  }
}

function idleQueue(timeout: number): DeadlineQueue<SocketSession> {
  const queue =
    idleQueues.get(timeout) ?? new DeadlineQueue(timeout, (session) => session.close(CloseCode.normal, 'idle'))
  idleQueues.set(timeout, queue)
  return queue
}

/** A rejection that is also fine when nobody awaits it: a client that leaves must not bring the process down. */
function quietly(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined)
  return promise
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
