/**
 * `Application.run()`: serve until a signal asks to stop, in this process or in several.
 *
 * This file decides which of three parts the process plays: it serves alone (serve.ts), it is a worker
 * (worker-process.ts), or it forks workers and looks after them (workers.ts).
 */
import { availableParallelism } from 'node:os'
import type { ExchangeHandler } from '../exchange.ts'
import type { Logger } from '../log.ts'
import { checkInteger, checkType } from '../options.ts'
import type { HTTPServer } from './http-server.ts'
import { serve } from './serve.ts'
import { resolveServerOptions, type ServerOptions } from './server-options.ts'
import { isWorkerProcess, runWorker } from './worker-process.ts'
import { superviseWorkers } from './workers.ts'

/** Options of `Application.run()`, beside where and how to listen. */
export interface RunOptions extends ServerOptions {
  /**
   * How many processes serve; 0 means one per core. With 1 this process serves itself.
   *
   * With more, this process forks that many others, each of which runs the program from its start, as Tornado's
   * `fork_processes` does, and gets to this call. This one does not listen: it starts workers again that crash, and replaces
   * them one by one on SIGHUP.
   *
   * @defaultValue 1
   */
  workers?: number | undefined
  /** How long requests and sockets under way may take to end, in milliseconds; what is left is cut off. @defaultValue 10000 */
  deadline?: number | undefined
  /** How often one worker may crash within `restartWindow` before all is given up; 0 means never start again. @defaultValue 10 */
  maxRestarts?: number | undefined
  /** The time in which crashes are counted, in milliseconds. @defaultValue 60000 */
  restartWindow?: number | undefined
  /** Called once the server listens, for instance to print its address; in every worker where there are several. */
  onListening?: ((server: HTTPServer) => void) | undefined
}

const LONGEST_TIMER = 2 ** 31 - 1 // ms; Node fires a longer one after 1 ms
const MAX_WORKERS = 1024

/**
 * Serves until SIGTERM or SIGINT, lets what is under way end, and settles then. A second signal ends the process at once.
 *
 * @throws {@link OptionError} for an option that is unknown or out of range. Rejects where the address cannot be had, with
 * Node's `code` such as `EADDRINUSE`, and with the code `TYPHOON_WORKERS` when the workers keep crashing.
 */
export async function run(handler: ExchangeHandler, logger: Logger, options: RunOptions): Promise<void> {
  const { workers, deadline, maxRestarts, restartWindow, onListening, ...server } = resolveRunOptions(options)
  if (isWorkerProcess()) return runWorker(handler, logger, { server, deadline, onListening })
  if (workers > 1) {
    return superviseWorkers(logger, { workers, deadline, maxRestarts, restartWindow, path: server.path })
  }
  await serve(handler, logger, { server, deadline, onListening })
}

function resolveRunOptions({
  workers = 1,
  deadline = 10_000,
  maxRestarts = 10,
  restartWindow = 60_000,
  onListening,
  ...server
}: RunOptions) {
  checkInteger('workers', workers, { min: 0, max: MAX_WORKERS })
  checkInteger('deadline', deadline, { min: 0, max: LONGEST_TIMER })
  checkInteger('maxRestarts', maxRestarts, { min: 0, max: Number.MAX_SAFE_INTEGER })
  checkInteger('restartWindow', restartWindow, { min: 1, max: LONGEST_TIMER })
  if (onListening !== undefined) checkType('onListening', onListening, 'function')
  resolveServerOptions(server) // a mistake is told here, before anything is forked
  const count = workers === 0 ? availableParallelism() : workers
  return { ...server, workers: count, deadline, maxRestarts, restartWindow, onListening }
}
