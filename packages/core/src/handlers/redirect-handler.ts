import { OptionError } from '../options.ts'
import { RequestHandler } from '../request-handler.ts'
import { toLocalTarget } from '../security/local-redirect.ts'

/** Arguments of {@link RedirectHandler}. */
export interface RedirectArgs {
  /** Where to; `{0}` stands for the first positional group, `{name}` for a named one. */
  readonly url: string
  /** 301, else 302. @defaultValue true */
  readonly permanent?: boolean
}

const PLACEHOLDER = /\{(\w+)\}/g

/**
 * Redirects GET and HEAD, with the query of the request (Tornado: `RedirectHandler`).
 *
 * What a group captured is percent-encoded where it is put in and cannot lead to another site, unless the URL names one.
 *
 * @example
 * [/\/pictures\/(.*)/, RedirectHandler, { url: '/photos/{0}' }]
 */
export class RedirectHandler extends RequestHandler {
  #url = ''
  #permanent = true

  /** @throws {@link OptionError} for a URL whose site would depend on the request */
  override initialize({ url, permanent = true }: RedirectArgs): void {
    if (/^(?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#]*\{/i.test(url))
      throw new OptionError(`RedirectHandler: ${url} lets the request choose the site`)
    this.#url = url
    this.#permanent = permanent
  }

  override get(): void {
    const filled = this.#url.replace(PLACEHOLDER, (_, key: string) => this.#captured(key))
    const target = addQuery(filled, this.request.query)
    this.redirect(namesSite(this.#url) ? target : toLocalTarget(target), { permanent: this.#permanent })
  }

  #captured(key: string): string {
    const value = (this.pathArgs as Readonly<Record<string, unknown>>)[key] // an index or a name
    const texts = Array.isArray(value) ? value : [value ?? '']
    return texts.map((text) => encodeURIComponent(String(text)).replaceAll('%2F', '/')).join('/')
  }
}

function namesSite(url: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(url)
}

function addQuery(url: string, query: string): string {
  if (query === '') return url
  const [target = '', ...fragment] = url.split('#')
  return [`${target}${target.includes('?') ? '&' : '?'}${query}`, ...fragment].join('#')
}
