import type { ExchangeHandler } from '../exchange.ts'
import { HTTPServer } from './http-server.ts'
import type { ServerOptions } from './server-options.ts'

/** An address that cannot be listened on, explained; `code` is Node's, such as `EADDRINUSE`. */
export class ListenError extends Error {
  static {
    this.prototype.name = 'ListenError'
  }
  readonly code: string

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program already listens there; stop it or choose another address',
  EACCES: 'this user may not; ports below 1024 often need more rights',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'there is no such host',
}

/** Makes a server and lets it listen. Rejects with a {@link ListenError} that names the address where that fails. */
export async function listen(handler: ExchangeHandler, options: ServerOptions): Promise<HTTPServer> {
  const server = new HTTPServer(handler, options)
  try {
    return await server.listen()
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException, options)
  }
}

function explain(error: NodeJS.ErrnoException, { port = 8888, host, path }: ServerOptions): Error {
  const { code } = error
  if (code === undefined) return error
  const address = path ?? (host === undefined ? `port ${port}` : `${host}, port ${port}`)
  return new ListenError(`cannot listen on ${address}: ${REASONS[code] ?? error.message}`, code, { cause: error })
}
