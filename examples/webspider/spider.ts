/** Fetches a site page by page: several at a time, each once, and never faster than is polite. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type AsyncHTTPClient, HTTPClientError, type HTTPResponse } from '@typhoon/client'
import { parsePage } from './links.ts'

export interface SpiderOptions {
  /** Fetches at a time. */
  readonly concurrency: number
  /** Least time between the beginnings of two fetches, in milliseconds. */
  readonly delay: number
  readonly maxPages: number
}

export interface Summary {
  readonly pages: { readonly url: string; readonly title: string; readonly bytes: number }[]
  readonly broken: { readonly url: string; readonly error: string; readonly from: string }[]
  /** Links to other sites, which are not followed. */
  readonly foreign: Set<string>
}

export class Spider {
  readonly #client: AsyncHTTPClient
  readonly #options: SpiderOptions
  readonly #summary: Summary = { pages: [], broken: [], foreign: new Set() }
  /** Every URL that was ever put into the line, with the page that first named it. */
  readonly #seen: Map<string, string> = new Map()
  readonly #line: string[] = []
  #origin: string | undefined // of the first page, where redirects have led: http://a.example may be https://www.a.example
  #nextStart = 0

  constructor(client: AsyncHTTPClient, options: SpiderOptions) {
    this.#client = client
    this.#options = options
  }

  /** Follows the links of the site from `start` on; settles when none is left. */
  async crawl(start: URL): Promise<Summary> {
    this.#add(start, '')
    const running = new Set<Promise<void>>()
    while (this.#line.length > 0 || running.size > 0) {
      const url = running.size < this.#options.concurrency ? this.#line.shift() : undefined
      if (url === undefined) {
        await Promise.race(running)
        continue
      }
      await this.#politely()
      const visit = this.#visit(url).finally(() => running.delete(visit))
      running.add(visit)
    }
    return this.#summary
  }

  #add(url: URL, from: string): void {
    if (this.#seen.has(url.href) || this.#seen.size >= this.#options.maxPages) return
    this.#seen.set(url.href, from)
    this.#line.push(url.href)
  }

  async #politely(): Promise<void> {
    const now = Date.now()
    const wait = Math.max(0, this.#nextStart - now)
    this.#nextStart = now + wait + this.#options.delay
    if (wait > 0) await sleep(wait)
  }

  async #visit(url: string): Promise<void> {
    try {
      this.#read(url, await this.#client.fetch(url, { headers: { Accept: 'text/html' } }))
    } catch (error) {
      if (!(error instanceof HTTPClientError)) throw error
      this.#summary.broken.push({ url, error: error.message, from: this.#seen.get(url) ?? '' })
    }
  }

  #read(url: string, response: HTTPResponse): void {
    const { effectiveUrl, headers, body } = response
    const { origin } = new URL(effectiveUrl)
    this.#origin ??= origin
    if (origin !== this.#origin) return void this.#summary.foreign.add(effectiveUrl)
    const isPage = headers.get('content-type')?.startsWith('text/html') === true
    const { title, links } = isPage ? parsePage(response.text(), effectiveUrl) : { title: '', links: [] }
    this.#summary.pages.push({ url, title, bytes: body.length })
    for (const link of links) {
      if (link.origin === origin) this.#add(link, url)
      else this.#summary.foreign.add(link.href)
    }
  }
}
