/**
 * Notices when something holds up the event loop, says which request it was, and can turn requests away while the loop lags.
 *
 * A timer tells how late the loop is. Which request is to blame is known exactly where a handler blocks before its first
 * `await`, since that part is measured. After an `await` nobody can tell without costs for every promise, so the requests
 * that ended in the blocked turn are named first and then those that were under way.
 */
import { HTTPError } from '../errors.ts'
import { type Logger, lineLogger } from '../log.ts'
import type { Middleware } from '../middleware.ts'
import { checkInteger, withDefaults } from '../options.ts'
import type { RequestHandler } from '../request-handler.ts'

/** Options of {@link LoopMonitor}; times are in milliseconds. */
export interface LoopMonitorOptions {
  /** How long the loop may be held up before the log says so. @defaultValue 100 */
  blockedAfter?: number | undefined
  /** Requests are answered with 503 while the loop lags by more than this; 0 for never. @defaultValue 0 */
  maxLag?: number | undefined
  /** What `Retry-After` says in such a 503, in seconds. @defaultValue 1 */
  retryAfter?: number | undefined
  /** How often the lag is measured. @defaultValue 50 */
  interval?: number | undefined
  /** Takes the reports. @defaultValue Tornado's lines on standard error */
  logger?: Logger | undefined
}

const LONGEST_TIMER = 2 ** 31 - 1 // ms
const MAX_NAMED = 5 // requests in one line of the log
const SMOOTHING = 3 // a single late turn counts for a third of its length

/**
 * Watches the event loop. It starts at once, costs a timer and a few assignments for each request, and does not keep the
 * process alive.
 *
 * @example
 * const monitor = new LoopMonitor({ maxLag: 500 })
 * const app = new Application(rules, { middleware: [monitor.middleware] })
 */
export class LoopMonitor {
  /** Lets the monitor see the requests; the first one in the list sees the others, too. */
  readonly middleware: Middleware = (handler, next) => this.#watch(handler, next)
  readonly #blockedAfter: number
  readonly #maxLag: number
  readonly #retryAfter: number
  readonly #interval: number
  readonly #logger: Logger
  readonly #underWay: Set<RequestHandler> = new Set()
  readonly #endedLate: Set<RequestHandler> = new Set()
  #longest: { readonly handler: RequestHandler; readonly time: number } | undefined
  #timer: NodeJS.Timeout
  #due = 0
  #lag = 0

  /** @throws {@link OptionError} for an option that is unknown or out of range */
  constructor(options: LoopMonitorOptions = {}) {
    const defaults = {
      blockedAfter: 100,
      maxLag: 0,
      retryAfter: 1,
      interval: 50,
      logger: undefined as Logger | undefined,
    }
    const resolved = withDefaults('LoopMonitorOptions', defaults, options)
    for (const name of ['blockedAfter', 'interval'] as const) {
      checkInteger(name, resolved[name], { min: 1, max: LONGEST_TIMER })
    }
    for (const name of ['maxLag', 'retryAfter'] as const) {
      checkInteger(name, resolved[name], { min: 0, max: LONGEST_TIMER })
    }
    this.#blockedAfter = resolved.blockedAfter
    this.#maxLag = resolved.maxLag
    this.#retryAfter = resolved.retryAfter
    this.#interval = resolved.interval
    this.#logger = resolved.logger ?? lineLogger()
    this.#timer = this.#wait()
  }

  /** By how much the loop lags, in milliseconds: an average in which the last turns count most. */
  get lag(): number {
    return this.#average(performance.now() - this.#due)
  }

  /** Ends the measuring; no request is turned away any more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#due = Number.POSITIVE_INFINITY
    this.#lag = 0
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  #watch(handler: RequestHandler, next: () => Promise<void>): Promise<void> {
    if (this.#maxLag > 0 && this.lag > this.#maxLag) throw this.#refusal()
    this.#underWay.add(handler)
    const begun = performance.now()
    const running = next() // a sync handler is through when this returns, another one is at its first await
    const time = performance.now() - begun
    if (time > (this.#longest?.time ?? 0)) this.#longest = { handler, time }
    return running.finally(() => this.#leave(handler))
  }

  #leave(handler: RequestHandler): void {
    this.#underWay.delete(handler)
    const isLate = performance.now() - this.#due >= this.#blockedAfter
    if (isLate && this.#endedLate.size < MAX_NAMED) this.#endedLate.add(handler)
  }

  #refusal(): HTTPError {
    const headers = { 'Retry-After': this.#retryAfter }
    return new HTTPError(503, `the event loop lags by ${Math.round(this.lag)} ms`, { headers })
  }

  #wait(): NodeJS.Timeout {
    this.#due = performance.now() + this.#interval
    return setTimeout(() => this.#tick(), this.#interval).unref()
  }

  #tick(): void {
    const late = performance.now() - this.#due
    this.#lag = this.#average(late)
    if (late >= this.#blockedAfter) this.#report(late)
    this.#longest = undefined
    this.#endedLate.clear()
    this.#timer = this.#wait()
  }

  #average(late: number): number {
    return this.#lag + (Math.max(0, late) - this.#lag) / SMOOTHING
  }

  #report(late: number): void {
    const blocked = Math.round(late)
    const culprit = this.#longest
    if (culprit !== undefined && culprit.time >= this.#blockedAfter) {
      const request = describe(culprit.handler)
      const time = Math.round(culprit.time)
      return this.#logger.warn(
        { name: 'loop', blocked, requests: [request] },
        `${request} blocked the event loop for ${time} ms`,
      )
    }
    const requests = [...new Set([...this.#endedLate, ...this.#underWay])].map(describe)
    const named = requests.slice(0, MAX_NAMED)
    this.#logger.warn(
      { name: 'loop', blocked, requests: named },
      `the event loop was blocked for ${blocked} ms; ${list(named, requests.length)}`,
    )
  }
}

function describe(handler: RequestHandler): string {
  return `${handler.request.method} ${handler.request.uri} (${handler.constructor.name})`
}

function list(named: readonly string[], total: number): string {
  if (total === 0) return 'no request was under way'
  const more = total - named.length
  return `under way: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
