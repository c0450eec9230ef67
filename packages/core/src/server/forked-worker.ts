import type { Worker } from 'node:cluster'
import { cluster } from '../late-modules.ts'
import { ListenError } from './listen.ts'
import type { StopSignal } from './stop-signals.ts'
import { TASK_ID_VARIABLE, type WorkerOrder, type WorkerReport } from './worker-process.ts'

const KILL_MARGIN = 2000 // ms after the deadline for what the program does after `run()`

/** A worker as the process sees it that has forked it. */
export class ForkedWorker {
  readonly taskId: number
  /** Settles with the URL when the worker listens; rejects if it ends before that. */
  readonly ready: Promise<string>
  /** Settles when the process is gone, with how it ended: `exit code 1` or `SIGKILL`. */
  readonly exited: Promise<string>
  readonly #worker: Worker
  #listening = false
  #closing = false

  constructor(taskId: number) {
    this.taskId = taskId
    this.#worker = cluster().fork({ [TASK_ID_VARIABLE]: String(taskId) })
    this.exited = this.#whenGone()
    this.ready = this.#whenReady()
    this.ready.catch(() => undefined) // not everybody waits for it
  }

  get pid(): number | undefined {
    return this.#worker.process.pid
  }

  /** True once it was asked to stop, so that its end is no crash. */
  get closing(): boolean {
    return this.#closing
  }

  /** For people: number and process. */
  get name(): string {
    return `worker ${this.taskId} (pid ${this.pid})`
  }

  /** Lets the worker end what is under way; it is killed if that takes longer than `deadline` ms and a little more. */
  close(deadline: number, signal?: StopSignal): void {
    if (this.#closing) return
    this.#closing = true
    const order: WorkerOrder = { typhoon: 'close', signal }
    if (this.#listening && this.#worker.isConnected()) this.#worker.send(order)
    else this.#worker.process.kill('SIGTERM') // it has nothing under way, and may never come to read an order
    const timer = setTimeout(() => this.kill(), Math.min(deadline + KILL_MARGIN, 2 ** 31 - 1))
    void this.exited.then(() => clearTimeout(timer))
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }

  async #whenGone(): Promise<string> {
    const how = await new Promise<string>((resolve) => {
      this.#worker.once('exit', (code: number | null, signal: string | null) => resolve(signal ?? `exit code ${code}`))
      this.#worker.on('error', (error) => {
        if (this.pid === undefined) resolve(error.message) // it could not be started; else an exit follows
      })
    })
    if (this.#worker.isConnected()) await new Promise((resolve) => this.#worker.once('disconnect', resolve)) // its last words
    return how
  }

  #whenReady(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#worker.on('message', (message: WorkerReport | null) => {
        if (message?.typhoon === 'failed') reject(new ListenError(message.message, message.code))
        if (message?.typhoon !== 'listening') return
        this.#listening = true
        resolve(message.url)
      })
      void this.exited.then((how) => reject(new Error(`${this.name} ended before it listened: ${how}`)))
    })
  }
}
