/**
 * One call of fetch(): its time-outs, everything that can end it early, and what to call an error.
 *
 * Each try has an abort signal of its own, because a time-out of one phase ends the try only, while `requestTimeout`,
 * the caller's signal and the closing of the client end the whole call.
 */
import {
  HTTPClientError,
  type HTTPClientErrorDetails,
  HTTPConnectionError,
  HTTPProtocolError,
  HTTPTimeoutError,
  type RequestPhase,
} from './errors.ts'
import type { HTTPRequest } from './http-request.ts'
import type { TimeInfo } from './http-response.ts'
import { HTTPClientOptionError } from './option-error.ts'
import type { ResolvedRequest } from './request-options.ts'
import { type ConnectTimes, WireProtocolError } from './transport.ts'

type TimedPhase = 'connect' | 'headers' | 'body'

const WAITING_FOR: Readonly<Record<RequestPhase, string>> = {
  queue: 'a place among maxClients',
  connect: 'a connection',
  headers: 'the head of the answer',
  body: 'the body of the answer',
  total: 'the next try',
}
const MISSED: Readonly<Record<TimedPhase, string>> = {
  connect: 'no connection',
  headers: 'no answer',
  body: 'nothing more of the body',
}
const BROKEN: Readonly<Record<RequestPhase, string>> = {
  queue: 'no connection',
  connect: 'no connection',
  headers: 'the connection closed before an answer came',
  body: 'the connection closed before the end of the body',
  total: 'the connection closed',
}

export class Call {
  readonly request: HTTPRequest
  readonly options: ResolvedRequest
  /** Whether the body of the request has begun to be read. */
  bodyTaken = false
  readonly #start = performance.now()
  readonly #times = { queue: 0, lookup: 0, connect: 0, tls: 0, headers: 0, body: 0 }
  readonly #onUserAbort = () => this.end(this.options.signal?.reason)
  readonly #onEnd: (call: Call) => void
  #totalTimer: NodeJS.Timeout | undefined
  #phaseTimer: NodeJS.Timeout | undefined
  #try = new AbortController()
  #phase: RequestPhase = 'queue'
  #phaseStart = this.#start
  #endTime: number | undefined
  #url: string
  #method: string
  #bodyFailure: { readonly error: unknown } | undefined
  #over: { readonly reason: unknown } | undefined

  /** @param onEnd - called once, when the answer is complete or the call has failed */
  constructor(request: HTTPRequest, options: ResolvedRequest, onEnd: (call: Call) => void) {
    this.request = request
    this.options = options
    this.#url = request.url.href
    this.#method = request.method
    this.#onEnd = onEnd
    const { requestTimeout, signal } = options
    if (requestTimeout > 0) this.#totalTimer = setTimeout(() => this.#onTotalTimeout(), requestTimeout)
    if (signal?.aborted === true) this.end(signal.reason)
    else signal?.addEventListener('abort', this.#onUserAbort, { once: true })
  }

  get phase(): RequestPhase {
    return this.#phase
  }

  /** Begins another try. @returns the signal that ends it */
  begin(url: URL, method: string): AbortSignal {
    this.#url = url.href
    this.#method = method
    if (this.#over !== undefined) throw this.#over.reason
    this.#try = new AbortController()
    this.bodyTaken = false
    this.#bodyFailure = undefined
    this.#enter('queue')
    return this.#try.signal
  }

  /** Enters a phase, or begins its time again. @param timeout - in milliseconds; 0 means no limit */
  enter(phase: TimedPhase, timeout: number): void {
    if (phase !== this.#phase) this.#enter(phase)
    clearTimeout(this.#phaseTimer)
    if (timeout > 0 && this.#over === undefined) {
      this.#phaseTimer = setTimeout(() => this.#onPhaseTimeout(phase, timeout), timeout)
    }
  }

  /** Stops the clock of the phase: what follows is not the peer's doing. */
  pause(): void {
    clearTimeout(this.#phaseTimer)
  }

  addTimes({ lookup, connect, tls }: ConnectTimes): void {
    this.#times.lookup += lookup
    this.#times.connect += connect
    this.#times.tls += tls
  }

  /** Waits before the next try. @throws what ends the call meanwhile */
  async wait(delay: number): Promise<void> {
    this.#enter('total')
    if (this.#over !== undefined) throw this.#over.reason
    this.#try = new AbortController()
    const { signal } = this.#try
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, delay)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(signal.reason)
      })
    })
  }

  /** Reads the request's body, and remembers what it fails with: that is the caller's own error, not the connection's. */
  async *sent(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    this.bodyTaken = true
    const progress = () => {
      if (this.#phase === 'headers') this.enter('headers', this.options.headersTimeout)
    }
    try {
      for await (const chunk of body) {
        progress()
        yield chunk
      }
      progress()
    } catch (error) {
      this.#bodyFailure = { error }
      throw error
    }
  }

  /** Ends the call: without a reason because all is done, else whatever it waits for is refused with it. */
  end(reason?: unknown): void {
    if (this.#over !== undefined) return
    this.#over = { reason }
    this.#endTime = performance.now()
    clearTimeout(this.#totalTimer)
    clearTimeout(this.#phaseTimer)
    this.options.signal?.removeEventListener('abort', this.#onUserAbort)
    this.#enter('total')
    this.#onEnd(this)
    if (reason !== undefined) this.#try.abort(reason)
  }

  /** The error that the caller gets for `error`. */
  explain(error: unknown): unknown {
    if (this.#over?.reason !== undefined) return this.#over.reason
    if (this.#try.signal.aborted) return this.#try.signal.reason
    if (error instanceof HTTPClientError || error instanceof HTTPClientOptionError) return error
    if (this.#bodyFailure !== undefined) return this.#bodyFailure.error
    const details = this.details({ cause: error })
    if (error instanceof WireProtocolError)
      return new HTTPProtocolError(`the answer is not HTTP: ${error.message}`, details)
    return new HTTPConnectionError(`${BROKEN[this.#phase]}: ${textOf(error)}`, details)
  }

  details(more: Partial<HTTPClientErrorDetails> = {}): HTTPClientErrorDetails {
    return { method: this.#method, url: this.#url, phase: this.#phase, ...more }
  }

  /** Up to now, or to the end of the call. */
  timeInfo(): TimeInfo {
    const now = performance.now()
    const times = { ...this.#times }
    if (this.#phase !== 'total' && this.#phase !== 'connect') times[this.#phase] += now - this.#phaseStart
    return { ...times, total: (this.#endTime ?? now) - this.#start }
  }

  #enter(phase: RequestPhase): void {
    const now = performance.now()
    if (this.#phase !== 'total' && this.#phase !== 'connect') this.#times[this.#phase] += now - this.#phaseStart
    this.#phase = phase
    this.#phaseStart = now
    clearTimeout(this.#phaseTimer)
  }

  #onPhaseTimeout(phase: TimedPhase, timeout: number): void {
    const message = `${MISSED[phase]} within ${timeout} ms (${phase}Timeout)`
    this.#try.abort(new HTTPTimeoutError(message, timeout, this.details()))
  }

  #onTotalTimeout(): void {
    const { requestTimeout } = this.options
    const message = `${requestTimeout} ms (requestTimeout) passed while waiting for ${WAITING_FOR[this.#phase]}`
    const phase = this.#phase === 'queue' ? 'queue' : 'total'
    this.end(new HTTPTimeoutError(message, requestTimeout, this.details({ phase })))
  }
}

/** What several addresses failed with has no message, only a code; of what OpenSSL says only the reason is for people. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('library' in error && 'reason' in error) return `TLS: ${String(error.reason)}`
  if (error.message !== '') return error.message.trim()
  return 'code' in error ? String(error.code) : error.name
}
