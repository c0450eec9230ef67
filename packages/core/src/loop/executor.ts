/**
 * A pool of threads for work that would hold up the event loop (Tornado: `run_in_executor`).
 *
 * Threads are started as they are needed, each does one task at a time, and tasks wait in order of arrival. A thread without a
 * task does not keep the process alive.
 */
import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { workerThreads } from '../late-modules.ts'
import { checkInteger, withDefaults } from '../options.ts'

/** Limits of a pool of threads. */
export interface ExecutorOptions {
  /** Most threads. @defaultValue one per core */
  maxThreads?: number | undefined
  /** Most tasks that wait for a thread; further ones are refused. @defaultValue 1000 */
  maxQueue?: number | undefined
}

/** Too many tasks are waiting for a thread. */
export class ExecutorFullError extends Error {
  static {
    this.prototype.name = 'ExecutorFullError'
  }
  readonly code = 'TYPHOON_EXECUTOR_FULL'
}

/** What the thread is asked to do. */
interface Call {
  readonly module: string
  readonly name: string
  readonly args: readonly unknown[]
}

interface Task {
  readonly call: Call
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** What a thread answers. */
type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

/**
 * The program of a thread. It is kept as text because a thread needs a file that is there in the sources, in the built package and
 * in a bundle alike. As a module, other than as `eval`, it gets what `node --import` loads, such as tsx.
 */
const PROGRAM = `
import { parentPort } from 'node:worker_threads'
const perform = async ({ module, name, args }) => {
  const call = (await import(module))[name]
  if (typeof call !== 'function') throw new TypeError(module + ' exports no function ' + name)
  return call(...args)
}
const answer = (message) => {
  try {
    parentPort.postMessage(message)
  } catch (error) {
    parentPort.postMessage({ ok: false, error: new TypeError('the result cannot be copied: ' + error.message) })
  }
}
parentPort.on('message', (call) => {
  perform(call).then((value) => answer({ ok: true, value }), (error) => answer({ ok: false, error }))
})
`

const THREAD = new URL(`data:text/javascript,${encodeURIComponent(PROGRAM)}`)

/**
 * A pool of threads.
 *
 * @example
 * IOLoop.current().setDefaultExecutor(new Executor({ maxThreads: 2 }))
 */
export class Executor {
  readonly #maxThreads: number
  readonly #maxQueue: number
  readonly #threads: Set<Worker> = new Set()
  readonly #idle: Worker[] = []
  readonly #tasks: Map<Worker, Task> = new Map()
  readonly #queue: Task[] = []
  #closed = false

  /** @throws {@link OptionError} for an option that is unknown or out of range */
  constructor(options: ExecutorOptions = {}) {
    const defaults = { maxThreads: availableParallelism(), maxQueue: 1000 }
    const { maxThreads, maxQueue } = withDefaults('ExecutorOptions', defaults, options)
    checkInteger('maxThreads', maxThreads, { min: 1, max: 1024 })
    checkInteger('maxQueue', maxQueue, { min: 0, max: Number.MAX_SAFE_INTEGER })
    this.#maxThreads = maxThreads
    this.#maxQueue = maxQueue
  }

  /** Runs a function of a module in a thread; see `IOLoop.runInExecutor()`. */
  async run<Result = unknown>(module: URL | string, name: string, ...args: readonly unknown[]): Promise<Result> {
    if (this.#closed) throw new Error('the executor is closed')
    const thread = this.#idle.pop() ?? this.#start()
    if (thread === undefined && this.#queue.length >= this.#maxQueue) {
      throw new ExecutorFullError(`${this.#queue.length} tasks are waiting for ${this.#threads.size} threads`)
    }
    const value = await new Promise<unknown>((resolve, reject) => {
      const task = { call: { module: String(module), name, args }, resolve, reject }
      if (thread === undefined) this.#queue.push(task)
      else this.#assign(thread, task)
    })
    return value as Result // the caller knows what the function returns
  }

  /** Ends all threads, also in the middle of a task; tasks that are not done are rejected. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { reject } of this.#queue.splice(0)) reject(new Error('the executor was closed'))
    await Promise.all([...this.#threads].map((thread) => thread.terminate()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #start(): Worker | undefined {
    if (this.#threads.size >= this.#maxThreads) return undefined
    const thread = new (workerThreads().Worker)(THREAD)
    this.#threads.add(thread)
    let cause: unknown
    thread.on('message', (answer: Answer) => this.#receive(thread, answer))
    thread.on('error', (error) => {
      cause = error // an error that nobody caught; the thread exits
    })
    thread.on('exit', (code) => this.#lost(thread, cause ?? new Error(`the thread has ended with exit code ${code}`)))
    return thread
  }

  #assign(thread: Worker, task: Task): void {
    this.#tasks.set(thread, task)
    thread.ref()
    try {
      thread.postMessage(task.call)
    } catch (error) {
      task.reject(error) // an argument cannot be copied
      this.#release(thread)
    }
  }

  #receive(thread: Worker, answer: Answer): void {
    const task = this.#tasks.get(thread)
    if (answer.ok) task?.resolve(answer.value)
    else task?.reject(answer.error)
    this.#release(thread)
  }

  #release(thread: Worker): void {
    this.#tasks.delete(thread)
    const next = this.#queue.shift()
    if (next !== undefined) return this.#assign(thread, next)
    thread.unref()
    this.#idle.push(thread)
  }

  /** A thread is gone, and with it the task that it had; another one takes up what is waiting. */
  #lost(thread: Worker, error: unknown): void {
    this.#threads.delete(thread)
    const index = this.#idle.indexOf(thread)
    if (index >= 0) this.#idle.splice(index, 1)
    this.#tasks.get(thread)?.reject(error)
    this.#tasks.delete(thread)
    if (this.#queue.length === 0) return
    const successor = this.#start()
    const next = this.#queue.shift()
    if (successor !== undefined && next !== undefined) this.#assign(successor, next)
  }
}
