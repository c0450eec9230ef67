import type { ExchangeHandler } from '../exchange.ts'
import type { Logger } from '../log.ts'
import type { HTTPServer } from './http-server.ts'
import { listen } from './listen.ts'
import type { ServerOptions } from './server-options.ts'
import { graceFor, onStopSignal } from './stop-signals.ts'

/** What it takes to serve in one process. */
export interface ServeOptions {
  readonly server: ServerOptions
  /** How long what is under way may take to end, in milliseconds. */
  readonly deadline: number
  readonly onListening: ((server: HTTPServer) => void) | undefined
}

/** Serves in this process until a signal asks to stop. */
export async function serve(handler: ExchangeHandler, logger: Logger, options: ServeOptions): Promise<void> {
  const server = await listen(handler, options.server)
  logger.info({ name: 'server', url: server.url }, `listening on ${server.url}`)
  options.onListening?.(server)
  const signal = await onStopSignal()
  logger.info({ name: 'server', signal }, `${signal}: closing`)
  await server.close({ deadline: options.deadline, grace: graceFor(signal) })
}
