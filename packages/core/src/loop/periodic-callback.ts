import type { Logger } from '../log.ts'
import { checkInteger, checkType, OptionError, withDefaults } from '../options.ts'
import { IOLoop } from './io-loop.ts'
import type { LoopTimeout } from './loop-timeout.ts'

/** Options of {@link PeriodicCallback}. */
export interface PeriodicCallbackOptions {
  /**
   * By how much each interval varies at random: 0.1 means 5 percent less to 5 percent more. It keeps many processes from doing
   * the same thing in the same moment. @defaultValue 0
   */
  jitter?: number | undefined
  /** Let the process end while the callback is still being called. @defaultValue false */
  unref?: boolean | undefined
  /** Takes the errors of the callback. @defaultValue the logger of `IOLoop.current()` */
  logger?: Logger | undefined
}

const LONGEST_TIMER = 2 ** 31 - 1 // ms

/**
 * Calls a function again and again (Tornado: `PeriodicCallback`).
 *
 * It may be async, and is never called while an earlier call is still running: calls that fall into that time are left out, and
 * the next one is on the beat again. What it throws is logged, and it goes on.
 *
 * @example
 * const beat = new PeriodicCallback(async () => hub.publish('beat', String(await load())), 1000, { jitter: 0.1 })
 * beat.start()
 */
export class PeriodicCallback {
  readonly #callback: () => unknown
  readonly #interval: number
  readonly #jitter: number
  readonly #unref: boolean
  readonly #logger: Logger | undefined
  readonly #loop: IOLoop = IOLoop.current()
  #next = 0
  #timeout: LoopTimeout | undefined
  #running = false
  #busy = false

  /**
   * @param interval - from one call to the next, in milliseconds; the first call comes one interval after `start()`
   * @throws {@link OptionError} for an interval or option out of range
   */
  constructor(callback: () => unknown, interval: number, options: PeriodicCallbackOptions = {}) {
    const defaults = { jitter: 0, unref: false, logger: undefined as Logger | undefined }
    const { jitter, unref, logger } = withDefaults('PeriodicCallbackOptions', defaults, options)
    checkType('callback', callback, 'function')
    checkInteger('interval', interval, { min: 1, max: LONGEST_TIMER })
    if (!(jitter >= 0 && jitter <= 1)) throw new OptionError(`jitter must be a number from 0 to 1, got ${jitter}`)
    checkType('unref', unref, 'boolean')
    this.#callback = callback
    this.#interval = interval
    this.#jitter = jitter
    this.#unref = unref
    this.#logger = logger
  }

  /** True from `start()` to `stop()`. */
  get isRunning(): boolean {
    return this.#running
  }

  /** Begins to call; does nothing if it has already begun. */
  start(): void {
    if (this.#running) return
    this.#running = true
    this.#next = this.#loop.time()
    if (!this.#busy) this.#schedule() // else the call from before stop() is still running
  }

  /** Makes no further call; one that is running goes on to its end. */
  stop(): void {
    this.#running = false
    this.#timeout?.cancel()
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  #schedule(): void {
    this.#next = nextBeat(this.#next, this.#loop.time(), this.#nextInterval())
    this.#timeout = this.#loop.callAt(this.#next, () => this.#tick())
    if (this.#unref) this.#timeout.unref()
  }

  #nextInterval(): number {
    return this.#interval * (1 + this.#jitter * (Math.random() - 0.5))
  }

  async #tick(): Promise<void> {
    this.#busy = true
    try {
      await this.#callback()
    } catch (error) {
      this.#report(error)
    } finally {
      this.#busy = false
      if (this.#running) this.#schedule()
    }
  }

  #report(error: unknown): void {
    const logger = this.#logger ?? this.#loop.logger
    logger.error({ name: 'loop', err: error }, `a periodic callback failed: ${this.#callback.name || 'anonymous'}`)
  }
}

/** The first time after `now` that is a whole number of intervals after `last`. */
function nextBeat(last: number, now: number, interval: number): number {
  const missed = Math.max(0, Math.floor((now - last) / interval))
  return last + (missed + 1) * interval
}
