import { ConnectionClosedError, type HandlerApplication, HTTPError, type PathArgs, RequestHandler } from '@typhoon/core'
import { type Hub, MemoryHub, type PublishedMessage, type PublishOptions } from '@typhoon/pubsub'
import { AddressCount } from './address-count.ts'
import { Agreement } from './agreement.ts'
import { CloseCode, checkClose } from './close-code.ts'
import type { WebSocketCompressionOptions } from './compression.ts'
import { InvalidMessageError, WebSocketClosedError } from './errors.ts'
import type { TopicOptions } from './followed-topic.ts'
import { settingsOf } from './handler-options.ts'
import { answerFields, type HandshakeOffer, isSameHost, readHandshake } from './handshake.ts'
import { checkOutgoing, type Incoming, type MessageSchemas, type Outgoing, parseMessage } from './message-schema.ts'
import type { SlowConsumerPolicy } from './send-budget.ts'
import { closeInTurn } from './shutdown.ts'
import { SessionClass, type SessionHooks, SocketSession } from './socket-session.ts'
import { TopicSubscriptions } from './topic-subscriptions.ts'
import { traced } from './tracing.ts'
import { loadWS } from './ws.ts'

/** Options of `writeMessage()`. */
export interface WriteMessageOptions {
  /** Send bytes as a binary message, or text as one. @defaultValue true for bytes */
  binary?: boolean | undefined
}

/** Handlers as their sessions see them, whatever their messages are. */
type AnyHandler = WebSocketHandler<object, MessageSchemas | undefined>

const NO_OPTIONS: TopicOptions = Object.freeze({})

const sessionClasses = new WeakMap<object, SessionClass<AnyHandler>>()
const addressCounts = new WeakMap<object, AddressCount>()
const defaultHubs = new WeakMap<HandlerApplication, Hub>()

/**
 * A WebSocket that is a route: the class that applications extend (Tornado: `WebSocketHandler`).
 *
 * Until the upgrade it is a request like any other: `initialize()`, middleware, `prepare()`, cookies, `currentUser`, error answers. Then
 * come `open()`, `onMessage()` for each message and `onClose()`, one after the other: while a hook is under way nothing more is read.
 * A hook that throws closes the socket with 1011.
 *
 * Two type parameters say what `pathArgs` holds and which schemas `static messages` has.
 *
 * @example
 * class ChatHandler extends WebSocketHandler<{ room: string }> {
 *   override async open({ room }: { room: string }) {
 *     await this.subscribe(`room:${room}`)
 *   }
 *   override async onMessage(message: string | Buffer) {
 *     await this.publish(`room:${this.pathArgs.room}`, message)
 *   }
 * }
 */
export class WebSocketHandler<
  Args extends object = PathArgs,
  Messages extends MessageSchemas | undefined = undefined,
> extends RequestHandler {
  /** @internal tells the server to hand upgrades of this route over */
  static readonly acceptsUpgrade: boolean = true
  /** Largest message in bytes, after inflating; 1009 above. @defaultValue 1 MiB */
  static readonly maxMessageSize: number = 1024 * 1024
  /** Messages per second, of which one second's worth may come at once; 1008 above, 0 for no limit. @defaultValue 0 */
  static readonly maxMessageRate: number = 0
  /** Open sockets of this class per client address; 429 above, 0 for no limit. @defaultValue 0 */
  static readonly maxConnectionsPerAddress: number = 0
  /** Topics that one socket may follow. @defaultValue 1000 */
  static readonly maxSubscriptions: number = 1000
  /** Bytes of messages that may wait for a slow reader, before `slowConsumer` applies. @defaultValue 1 MiB */
  static readonly maxBufferedBytes: number = 1024 * 1024
  /** What happens to messages that a reader is too slow for. @defaultValue `'close'`, with 1013 */
  static readonly slowConsumer: SlowConsumerPolicy = 'close'
  /** Silence in milliseconds, after which a ping is sent; 0 for none (Tornado: `websocket_ping_interval`). @defaultValue 30000 */
  static readonly pingInterval: number = 30_000
  /** How long the answer to a ping may take, in milliseconds. @defaultValue 30000 */
  static readonly pingTimeout: number = 30_000
  /** Longest time without a message from the client, in milliseconds; 1000 after it, 0 for no limit. @defaultValue 0 */
  static readonly idleTimeout: number = 0
  /** How long a client may take to answer a close frame, in milliseconds. @defaultValue 5000 */
  static readonly closeTimeout: number = 5000
  /** What sockets are closed with when the server shuts down: 1001, or 1012 to say that it will be back. @defaultValue 1001 */
  static readonly shutdownCode: 1001 | 1012 = 1001
  /** Compress messages for clients that can inflate them (RFC 7692). @defaultValue false */
  static readonly compression: boolean | WebSocketCompressionOptions = false
  /** Schemas of the messages, which are JSON then. */
  static readonly messages: MessageSchemas | undefined = undefined

  /** Called when an application is built with the class. @throws {@link OptionError} for a static member out of range */
  static checkClass(): void {
    settingsOf(this)
  }

  #abort: AbortController | undefined
  #session: SocketSession<AnyHandler> | undefined
  #topics: TopicSubscriptions | undefined
  #cancelClosing: (() => void) | undefined // for which the socket waits in turn
  /** Gives the place back that the socket has among those of its address. */
  #leave: (() => void) | undefined
  #hub: Hub | undefined
  #subprotocol: string | undefined
  #closeCode: number | undefined
  #closeReason: string | undefined

  // Hooks

  /** Takes a hub from the arguments of the rule, if there is one: `[pattern, ChatHandler, { hub }]`. */
  override initialize(args?: object): void {
    const { hub } = (args ?? {}) as { hub?: Hub }
    if (hub !== undefined) this.#hub = hub
  }

  /** Called when the socket is open, with what the path captured; messages wait until it has settled. */
  open(..._args: never[]): unknown {
    return undefined
  }

  /** Called with each message: text, bytes, or what `static messages.in` makes of it. */
  onMessage(_message: Incoming<Messages>): unknown {
    return undefined
  }

  /**
   * Called once, when the socket is closed and all other hooks have settled, whatever the cause.
   *
   * @param code - the peer's; where it gave none, the one that this side has closed with, else 1006
   */
  onClose(_code: number, _reason: string): unknown {
    return undefined
  }

  /** Called with each ping, which has been answered already. */
  onPing(_data: Buffer): unknown {
    return undefined
  }

  /** Called with each answer to a ping. */
  onPong(_data: Buffer): unknown {
    return undefined
  }

  /** Called with a message that `static messages.in` refuses; by default that closes the socket. Override it to answer instead. */
  onInvalidMessage(error: InvalidMessageError): unknown {
    this.close(error.closeCode, error.closeCode === CloseCode.policyViolation ? 'invalid message' : error.message)
    return undefined
  }

  /**
   * Whether a page of this origin may open a socket; not called when the client names none (Tornado: `check_origin`). May be async.
   *
   * By default it may if its host and port are those of the request, or if it is in the setting `trustedOrigins`.
   */
  checkOrigin(origin: string): boolean | Promise<boolean> {
    return isSameHost(origin, this.request.host) || this.settings.trustedOrigins.includes(origin.toLowerCase())
  }

  /** Chooses among the subprotocols that the client offers, the one it likes best first; undefined for none. */
  selectSubprotocol(_offered: readonly string[]): string | undefined {
    return undefined
  }

  // State

  override get pathArgs(): PathArgs & Args {
    return super.pathArgs as PathArgs & Args // the class says what its routes capture
  }

  /** The subprotocol that was chosen. */
  get subprotocol(): string | undefined {
    return this.#subprotocol
  }

  /** The code that the socket was closed with, as `onClose()` gets it; undefined while it is open. */
  get closeCode(): number | undefined {
    return this.#closeCode
  }

  /** The reason that was given with `closeCode`. */
  get closeReason(): string | undefined {
    return this.#closeReason
  }

  /** Bytes of messages that the client has not taken yet. */
  get bufferedBytes(): number {
    return this.#session?.bufferedBytes ?? 0
  }

  /** Aborts when the socket is gone, also while a hook is still under way. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.#closeCode !== undefined) this.#abort.abort(new WebSocketClosedError('signal'))
    }
    return this.#abort.signal
  }

  /** Where topics live: what was assigned or given by the rule, else a {@link MemoryHub} that the application's handlers share. */
  get hub(): Hub {
    this.#hub ??= defaultHub(this.application)
    return this.#hub
  }

  set hub(hub: Hub) {
    this.#hub = hub
  }

  // Sending

  /**
   * Sends a message: text, bytes, or a value as JSON.
   *
   * @returns settles when the client's socket has taken it, or when `slowConsumer` has dropped it; rejects with
   * {@link WebSocketClosedError} if the socket is closed before that. It need not be awaited.
   */
  writeMessage(message: Outgoing<Messages>, { binary }: WriteMessageOptions = {}): Promise<void> {
    const session = this.#opened('writeMessage()')
    const schema = this.#statics.messages?.out
    if (schema === undefined) return session.send(...payloadOf(message, binary))
    const checked = checkOutgoing(schema, message)
    if (!(checked instanceof Promise)) return session.send(JSON.stringify(checked), false)
    return checked.then((value) => session.send(JSON.stringify(value), false))
  }

  /** Sends a ping with at most 125 bytes of data; `onPong()` gets it back. */
  ping(data: string | Uint8Array = ''): void {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    if (bytes.byteLength > 125)
      throw new RangeError(`ping: the data of a ping has at most 125 bytes, got ${bytes.byteLength}`)
    this.#opened('ping()').ping(bytes)
  }

  /**
   * Begins the closing handshake, behind what was written; messages that still come are dropped. Once closed it does nothing.
   *
   * @param code - 1000 to 1014 except 1004 to 1006, or 3000 to 4999
   * @param reason - at most 123 bytes
   * @throws {@link RangeError} for another code or a longer reason
   */
  close(code?: number, reason = ''): void {
    const chosen = code ?? (reason === '' ? undefined : CloseCode.normal)
    if (chosen !== undefined) checkClose(chosen, reason)
    this.#session?.close(chosen, reason)
  }

  /**
   * The messages as they come, in place of `onMessage()`; the loop ends with the socket. For use in `open()`, for instance.
   *
   * @example
   * for await (const message of this.messages()) await this.writeMessage(message)
   */
  async *messages(): AsyncGenerator<Incoming<Messages>, void, undefined> {
    const schema = this.#statics.messages?.in
    for await (const data of this.#opened('messages()').messages()) {
      try {
        yield (schema === undefined ? data : await parseMessage(schema, data)) as Incoming<Messages>
      } catch (error) {
        if (!(error instanceof InvalidMessageError)) throw error
        await this.onInvalidMessage(error)
      }
    }
  }

  // Topics

  /**
   * Sends the messages of a topic to this client, until the socket is gone.
   *
   * @param topic - or a prefix and `*`
   * @param options - `since` for what was missed, `last` for the newest, `envelope` to send ids along
   * @returns settles when what was missed has been sent; rejects with the errors of {@link Hub.subscribe}, or RangeError above
   * `static maxSubscriptions`
   */
  subscribe(topic: string, options: TopicOptions = NO_OPTIONS): Promise<void> {
    const session = this.#opened('subscribe()')
    if (this.#closeCode !== undefined) return this.#logged(Promise.reject(new WebSocketClosedError('subscribe()')))
    this.#topics ??= new TopicSubscriptions(session, this, this.#statics.maxSubscriptions)
    return this.#logged(this.#topics.add(topic, options))
  }

  /** Ends what `subscribe()` began. */
  unsubscribe(topic: string): Promise<void> {
    return this.#logged(this.#topics?.delete(topic) ?? Promise.resolve())
  }

  /** Sends a message to all who follow a topic: text, bytes, or a value as JSON. */
  publish(
    topic: string,
    message: string | Uint8Array | object,
    options: PublishOptions = {},
  ): Promise<PublishedMessage> {
    return this.#logged(this.hub.publish(topic, payloadOf(message)[0], options))
  }

  // The request

  /** Answers the handshake; the request ends with the socket. May be async. */
  override get(...args: never[]): unknown {
    const offer = readHandshake(this.request)
    const allowed = this.#isAllowedOrigin()
    const loading = loadWS()
    if (loading === undefined && typeof allowed !== 'object') return this.#answer(offer, allowed, args)
    return Promise.all([allowed, loading]).then(([isAllowed]) => this.#answer(offer, isAllowed, args))
  }

  #answer(offer: HandshakeOffer, isAllowed: boolean, args: never[]): void {
    if (isAllowed !== true) throw new HTTPError(403, `a socket for the origin ${this.request.headers.get('origin')}`)
    this.#leave = this.#enterAddress()
    try {
      const session = this.#upgrade(offer)
      this.holdRequest(session)
      session.open(() => this.open(...args))
    } catch (error) {
      this.#leave?.()
      throw error
    }
  }

  #upgrade(offer: HandshakeOffer): SocketSession<AnyHandler> {
    const handler = this as unknown as AnyHandler // whatever its messages are
    const sessions = WebSocketHandler.#sessionsOf(handler)
    const { settings } = sessions
    this.#subprotocol = this.#chooseSubprotocol(offer.subprotocols)
    const fields = answerFields(this.responseFields(), this.#subprotocol)
    const { socket, head } = this.detach()
    if (socket.destroyed || !socket.writable) {
      socket.destroy()
      throw new ConnectionClosedError('the client left before its handshake was answered')
    }
    const agreement = Agreement.of(settings, offer.deflateOffers)
    const session = new SocketSession(sessions, handler, { socket, head, key: offer.key, agreement, fields })
    this.#session = session
    this.addShutdownListener(session)
    return session
  }

  #shutDown(): void {
    const { shutdownCode } = settingsOf(this.#statics)
    this.#cancelClosing = closeInTurn(() => this.#session?.close(shutdownCode, 'the server is shutting down'))
  }

  /** Says in the access log how the socket was closed. */
  override logDetails(): { readonly text: string; readonly fields: object } | undefined {
    if (this.#closeCode === undefined) return undefined
    return { text: `close ${this.#closeCode}`, fields: { closeCode: this.#closeCode, closeReason: this.#closeReason } }
  }

  /** What the sessions of a handler's class have in common: they call what only this class can reach. */
  static #sessionsOf(handler: AnyHandler): SessionClass<AnyHandler> {
    const known = sessionClasses.get(handler.#statics)
    if (known !== undefined) return known
    const { prototype } = WebSocketHandler
    const stopAtPings = handler.onPing !== prototype.onPing || handler.onPong !== prototype.onPong
    const isTyped = handler.#statics.messages?.in !== undefined
    const hooks: SessionHooks<AnyHandler> = {
      message: isTyped
        ? (of, data) => traced(of, data, () => of.#receive(data))
        : (of, data) => traced(of, data, () => of.onMessage(data)),
      ping: (of, data) => of.onPing(data),
      pong: (of, data) => of.onPong(data),
      disconnected: (of, code, reason) => of.#disconnected(code, reason),
      closed: (of, code, reason) => of.onClose(code, reason),
      ended: (of) => of.#ended(),
      failed: (of, error) => of.#failed(error),
      drained: (of) => of.#topics?.resume(),
      serverClosing: (of) => of.#shutDown(),
    }
    const sessions = new SessionClass(settingsOf(handler.#statics), hooks, stopAtPings)
    sessionClasses.set(handler.#statics, sessions)
    return sessions
  }

  async #receive(data: string | Buffer): Promise<void> {
    const { in: schema } = this.#statics.messages ?? {}
    if (schema === undefined) return
    try {
      await this.onMessage((await parseMessage(schema, data)) as Incoming<Messages>)
    } catch (error) {
      if (!(error instanceof InvalidMessageError)) throw error
      await this.onInvalidMessage(error)
    }
  }

  #disconnected(code: number, reason: string): void {
    this.#closeCode = code
    this.#closeReason = reason
    if (this.#session !== undefined) this.removeShutdownListener(this.#session)
    this.#cancelClosing?.()
    this.#abort?.abort(new WebSocketClosedError('signal'))
    this.#topics?.close().catch((error: unknown) => this.#report(error))
  }

  #ended(): void {
    this.#leave?.()
    this.releaseRequest()
  }

  /** What a hook throws because the client has left is no news. */
  #failed(error: unknown): void {
    if (error instanceof WebSocketClosedError && this.#closeCode !== undefined) return
    this.#report(error)
  }

  /** An override of `logException()` that throws stops no hook that is still to come. */
  #report(error: unknown): void {
    try {
      this.logException(error)
    } catch (failure) {
      const { method, uri } = this.request
      this.logger.error({ name: 'application', err: failure }, `logException failed for ${method} ${uri}`)
    }
  }

  get #statics(): typeof WebSocketHandler {
    return this.constructor as typeof WebSocketHandler // it is that class or one below it
  }

  /** Counts the socket for its address. @returns takes that back; undefined where nobody counts */
  #enterAddress(): (() => void) | undefined {
    const { maxConnectionsPerAddress } = settingsOf(this.#statics)
    if (maxConnectionsPerAddress === 0) return undefined
    const count = addressCounts.get(this.#statics) ?? new AddressCount()
    addressCounts.set(this.#statics, count)
    return count.enter(this.request.remoteIp, maxConnectionsPerAddress)
  }

  #isAllowedOrigin(): boolean | Promise<boolean> {
    const origin = this.request.headers.get('origin')
    return origin === undefined || this.checkOrigin(origin)
  }

  #chooseSubprotocol(offered: readonly string[]): string | undefined {
    const chosen = this.selectSubprotocol(offered)
    if (chosen === undefined || offered.includes(chosen)) return chosen
    throw new Error(`selectSubprotocol() returned ${JSON.stringify(chosen)}, which the client did not offer`)
  }

  #opened(action: string): SocketSession<AnyHandler> {
    if (this.#session !== undefined) return this.#session
    throw new Error(`${action}: the socket is not open yet; call it from open() on`)
  }

  /** Reports a failure also where nobody awaits it, once. */
  #logged<T>(promise: Promise<T>): Promise<T> {
    promise.catch((error: unknown) => {
      if (!(error instanceof WebSocketClosedError)) this.#report(error)
    })
    return promise
  }
}

function defaultHub(application: HandlerApplication): Hub {
  const hub = defaultHubs.get(application) ?? new MemoryHub()
  defaultHubs.set(application, hub)
  return hub
}

function payloadOf(message: unknown, binary?: boolean): [payload: string | Uint8Array, binary: boolean] {
  if (typeof message === 'string') return [message, binary ?? false]
  if (message instanceof Uint8Array) return [message, binary ?? true]
  if (typeof message === 'object' && message !== null) return [JSON.stringify(message), binary ?? false]
  throw new TypeError(
    `a message is text, bytes or an object for JSON, got ${message === null ? 'null' : typeof message}`,
  )
}
