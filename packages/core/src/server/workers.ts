/**
 * Several processes that serve the same address (Tornado: `fork_processes`), and the one that looks after them.
 *
 * The workers share one listening socket and each accepts for itself (cluster's SCHED_NONE). With cluster's default the
 * first process accepts every connection and hands it over, which costs a third of all its time. A socket of its own for each
 * worker (SO_REUSEPORT) has a queue of its own, too, and the connections in it are reset when that worker leaves.
 */

import { cluster } from '../late-modules.ts'
import type { Logger } from '../log.ts'
import { ForkedWorker } from './forked-worker.ts'
import { removeStaleSocket } from './http-server.ts'
import { ListenError } from './listen.ts'
import { onStopSignal, type StopSignal } from './stop-signals.ts'

/** How workers are looked after; times are in milliseconds. */
export interface SuperviseOptions {
  readonly workers: number
  readonly deadline: number
  readonly maxRestarts: number
  readonly restartWindow: number
  /** Of a Unix socket; what a server that is gone has left there is removed. */
  readonly path: string | undefined
}

const FIRST_PAUSE = 100 // ms before a crashed worker is started again; doubled with each further crash
const LONGEST_PAUSE = 5000

let supervising = false

/**
 * Forks the workers and looks after them until SIGTERM or SIGINT; settles when they are gone.
 *
 * Rejects with the error of the first worker that cannot listen, and with the code `TYPHOON_WORKERS` if one keeps crashing.
 */
export async function superviseWorkers(logger: Logger, options: SuperviseOptions): Promise<void> {
  if (supervising) throw new Error('run({ workers }) was called twice: one process looks after one set of workers')
  supervising = true
  if (options.path !== undefined) await removeStaleSocket(options.path)
  cluster().schedulingPolicy = cluster().SCHED_NONE
  const supervisor = new Supervisor(logger, options)
  void onStopSignal(() => supervisor.kill()).then((signal) => supervisor.stop(signal))
  process.on('SIGHUP', () => void supervisor.replaceAll())
  await supervisor.start()
}

/** The place of one worker, whichever process holds it at the moment. */
interface Place {
  readonly taskId: number
  worker: ForkedWorker | undefined
  /** When workers crashed here, oldest first. */
  crashes: number[]
  restart: NodeJS.Timeout | undefined
}

class Supervisor {
  readonly #logger: Logger
  readonly #options: SuperviseOptions
  readonly #places: readonly Place[]
  readonly #running: Set<ForkedWorker> = new Set()
  readonly #finished: Promise<void>
  #settle!: () => void
  #everListened = false
  #stopping = false
  #failure: Error | undefined
  #replacing = false
  #replaceAgain = false

  constructor(logger: Logger, options: SuperviseOptions) {
    this.#logger = logger
    this.#options = options
    this.#places = Array.from({ length: options.workers }, (_, taskId) => {
      return { taskId, worker: undefined, crashes: [], restart: undefined }
    })
    this.#finished = new Promise((resolve, reject) => {
      this.#settle = () => (this.#failure === undefined ? resolve() : reject(this.#failure))
    })
  }

  start(): Promise<void> {
    this.#info(`starting ${this.#places.length} workers`)
    for (const place of this.#places) place.worker = this.#fork(place)
    return this.#finished
  }

  stop(signal?: StopSignal): void {
    if (this.#stopping) return
    this.#stopping = true
    if (signal !== undefined) this.#info(`${signal}: closing ${this.#running.size} workers`)
    for (const { restart } of this.#places) clearTimeout(restart)
    for (const worker of this.#running) worker.close(this.#options.deadline, signal)
    if (this.#running.size === 0) this.#settle()
  }

  kill(): void {
    for (const worker of this.#running) worker.kill()
  }

  /** Puts a new worker in the place of each, one by one; one that was asked for meanwhile follows. */
  async replaceAll(): Promise<void> {
    this.#replaceAgain = true
    if (this.#replacing) return
    this.#replacing = true
    while (this.#replaceAgain && !this.#stopping) {
      this.#replaceAgain = false
      this.#info(`SIGHUP: replacing ${this.#places.length} workers, one by one`)
      await this.#replaceInTurn()
    }
    this.#replacing = false
  }

  async #replaceInTurn(): Promise<void> {
    for (const place of this.#places) {
      if (this.#stopping) return
      try {
        await this.#replace(place)
      } catch (error) {
        if (!this.#stopping) this.#warn(`no worker is replaced any more, the others stay: ${(error as Error).message}`)
        return
      }
    }
    this.#info('all workers are replaced')
  }

  /** The old worker goes on until the new one listens, so that there is no moment in which nobody does. */
  async #replace(place: Place): Promise<void> {
    const successor = this.#fork(place)
    await successor.ready
    clearTimeout(place.restart)
    const old = place.worker
    place.worker = successor
    old?.close(this.#options.deadline)
    await old?.exited
  }

  #fork(place: Place): ForkedWorker {
    const worker = new ForkedWorker(place.taskId)
    this.#running.add(worker)
    worker.ready.then(
      (url) => this.#listens(worker, url),
      (error: Error) => this.#couldNotListen(error),
    )
    void worker.exited.then((how) => this.#ended(place, worker, how))
    return worker
  }

  #listens(worker: ForkedWorker, url: string): void {
    this.#info(`${worker.name} listens on ${url}`, worker)
    if (!this.#everListened) this.#info(`listening on ${url}`)
    this.#everListened = true
  }

  /** An address that is taken will still be taken in a moment; later, with others at work, it counts as a crash. */
  #couldNotListen(error: Error): void {
    if (error instanceof ListenError && !this.#everListened) this.#fail(error)
  }

  #ended(place: Place, worker: ForkedWorker, how: string): void {
    this.#running.delete(worker)
    if (worker.closing) this.#info(`${worker.name} has closed: ${how}`, worker)
    else if (!this.#stopping && place.worker === worker) this.#crashed(place, worker, how)
    if (this.#stopping && this.#running.size === 0) this.#settle()
  }

  #crashed(place: Place, worker: ForkedWorker, how: string): void {
    const { maxRestarts, restartWindow } = this.#options
    const now = performance.now()
    place.worker = undefined
    place.crashes = [...place.crashes.filter((time) => time > now - restartWindow), now]
    const times = place.crashes.length
    if (times > maxRestarts) return this.#giveUp(worker, how, times)
    const pause = Math.min(FIRST_PAUSE * 2 ** (times - 1), LONGEST_PAUSE)
    this.#warn(`${worker.name} has ended: ${how}; another starts in ${pause} ms`, worker)
    place.restart = setTimeout(() => {
      place.worker = this.#fork(place)
    }, pause)
  }

  #giveUp(worker: ForkedWorker, how: string, times: number): void {
    const seconds = this.#options.restartWindow / 1000
    const message = `${worker.name} has ended: ${how}; that is ${times} within ${seconds} s, more than maxRestarts allows`
    this.#fail(Object.assign(new Error(message), { code: 'TYPHOON_WORKERS' }))
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.stop()
  }

  #info(message: string, worker?: ForkedWorker): void {
    this.#logger.info(fieldsOf(worker), message)
  }

  #warn(message: string, worker?: ForkedWorker): void {
    this.#logger.warn(fieldsOf(worker), message)
  }
}

function fieldsOf(worker: ForkedWorker | undefined): object {
  return worker === undefined ? { name: 'workers' } : { name: 'workers', taskId: worker.taskId, pid: worker.pid }
}
