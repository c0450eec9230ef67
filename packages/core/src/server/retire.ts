/**
 * How a server leaves without breaking a request that is already on its way.
 *
 * To close an idle keep-alive connection is to bet that its client is not just sending. A server that is stopped under load
 * loses that bet often, so for a while it closes only connections that it has answered with `Connection: close`, and none
 * under a client's hands.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import type { HTTPServer } from './http-server.ts'
import type { StopSignal } from './stop-signals.ts'

/** How a server is to stop. */
export interface RetireOptions {
  /** What is left after this time is cut off, in milliseconds. */
  readonly deadline: number
  /** What asked for it. SIGINT comes from a person at a terminal, who does not want to wait for idle connections. */
  readonly signal: StopSignal | undefined
}

const IDLE_GRACE = 2000 // ms in which a client in use sends its next request

/** Stops accepting, waits a little for idle connections, then closes the server; settles when nothing is left. */
export async function retire(server: HTTPServer, { deadline, signal }: RetireOptions): Promise<void> {
  const grace = signal === 'SIGINT' ? 0 : Math.min(IDLE_GRACE, deadline)
  const begun = performance.now()
  if (grace > 0) await turnAway(server, grace)
  const elapsed = Math.ceil(performance.now() - begun)
  await server.close({ deadline: Math.max(0, deadline - elapsed) })
}

/** Accepts no more connections, ends those there are with their next response, and settles when none is left or after `grace` ms. */
function turnAway({ server }: HTTPServer, grace: number): Promise<void> {
  for (const event of ['request', 'checkContinue']) {
    server.prependListener(event, (_req: IncomingMessage, res: ServerResponse) => {
      res.shouldKeepAlive = false
    })
  }
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, grace)
    NetServer.prototype.close.call(server, () => { // that of an HTTP server would close idle connections, too
      clearTimeout(timer)
      resolve()
    })
  })
}
