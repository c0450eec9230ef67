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
import { type QueueOwner, SerialQueue } from './serial-queue.ts'
import { type ConnectionListener, type Upgrade, WebSocketConnection } from './websocket-connection.ts'

/** What a session calls, always with its handler; hooks may return a promise, which the next one waits for. */
export interface SessionHooks<Handler> {
  message(handler: Handler, data: string | Buffer): unknown
  ping(handler: Handler, data: Buffer): unknown
  pong(handler: Handler, data: Buffer): unknown
  /** The socket is gone; called at once, while other hooks may still run. */
  disconnected(handler: Handler, code: number, reason: string): void
  /** The last hook. */
  closed(handler: Handler, code: number, reason: string): unknown
  /** Called after the last hook. */
  ended(handler: Handler): void
  /** A hook threw. */
  failed(handler: Handler, error: unknown): void
  /** The socket has taken everything. */
  drained(handler: Handler): void
  /** The server begins to shut down. */
  serverClosing(handler: Handler): void
}

/** What all sessions of a class of handlers have in common. */
export class SessionClass<Handler> {
  readonly settings: WebSocketSettings
  readonly hooks: SessionHooks<Handler>
  readonly stopAtPings: boolean
  readonly heartbeat: Heartbeat | undefined
  readonly idle: DeadlineQueue<SocketSession<Handler>> | undefined

  /** @param stopAtPings - call the hooks for pings and pongs */
  constructor(settings: WebSocketSettings, hooks: SessionHooks<Handler>, stopAtPings: boolean) {
    const { pingInterval, pingTimeout, idleTimeout } = settings
    this.settings = settings
    this.hooks = hooks
    this.stopAtPings = stopAtPings
    this.heartbeat = pingInterval > 0 ? Heartbeat.of(pingInterval, pingTimeout) : undefined
    this.idle = idleTimeout > 0 ? new DeadlineQueue(idleTimeout, (session) => session.idled()) : undefined
  }
}

/** A message, or the hook for a ping or pong. */
type Received = string | Buffer | (() => unknown)

interface WaitingMessage {
  readonly bytes: Buffer
  readonly done: (error?: Error) => void
}

const PING_DATA = Buffer.alloc(0)

export class SocketSession<Handler> implements ConnectionListener, Pulse, QueueOwner {
  readonly #class: SessionClass<Handler>
  readonly #handler: Handler
  readonly #queue: SerialQueue
  readonly #connection: WebSocketConnection
  readonly #rate: MessageRate | undefined
  /** What came while a hook was under way, or for a loop over `messages()`. */
  #inbox: Received[] | undefined
  /** What `writeMessage()` keeps waiting. */
  #waiting: WaitingMessage[] | undefined
  #waitingBytes = 0
  #iterating = false
  #wake: (() => void) | undefined
  #ignoring = false // this side has closed: what still comes is of no interest
  #gone = false

  /** Answers the handshake. */
  constructor(kind: SessionClass<Handler>, handler: Handler, upgrade: Upgrade) {
    this.#class = kind
    this.#handler = handler
    this.#queue = new SerialQueue(this)
    const { maxMessageRate } = kind.settings
    if (maxMessageRate > 0) this.#rate = new MessageRate(maxMessageRate)
    this.#connection = new WebSocketConnection(upgrade, this)
    kind.heartbeat?.add(this)
    kind.idle?.set(this)
  }

  get stopAtPings(): boolean {
    return this.#class.stopAtPings
  }

  get settings(): WebSocketSettings {
    return this.#class.settings
  }

  /** Calls the first hook; the others follow when it has settled. */
  open(hook: () => unknown): void {
    this.#queue.push(hook)
    this.#connection.start()
  }

  get isOpen(): boolean {
    return this.#connection.isOpen
  }

  get bufferedBytes(): number {
    return this.#connection.budget.bufferedBytes + this.#waitingBytes
  }

  /** Sends a message. @returns settles when the socket has taken it or the policy has dropped it */
  send(message: string | Uint8Array, binary: boolean): Promise<void> {
    let done: WaitingMessage['done'] = ignore
    const sending: Promise<void> = new Promise((resolve, reject) => {
      done = (cause) => {
        if (cause === undefined) return resolve()
        sending.catch(ignore) // a client that leaves must not bring the process down where nobody awaits this
        reject(new WebSocketClosedError('writeMessage()', { cause }))
      }
    })
    if (this.isOpen) this.#put(message, this.#connection.agreement.encode(message, binary), done)
    else done(new Error('it was closed before'))
    return sending
  }

  /** Sends a message of a topic. @returns false if the topic must go on later, after `drained()` */
  broadcast(message: HubMessage, envelope: boolean): boolean {
    if (!this.isOpen) return true
    const { budget, agreement } = this.#connection
    const { slowConsumer } = this.#class.settings
    const frame = broadcastFrame(message, agreement, envelope)
    if (slowConsumer === 'wait' && this.#mustWait(frame.bytes.length)) {
      this.#awaitDrain()
      return false
    }
    const key = this.#keyOf(message.data)
    if (budget.send(key === undefined ? frame : { bytes: frame.bytes, key }) === 'full') this.overflow()
    return true
  }

  ping(data: Uint8Array = PING_DATA): void {
    this.#connection.ping(data)
  }

  close(code?: number, reason?: string): void {
    this.#ignoring = true
    this.#releaseWaiting()
    this.#connection.close(code, reason)
    this.#wake?.()
  }

  /** The reader is too slow: what waits for it is dropped, so that the close frame has only what is under way before it. */
  overflow(): void {
    this.#dropWaiting('the reader is too slow')
    this.#connection.budget.dropWaiting()
    this.close(CloseCode.tryAgainLater, 'too slow')
  }

  /** Messages one by one, in place of `message()`; the next one is read when it is asked for. */
  async *messages(): AsyncGenerator<string | Buffer, void, undefined> {
    if (this.#iterating) throw new Error('messages() can be iterated by one loop at a time')
    this.#iterating = true
    try {
      for (;;) {
        const received = this.#nextReceived()
        if (typeof received === 'function') await this.#handle(received)
        else if (received !== undefined) yield* this.#yieldOne(received)
        else if (this.#gone || this.#ignoring) return
        else await this.#arrival()
      }
    } finally {
      this.#iterating = false
      for (let rest = this.#inbox?.length ?? 0; rest > 0; rest--) this.#queue.push(() => this.#handleNext()) // it was left early
    }
  }

  // What the connection tells

  message(data: string | Buffer): void {
    this.#class.idle?.set(this)
    if (this.#rate?.take() === false) return this.close(CloseCode.policyViolation, 'too many messages')
    this.#receive(data)
  }

  pinged(data: Buffer): void {
    if (this.stopAtPings) this.#receive(() => this.#class.hooks.ping(this.#handler, data))
  }

  ponged(data: Buffer): void {
    if (this.stopAtPings) this.#receive(() => this.#class.hooks.pong(this.#handler, data))
  }

  activity(): void {
    this.#class.heartbeat?.alive(this)
  }

  closed(code: number, reason: string): void {
    const { hooks, heartbeat, idle } = this.#class
    const handler = this.#handler
    this.#gone = true
    heartbeat?.remove(this)
    idle?.delete(this)
    this.#dropWaiting('it closed meanwhile')
    hooks.disconnected(handler, code, reason)
    this.#wake?.()
    this.#queue.push(() => hooks.closed(handler, code, reason))
    this.#queue.push(() => hooks.ended(handler))
  }

  // What the request tells

  connectionClosed(): void {
    this.#connection.socketClosed()
  }

  // What the queue tells

  failed(error: unknown): void {
    this.#class.hooks.failed(this.#handler, error)
    this.close(CloseCode.internalError)
  }

  // What the heartbeat asks

  isHolding(): boolean {
    return this.#connection.isHolding
  }

  lost(): void {
    this.#connection.terminate(CloseCode.internalError, 'ping timed out')
  }

  /** No message has been let through for too long; one that waits for a hook is not held against the peer. */
  idled(): void {
    if (this.isHolding()) this.#class.idle?.set(this)
    else this.close(CloseCode.normal, 'idle')
  }

  // What the server tells

  serverClosing(): void {
    this.#class.hooks.serverClosing(this.#handler)
  }

  // What a topic tells

  /** Something went wrong where nobody waits for it. */
  report(error: unknown): void {
    this.#class.hooks.failed(this.#handler, error)
  }

  // Receiving

  #receive(received: Received): void {
    if (!this.#iterating && this.#queue.isIdle) return this.#queue.push(() => this.#handle(received))
    this.#inbox ??= []
    this.#inbox.push(received)
    if (this.#iterating) this.#wake?.()
    else this.#queue.push(() => this.#handleNext())
  }

  #handleNext(): unknown {
    const received = this.#nextReceived() // a loop over messages() may have taken it
    return received === undefined ? undefined : this.#handle(received)
  }

  #nextReceived(): Received | undefined {
    const received = this.#inbox?.shift()
    if (received === undefined) this.#inbox = undefined
    return received
  }

  #handle(received: Received): unknown {
    if (this.#ignoring) return undefined
    const result = typeof received === 'function' ? received() : this.#class.hooks.message(this.#handler, received)
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

  // Sending

  #put(message: string | Uint8Array, bytes: Buffer, done: WaitingMessage['done']): void {
    if (this.#class.settings.slowConsumer === 'wait' && this.#mustWait(bytes.length)) this.#wait({ bytes, done })
    else this.#sendNow(bytes, this.#keyOf(message), done)
  }

  #keyOf(message: string | Uint8Array): string | undefined {
    const { slowConsumer } = this.#class.settings
    if (typeof slowConsumer !== 'object') return undefined
    return slowConsumer.latestPer(
      typeof message === 'string' ? message : Buffer.from(message.buffer, message.byteOffset, message.byteLength),
    )
  }

  #sendNow(bytes: Buffer, key: string | undefined, done: WaitingMessage['done']): void {
    switch (this.#connection.budget.send({ bytes, key, done })) {
      case 'accepted':
        return
      case 'dropped':
        return done()
      case 'closed':
        return done(new Error('it was closed before'))
      case 'full':
        this.overflow()
        return done(new Error('the reader is too slow'))
    }
  }

  #mustWait(size: number): boolean {
    return this.#waiting !== undefined || !this.#connection.budget.hasRoom(size)
  }

  /** What waits is bounded too: a handler that does not await what it writes is closed like a slow reader. */
  #wait(message: WaitingMessage): void {
    if (this.#waiting !== undefined && this.#waitingBytes + message.bytes.length > this.settings.maxBufferedBytes) {
      this.overflow()
      return message.done(new Error('the reader is too slow'))
    }
    this.#waiting ??= []
    this.#waiting.push(message)
    this.#waitingBytes += message.bytes.length
    this.#awaitDrain()
  }

  /** What was written before the close frame goes before it. */
  #releaseWaiting(): void {
    if (!this.isOpen) return
    for (const { bytes, done } of this.#takeWaiting()) this.#connection.budget.send({ bytes, control: true, done })
  }

  #dropWaiting(reason: string): void {
    for (const { done } of this.#takeWaiting()) done(new Error(reason))
  }

  #takeWaiting(): readonly WaitingMessage[] {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    this.#waitingBytes = 0
    return waiting
  }

  #awaitDrain(): void {
    this.#connection.budget.onceDrained(() => this.#drained())
  }

  #drained(): void {
    if (!this.isOpen) return // the peer has closed: nothing may follow the close frame
    const { budget } = this.#connection
    let next = this.#waiting?.[0]
    for (; next !== undefined && budget.hasRoom(next.bytes.length); next = this.#waiting?.[0]) {
      this.#waiting?.shift()
      this.#waitingBytes -= next.bytes.length
      this.#sendNow(next.bytes, undefined, next.done)
    }
    if (next !== undefined) return this.#awaitDrain()
    this.#waiting = undefined
    this.#class.hooks.drained(this.#handler)
  }
}

function ignore(): void {}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
