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
  /** As given, without a name and password. */
  readonly url: URL
  readonly method: string
  readonly options: RequestOptions

  /**
   * @param url - `http:` or `https:`; a name and password in it are sent as basic authentication
   * @throws {@link HTTPClientOptionError} for a URL or an option that cannot be used
   */
  constructor(url: string | URL, options: RequestOptions = {}) {
    if (!URL.canParse(String(url)))
      throw new HTTPClientOptionError(`${JSON.stringify(String(url))} is not an absolute URL`)
    const parsed = new URL(url)
    if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
      throw new HTTPClientOptionError(`a URL must begin with http: or https:, got ${parsed.protocol}`)
    }
    const username = decodeURIComponent(parsed.username)
    const auth = username === '' ? undefined : { username, password: decodeURIComponent(parsed.password) }
    parsed.username = parsed.password = ''
    this.url = parsed
    this.options = Object.freeze({ ...options, ...(auth === undefined || options.auth !== undefined ? {} : { auth }) })
    this.method = resolveRequestOptions(this.options, {}).method
  }
}
