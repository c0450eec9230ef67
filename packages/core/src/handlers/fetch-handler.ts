import { Readable } from 'node:stream'
import { HTTPError } from '../errors.ts'
import { RequestHandler } from '../request-handler.ts'
import { sendReturnValue } from '../return-value.ts'
import type { FetchFunction } from '../routing/route-target.ts'

const FORBIDDEN: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']) // methods that Request refuses

/** Leaves the request to a function from `Request` to `Response`, such as a Hono application's `fetch`. */
export class FetchHandler extends RequestHandler {
  static readonly acceptsAnyMethod: boolean = true
  static readonly streamRequestBody: boolean = true
  #fetch!: FetchFunction
  #prefix = ''

  /** @param args.prefix - taken off the path of the request's URL */
  override initialize({ fetch, prefix = '' }: { fetch: FetchFunction; prefix?: string }): void {
    this.#fetch = fetch
    this.#prefix = prefix
  }

  override async prepare(): Promise<void> {
    const response = await this.#fetch(this.#toRequest())
    await sendReturnValue(this, response)
    if (!this.finished) this.finish()
  }

  #toRequest(): Request {
    const { method, headers, signal, protocol, host, uri, body } = this.request
    const rest = uri.slice(this.#prefix.length)
    const url = `${protocol}://${host}${rest.startsWith('/') ? rest : `/${rest}`}`
    if (!URL.canParse(url)) throw new HTTPError(400, `Host: ${host}`) // RFC 3986 allows names that the URL standard refuses
    if (FORBIDDEN.has(method)) throw new HTTPError(501, `${method} is not possible in a fetch request`)
    const init = { method, headers: [...headers], signal }
    if (method === 'GET' || method === 'HEAD') return new Request(url, init)
    // Node's own Request takes a web stream only together with `duplex`, which its type does not know yet
    return new Request(url, { ...init, body: Readable.toWeb(Readable.from(body)), duplex: 'half' } as RequestInit)
  }
}
