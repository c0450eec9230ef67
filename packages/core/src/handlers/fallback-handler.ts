import { finished } from 'node:stream/promises'
import { RequestHandler } from '../request-handler.ts'
import type { NodeListener } from '../routing/route-target.ts'

/**
 * Leaves the request to a Node listener, such as an Express application (Tornado: `FallbackHandler`).
 *
 * Middleware of the application runs before it; body, XSRF check and response are the listener's own.
 */
export class FallbackHandler extends RequestHandler {
  static readonly acceptsAnyMethod: boolean = true
  static readonly streamRequestBody: boolean = true
  #fallback!: NodeListener
  #prefix = ''

  /** @param args.prefix - taken off `req.url`, as frameworks expect it of a mounted application */
  override initialize({ fallback, prefix = '' }: { fallback: NodeListener; prefix?: string }): void {
    this.#fallback = fallback
    this.#prefix = prefix
  }

  override async prepare(): Promise<void> {
    const { req, res } = this.handOverToNode()
    if (req.headers.expect !== undefined && req.httpVersion === '1.1') res.writeContinue() // as Node does for its own listeners
    req.url = withoutPrefix(this.request.uri, this.#prefix)
    try {
      await this.#fallback(req, res)
      await finished(res, { readable: false }).catch(() => undefined) // a client that left is noticed elsewhere
    } catch (error) {
      this.logException(error)
      if (res.headersSent) res.destroy()
      else res.writeHead(500, { 'Content-Length': 0 }).end()
    }
  }
}

function withoutPrefix(uri: string, prefix: string): string {
  const rest = uri.slice(prefix.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}
