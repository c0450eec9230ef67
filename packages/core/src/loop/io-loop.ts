/**
 * Tornado's names for what Node's event loop does: callbacks soon and later, and work in other threads.
 *
 * Errors of callbacks are logged here and never become unhandled: a failing callback does not end the server.
 */
import { type Logger, lineLogger } from '../log.ts'
import { Executor } from './executor.ts'
import { LoopTimeout } from './loop-timeout.ts'

/** A function for the loop; it may be async. */
export type LoopCallback<Args extends readonly unknown[]> = (...args: Args) => unknown

/**
 * The event loop of this thread (Tornado: `IOLoop`). Node runs it; there is nothing to start and nothing to stop.
 *
 * @example
 * IOLoop.current().callLater(500, () => refresh())
 */
export class IOLoop {
  static #current: IOLoop | undefined

  /** Takes the errors of callbacks. @defaultValue Tornado's lines on standard error */
  logger: Logger = lineLogger()
  #executor: Executor | undefined

  private constructor() {}

  /** The loop of this thread, always the same. */
  static current(): IOLoop {
    IOLoop.#current ??= new IOLoop()
    return IOLoop.#current
  }

  /** The time in milliseconds since 1970, as `Date.now()`, but it never jumps when somebody sets the clock. */
  time(): number {
    return performance.timeOrigin + performance.now()
  }

  /** Calls `callback` in the next turn of the loop, after the events that are waiting now. */
  addCallback<Args extends readonly unknown[]>(callback: LoopCallback<Args>, ...args: Args): void {
    setImmediate(() => this.#call(callback, args))
  }

  /**
   * Starts a callback that nobody waits for, in the next turn of the loop; what it throws later is logged, too.
   *
   * The same as `addCallback()`; the name says that the callback goes on for a while.
   */
  spawnCallback<Args extends readonly unknown[]>(callback: LoopCallback<Args>, ...args: Args): void {
    this.addCallback(callback, ...args)
  }

  /**
   * Calls `callback` after a delay.
   *
   * @param delay - in milliseconds, of any length
   * @returns a handle for `removeTimeout()`
   * @throws {@link RangeError} if `delay` is not a number from 0 on
   */
  callLater<Args extends readonly unknown[]>(delay: number, callback: LoopCallback<Args>, ...args: Args): LoopTimeout {
    if (!(delay >= 0)) throw new RangeError(`callLater: delay must be a number from 0 on, got ${delay}`)
    return this.callAt(this.time() + delay, callback, ...args)
  }

  /**
   * Calls `callback` at a time; at once, in a later turn, if that is over.
   *
   * @param time - on the clock of `time()`
   * @returns a handle for `removeTimeout()`
   * @throws {@link RangeError} if `time` is not a finite number
   */
  callAt<Args extends readonly unknown[]>(time: number, callback: LoopCallback<Args>, ...args: Args): LoopTimeout {
    if (!Number.isFinite(time)) throw new RangeError(`callAt: time must be a finite number, got ${time}`)
    return new LoopTimeout(
      time,
      () => this.time(),
      () => this.#call(callback, args),
    )
  }

  /** Takes back what `callLater()` or `callAt()` has planned; no harm if it has already happened. */
  removeTimeout(timeout: LoopTimeout): void {
    timeout.cancel()
  }

  /**
   * Runs a function of a module in another thread, so that heavy work does not hold up the loop.
   *
   * A function cannot cross to another thread together with the variables around it. So it is named by its module and export;
   * arguments and result are copied as `structuredClone()` does. Each thread loads the module once. On Node 20 it has to be
   * JavaScript, also under tsx; from 22 on tsx works in threads, too.
   *
   * @param module - the URL of the module, for instance `new URL('./thumbnail.js', import.meta.url)`
   * @param name - of the exported function; `'default'` for the default export
   * @returns what the function returns; rejects with what it throws, or {@link ExecutorFullError} when too many wait
   *
   * @example
   * const png = await IOLoop.current().runInExecutor<Uint8Array>(new URL('./thumbnail.js', import.meta.url), 'thumbnail', bytes)
   */
  runInExecutor<Result = unknown>(module: URL | string, name: string, ...args: readonly unknown[]): Promise<Result> {
    this.#executor ??= new Executor()
    return this.#executor.run<Result>(module, name, ...args)
  }

  /** Gives `runInExecutor()` a pool with other limits; the earlier one is left to whoever made it. */
  setDefaultExecutor(executor: Executor): void {
    this.#executor = executor
  }

  #call<Args extends readonly unknown[]>(callback: LoopCallback<Args>, args: Args): void {
    const report = (error: unknown) => {
      this.logger.error({ name: 'loop', err: error }, `a callback of the loop failed: ${callback.name || 'anonymous'}`)
    }
    try {
      const result = callback(...args)
      if (isPromiseLike(result)) result.then(undefined, report)
    } catch (error) {
      report(error)
    }
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
