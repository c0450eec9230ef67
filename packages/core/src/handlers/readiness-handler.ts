import { HTTPError } from '../errors.ts'
import { RequestHandler } from '../request-handler.ts'

/**
 * Tells a load balancer whether to send requests: 200 with `ok`, 503 from the moment at which the server begins to shut down,
 * or when the rule's own check fails.
 *
 * @example
 * ['/healthz', ReadinessHandler, { check: () => db.ping() }]
 */
export class ReadinessHandler extends RequestHandler {
  #check: () => unknown = () => undefined

  /** @param args.check - may be async; `false`, or an error that it throws, means not ready */
  override initialize({ check }: { check?: () => unknown }): void {
    if (check !== undefined) this.#check = check
  }

  override async get(): Promise<void> {
    this.setHeader('Content-Type', 'text/plain; charset=UTF-8')
    this.setHeader('Cache-Control', 'no-store')
    if (this.shuttingDown) throw new HTTPError(503, 'shutting down')
    if ((await this.#check()) === false) throw new HTTPError(503, 'not ready')
    this.write('ok\n')
  }
}
