import { ConnectionClosedError, HTTPError } from '../errors.ts'
import { checkInteger } from '../options.ts'
import { RequestHandler } from '../request-handler.ts'
import { jsonText } from '../response/json.ts'

/** One event of a stream (HTML standard, §9.2). */
export interface ServerSentEvent {
  /** Text, or a value that is sent as JSON. */
  readonly data: unknown
  /** The event's type; listeners of `message` get those without one. */
  readonly event?: string
  /** What a client that comes back names as the last that it has seen. */
  readonly id?: string
  /** How long a client that lost the connection waits before it comes back, in milliseconds. */
  readonly retry?: number
}

const DEFAULT_HEARTBEAT = 15_000
const DEFAULT_BUFFER = 1024 * 1024

/**
 * Sends events to a browser's `EventSource`, for as long as the client stays.
 *
 * `open()` is called when the stream begins. If it returns an async iterable, for instance as an async generator, its events
 * are sent and the stream ends with it; otherwise the stream stays open until `close()`, the client or the server ends it.
 *
 * @example
 * class ClockHandler extends EventStreamHandler {
 *   override async *open() {
 *     for await (const now of setInterval(1000, Date.now)) yield { data: now }
 *   }
 * }
 */
export class EventStreamHandler extends RequestHandler {
  /** Milliseconds between comments that keep idle connections alive; 0 for none. */
  static readonly heartbeat: number = DEFAULT_HEARTBEAT
  /**
   * How much may wait for a client that reads too slowly, in bytes. One more event cuts the stream off; the client comes back and
   * names the last event that it has seen. @defaultValue 1048576
   */
  static readonly maxBufferedBytes: number = DEFAULT_BUFFER
  #close: () => void = () => {}
  #queue: Promise<void> = Promise.resolve()
  #closed = false
  #buffered = 0
  #tooSlow = false

  /** Called with what the path captured, once the head of the response has been sent. */
  open(..._args: never[]): unknown {
    return undefined
  }

  /** The id of the last event that a returning client has seen. */
  get lastEventId(): string | undefined {
    return this.request.headers.get('last-event-id')
  }

  override async get(...args: never[]): Promise<void> {
    const { signal } = this.request
    this.setHeader('Content-Type', 'text/event-stream; charset=utf-8')
    this.setHeader('Cache-Control', 'no-cache, no-transform')
    this.setHeader('X-Accel-Buffering', 'no')
    if (this.request.method === 'HEAD') return
    await this.flush()
    const ended = new Promise<void>((resolve) => {
      this.#close = resolve
    })
    const stopListening = this.onShutdown(() => this.close())
    const heartbeat = this.#startHeartbeat()
    signal.addEventListener('abort', () => this.#close(), { once: true })
    try {
      await this.#serve(args, ended)
      // the head has left, so this cuts the connection: what waits in it would otherwise wait for as long as the client likes
      if (this.#tooSlow) throw new HTTPError(503, 'the client reads its events too slowly')
    } finally {
      this.#closed = true
      clearInterval(heartbeat)
      stopListening()
    }
  }

  /**
   * Sends an event.
   *
   * @param event - bytes are sent as they are: what `encodeEvent()` has made once, for many streams
   * @returns settles when the client's socket has taken it; rejects with {@link ConnectionClosedError} once the stream is over
   * @throws {@link TypeError} for a line end in `event` or `id`
   */
  sendEvent(event: ServerSentEvent | string | Uint8Array): Promise<void> {
    if (event instanceof Uint8Array) return this.#send(event)
    return this.#send(formatEvent(typeof event === 'string' ? { data: event } : event))
  }

  /** Sends a comment, which clients ignore. */
  sendComment(text: string): Promise<void> {
    return this.#send(`${lines('', text)}\n`)
  }

  /** Ends the stream behind the events that are on their way; the client will come back unless it is told otherwise. */
  close(): void {
    void this.#queue.then(() => this.#close())
  }

  async #serve(args: never[], ended: Promise<void>): Promise<void> {
    const source = this.open(...args)
    if (!isAsyncIterable(source)) {
      await source
      return ended
    }
    const iterator = source[Symbol.asyncIterator]()
    ended.then(() => iterator.return?.()).catch((error: unknown) => this.logException(error))
    for (let next = await iterator.next(); !next.done && !this.#closed; next = await iterator.next()) {
      await this.sendEvent(next.value as ServerSentEvent | string)
    }
  }

  /** Events leave one after the other, also when nobody waits for them. */
  #send(event: string | Uint8Array): Promise<void> {
    const size = Buffer.byteLength(event)
    const { maxBufferedBytes } = this.constructor as typeof EventStreamHandler
    if (this.#buffered > 0 && this.#buffered + size > maxBufferedBytes) this.#tooSlow = true
    this.#buffered += size
    const sent = this.#queue.then(() => {
      this.#buffered -= size
      if (this.#closed || this.#tooSlow || this.finished) throw new ConnectionClosedError('the event stream is over')
      this.write(event)
      return this.flush()
    })
    this.#queue = sent.catch(() => undefined)
    if (this.#tooSlow) this.#close()
    return sent
  }

  #startHeartbeat(): NodeJS.Timeout | undefined {
    const { heartbeat } = this.constructor as typeof EventStreamHandler
    if (heartbeat === 0) return undefined
    return setInterval(() => void this.sendComment('').catch(() => undefined), heartbeat).unref()
  }
}

/**
 * An event as it is sent, to be made once and given to `sendEvent()` of many streams.
 *
 * @throws {@link TypeError} for a line end in `event` or `id`
 *
 * @example
 * const bytes = message.encoding('event-stream', ({ id, data }) => encodeEvent({ id, data: data.toString() }))
 */
export function encodeEvent(event: ServerSentEvent): Buffer {
  return Buffer.from(formatEvent(event))
}

function formatEvent({ id, event, retry, data }: ServerSentEvent): string {
  let text = ''
  if (id !== undefined) text += `id: ${oneLine('id', id)}\n`
  if (event !== undefined) text += `event: ${oneLine('event', event)}\n`
  if (retry !== undefined) {
    checkInteger('retry', retry, { min: 0, max: Number.MAX_SAFE_INTEGER })
    text += `retry: ${retry}\n`
  }
  return `${text}${lines('data', typeof data === 'string' ? data : jsonText(data))}\n`
}

/** One field for each line of the text, so that line ends come out as they went in. */
function lines(field: string, text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .reduce((all, line) => `${all}${field}: ${line}\n`, '')
}

function oneLine(field: string, value: string): string {
  // these three end a line or, in an id, make clients ignore it
  if (/[\r\n]/.test(value) || value.includes('\0')) {
    throw new TypeError(`${field} of an event must be one line, got ${JSON.stringify(value)}`)
  }
  return value
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
