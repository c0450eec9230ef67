import type { ExchangeHandler } from '../exchange.ts'
import type { Logger } from '../log.ts'
import { HTTPServer } from './http-server.ts'
import type { ServerOptions } from './server-options.ts'

/** Options of `Application.run()`. */
export interface RunOptions extends ServerOptions {
  /** How long requests and sockets under way may take to end, in milliseconds. @defaultValue 10000 */
  deadline?: number | undefined
  /** Called once the server listens, for instance to print its address. */
  onListening?: ((server: HTTPServer) => void) | undefined
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Serves until a signal asks to stop; settles when the server has closed. A second signal ends the process at once. */
export async function run(handler: ExchangeHandler, logger: Logger, options: RunOptions): Promise<void> {
  const { deadline, onListening, ...serverOptions } = options
  const server = await new HTTPServer(handler, serverOptions).listen()
  onListening?.(server)
  const signal = await nextSignal()
  logger.info({ name: 'server', signal }, `${signal}: closing`)
  const impatient = nextSignal().then((second) => process.exit(second === 'SIGINT' ? 130 : 143))
  await Promise.race([server.close(deadline === undefined ? {} : { deadline }), impatient])
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const listener = (signal: NodeJS.Signals) => {
      for (const name of SIGNALS) process.off(name, listener)
      resolve(signal)
    }
    for (const name of SIGNALS) process.on(name, listener)
  })
}
