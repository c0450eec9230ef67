import { inspect } from 'node:util'
import { urlCredentials, withAuth } from './authentication.ts'
import { HTTPClientOptionError } from './option-error.ts'
import { type RequestOptions, resolveRequestOptions } from './request-options.ts'

/**
 * A request that can be kept, passed around and sent more than once (Tornado: `HTTPRequest`).
 *
 * @example
 * const login = new HTTPRequest('https://example.com/login', { method: 'POST', form: { name: 'ann' } })
 * await client.fetch(login)
 */
export class HTTPRequest {
  static {
    // console.log() and Node's own traces show it like this, for the reason that toJSON() has
    const value = function (this: HTTPRequest): string {
      return `HTTPRequest { ${this.method} ${this.url.href} }`
    }
    Object.defineProperty(this.prototype, inspect.custom, { value })
  }
  /** As given, without a name and password. */
  readonly url: URL
  readonly method: string
  /** As given; a name and password under `auth`, wherever they stood. */
  readonly options: RequestOptions

  /**
   * @param url - `http:` or `https:`; a name and password in it are sent as basic authentication
   * @throws {@link HTTPClientOptionError} for a URL or an option that cannot be used
   */
  constructor(url: string | URL, options: RequestOptions = {}) {
    const parsed = URL.canParse(String(url)) ? new URL(url) : undefined
    if (parsed === undefined) throw new HTTPClientOptionError(`${JSON.stringify(String(url))} is not an absolute URL`)
    if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
      throw new HTTPClientOptionError(`a URL must begin with http: or https:, got ${parsed.protocol}`)
    }
    const auth = urlCredentials('a URL', parsed)
    parsed.username = parsed.password = ''
    this.url = parsed
    const given = withAuth(options)
    this.options = Object.freeze({ ...given, ...(auth === undefined || given.auth !== undefined ? {} : { auth }) })
    this.method = resolveRequestOptions(this.options, {}).method
  }

  /** Method and URL for logs, to which errors take it along: the options may hold passwords and keys. */
  toJSON(): { readonly method: string; readonly url: string } {
    return { method: this.method, url: this.url.href }
  }
}
