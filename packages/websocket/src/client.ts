/**
 * The browser's side of a socket: JSON messages, reconnect with back-off, resume by the last id, and event streams where WebSocket
 * does not get through.
 *
 * It imports nothing of Node and runs in every browser that has modules.
 */
import { Backoff, type BackoffOptions } from './backoff.ts'

/** What is known about a message besides its data. */
export interface MessageInfo {
  /** The topic, id and time of a message that came in an envelope. */
  readonly topic?: string
  readonly id?: string
  /** In milliseconds since 1970. */
  readonly time?: number
}

/** How the connection stands. */
export type LiveSocketStatus = 'connecting' | 'open' | 'waiting' | 'closed'

export interface LiveSocketOptions<Received> {
  /** Called with each message: JSON is parsed, other text and bytes come as they are, an envelope is opened. */
  onMessage(data: Received, info: MessageInfo): void
  /** Called when the status changes; the code is that of a close frame. */
  onStatus?(status: LiveSocketStatus, code?: number): void
  /** Called when messages of a topic may be missing: what the page shows should be loaded anew. */
  onGap?(topic: string): void
  /** @defaultValue 500 ms, doubling up to 30 s */
  reconnect?: BackoffOptions
  /** The last id that the page already has, for instance from its HTML. */
  since?: string
  /** Messages that wait for a connection; more are refused. @defaultValue 100 */
  maxQueued?: number
  /** Where to go on when the socket could not be opened twice in a row: an event stream, and how to send then. */
  fallback?: {
    /** URL of an event stream with the same messages; their ids are those of the topic. */
    events: string
    /** Sends one message, for instance by `fetch()`. */
    send(text: string): Promise<unknown>
  }
}

const DEFAULT_MAX_QUEUED = 100
const FAILURES_BEFORE_FALLBACK = 2
const FINAL_CODES: ReadonlySet<number> = new Set([1000, 1002, 1003, 1007, 1008, 1009, 1010])

/** What this file needs of the browser's `WebSocket`; the compiler's own declarations would not do for Node as well. */
interface Socket {
  binaryType: string
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number }) => void) | null
  send(data: string): void
  close(code?: number, reason?: string): void
}

/** The same of `EventSource`. */
interface EventStream {
  readonly readyState: number
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: string; readonly lastEventId: string }) => void) | null
  onerror: (() => void) | null
  close(): void
}

interface Browser {
  readonly WebSocket: new (url: string) => Socket
  readonly EventSource?: new (url: string) => EventStream
  readonly location?: { readonly href: string }
}

const EVENT_STREAM_CLOSED = 2

/**
 * Connects a page to a WebSocket handler.
 *
 * Close codes that say that the page itself is at fault, and 1000, are final; after any other loss it connects again.
 *
 * @param url - absolute, or relative to the page
 *
 * @example
 * const room = connect<Message, Draft>('/rooms/7', { onMessage: (message) => show(message) })
 * room.send({ text: 'hello' })
 */
export function connect<Received = unknown, Sent = unknown>(
  url: string,
  options: LiveSocketOptions<Received>,
): LiveSocket<Received, Sent> {
  return new LiveSocket(url, options)
}

/** A connection made by `connect()`. */
export class LiveSocket<Received = unknown, Sent = unknown> {
  readonly #url: string
  readonly #options: LiveSocketOptions<Received>
  readonly #backoff: Backoff
  readonly #queue: string[] = []
  #socket: Socket | undefined
  #stream: EventStream | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #status: LiveSocketStatus = 'connecting'
  #lastId: string | undefined
  #failures = 0

  /** @internal see {@link connect} */
  constructor(url: string, options: LiveSocketOptions<Received>) {
    this.#url = url
    this.#options = options
    this.#backoff = new Backoff(options.reconnect)
    this.#lastId = options.since
    this.#connect()
  }

  get status(): LiveSocketStatus {
    return this.#status
  }

  /** The id of the last message that came in an envelope or an event. */
  get lastId(): string | undefined {
    return this.#lastId
  }

  /**
   * Sends a message as JSON, or text as it is; without a connection it waits for the next one.
   *
   * @returns false if it was refused: too many wait, or the connection is closed for good
   */
  send(message: Sent): boolean {
    const text = typeof message === 'string' ? message : JSON.stringify(message)
    if (this.#status === 'closed') return false
    if (this.#status !== 'open') return this.#enqueue(text)
    this.#sendNow(text)
    return true
  }

  /** Closes the connection for good. */
  close(code: number = 1000, reason?: string): void {
    if (this.#status === 'closed') return
    clearTimeout(this.#timer)
    this.#stream?.close()
    if (this.#socket !== undefined) {
      this.#socket.onclose = null
      this.#socket.onmessage = null
      this.#socket.close(code, reason)
    }
    this.#setStatus('closed', code)
  }

  #connect(): void {
    this.#setStatus('connecting')
    const { WebSocket } = browser()
    const socket = new WebSocket(this.#address(this.#url, 'ws'))
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => this.#opened()
    socket.onmessage = ({ data }) => this.#receive(data, undefined)
    socket.onclose = ({ code }) => this.#lost(code)
  }

  #opened(): void {
    this.#failures = 0
    this.#backoff.reset()
    this.#setStatus('open')
    for (const text of this.#queue.splice(0)) this.#sendNow(text)
  }

  #lost(code: number): void {
    if (this.#status === 'connecting') this.#failures++
    this.#socket = undefined
    if (FINAL_CODES.has(code)) return this.#setStatus('closed', code)
    if (this.#options.fallback !== undefined && this.#failures >= FAILURES_BEFORE_FALLBACK)
      return this.#follow(this.#options.fallback.events)
    this.#wait(code)
  }

  #wait(code?: number): void {
    const delay = this.#backoff.next()
    if (delay === undefined) return this.#setStatus('closed', code)
    this.#setStatus('waiting', code)
    this.#timer = setTimeout(() => this.#connect(), delay)
  }

  /** The browser reconnects an event stream by itself, and names the last id; only an answer such as 404 ends it. */
  #follow(url: string): void {
    const { EventSource } = browser()
    if (EventSource === undefined) return this.#wait()
    this.#setStatus('connecting')
    const stream = new EventSource(this.#address(url, 'http'))
    this.#stream = stream
    stream.onopen = () => this.#opened()
    stream.onmessage = ({ data, lastEventId }) => this.#receive(data, lastEventId === '' ? undefined : lastEventId)
    stream.onerror = () => {
      if (stream.readyState !== EVENT_STREAM_CLOSED) return this.#setStatus('connecting')
      this.#stream = undefined
      this.#wait() // and try the socket again
    }
  }

  #sendNow(text: string): void {
    if (this.#socket !== undefined) return this.#socket.send(text)
    this.#options.fallback?.send(text).catch(() => this.#enqueue(text)) // it goes out with the next connection
  }

  #enqueue(text: string): boolean {
    if (this.#queue.length >= (this.#options.maxQueued ?? DEFAULT_MAX_QUEUED)) return false
    this.#queue.push(text)
    return true
  }

  #receive(data: unknown, eventId: string | undefined): void {
    const value = parse(data)
    const { topic, id, time, gap } = envelopeOf(value)
    if (topic !== undefined && gap === true) return this.#options.onGap?.(topic)
    const lastId = id ?? eventId
    if (lastId !== undefined) this.#lastId = lastId
    const info = {
      ...(topic !== undefined && { topic }),
      ...(lastId !== undefined && { id: lastId }),
      ...(time !== undefined && { time }),
    }
    const content = topic !== undefined && id !== undefined ? (value as { data: unknown }).data : value
    this.#options.onMessage(content as Received, info) // what the server sends is the author's to know
  }

  #address(url: string, protocol: 'ws' | 'http'): string {
    const address = new URL(url, browser().location?.href)
    address.protocol = address.protocol.replace(/^(?:ws|http)/, protocol)
    if (this.#lastId !== undefined) address.searchParams.set('since', this.#lastId)
    return address.href
  }

  #setStatus(status: LiveSocketStatus, code?: number): void {
    if (this.#status === status && status !== 'connecting') return
    this.#status = status
    this.#options.onStatus?.(status, code)
  }
}

function browser(): Browser {
  return globalThis as unknown as Browser // or a runtime that has the same names
}

function parse(data: unknown): unknown {
  if (typeof data !== 'string') return data
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}

function envelopeOf(value: unknown): MessageInfo & { readonly gap?: boolean } {
  if (typeof value !== 'object' || value === null || !('topic' in value) || typeof value.topic !== 'string') return {}
  return value as MessageInfo & { gap?: boolean } // made by the server's subscribe() with `envelope`
}
