/**
 * The part of a worker: it serves, reports to the process that forked it, and closes when told to.
 */
import type { ExchangeHandler } from '../exchange.ts'
import { cluster } from '../late-modules.ts'
import type { Logger } from '../log.ts'
import { ListenError, listen } from './listen.ts'
import type { ServeOptions } from './serve.ts'
import { graceFor, onStopSignal, type StopSignal } from './stop-signals.ts'

/** The variable in which a worker finds its number. */
export const TASK_ID_VARIABLE = 'TYPHOON_TASK_ID'

/** What a worker tells: that it listens, or that it cannot. */
export type WorkerReport =
  | { readonly typhoon: 'listening'; readonly url: string }
  | { readonly typhoon: 'failed'; readonly code: string; readonly message: string }

/** What a worker is told; other messages are none of our business. */
export interface WorkerOrder {
  readonly typhoon: 'close'
  readonly signal?: StopSignal | undefined
}

/** True in a process that `Application.run()` has forked. */
export function isWorkerProcess(): boolean {
  return process.env[TASK_ID_VARIABLE] !== undefined && cluster().isWorker
}

/**
 * The number of this worker from 0, or undefined where there are no workers (Tornado: `task_id`).
 *
 * A worker that takes the place of another has its number, and while workers are being replaced two have the same.
 *
 * @example
 * if ((taskId() ?? 0) === 0) new PeriodicCallback(sendReminders, 60_000).start() // in one process only
 */
export function taskId(): number | undefined {
  return isWorkerProcess() ? Number(process.env[TASK_ID_VARIABLE]) : undefined
}

/** Serves until told to stop. The process ends if it cannot listen: whoever forked it will say why. */
export async function runWorker(handler: ExchangeHandler, logger: Logger, options: ServeOptions): Promise<void> {
  process.on('SIGHUP', () => {}) // a terminal sends it to all; replacing workers is not for them
  const order = nextOrder(logger)
  const server = await listen(handler, options.server).catch(giveUp)
  options.onListening?.(server)
  await report({ typhoon: 'listening', url: server.url })
  await server.close({ deadline: options.deadline, grace: graceFor(await order) })
  cluster().worker?.disconnect() // the channel would keep the process alive
}

/** Settles when the worker is to stop: by an order, or by a signal that all processes of a group or a container get. */
function nextOrder(logger: Logger): Promise<StopSignal | undefined> {
  const ordered = new Promise<StopSignal | undefined>((resolve) => {
    process.on('message', (message: Partial<WorkerOrder> | null) => {
      if (message?.typhoon === 'close') resolve(message.signal)
    })
  })
  const signalled = onStopSignal().then((signal) => {
    logger.debug({ name: 'server', signal, taskId: taskId() }, `worker ${taskId()} (pid ${process.pid}): ${signal}`)
    return signal
  })
  return Promise.race([ordered, signalled])
}

async function giveUp(error: unknown): Promise<never> {
  const { message } = error as Error
  await report({ typhoon: 'failed', code: error instanceof ListenError ? error.code : 'TYPHOON_LISTEN', message })
  return process.exit(1)
}

function report(message: WorkerReport): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve()) // with an error the other side is gone, and so are we soon
  })
}
