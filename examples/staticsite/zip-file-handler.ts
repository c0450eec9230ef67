import { type ErrorDetails, HTTPError, type StaticURLOptions } from '@typhoon/core'
import { StaticFileHandler, type StaticOptions } from '@typhoon/static'
import type { ZipArchive, ZipEntry } from './zip-archive.ts'

/** What a rule gives to {@link ZipFileHandler}. */
export interface ZipOptions extends StaticOptions {
  readonly archive: ZipArchive
}

const CONTENT_TYPE_OF_PAGES = 'text/html; charset=utf-8'

/**
 * Serves the files of an archive under `/`, with index files and clean URLs.
 *
 * It says which content a path stands for and what is known about it. Conditions, ranges, types and caching are those of
 * {@link StaticFileHandler}.
 */
export class ZipFileHandler extends StaticFileHandler {
  #archive!: ZipArchive
  #notFoundPage: string | undefined
  #entry: ZipEntry | undefined

  override initialize({ archive, notFoundPage }: ZipOptions): void {
    this.#archive = archive
    this.#notFoundPage = notFoundPage
  }

  /** @returns the name of the entry; undefined once the request has been sent elsewhere */
  override validateAbsolutePath(_root: string, path: string): string | undefined {
    const elsewhere = this.#shorterPath(path) ?? this.#directoryPath(path)
    if (elsewhere !== undefined) return this.#redirectTo(elsewhere)
    const names = path === '' || path.endsWith('/') ? [`${path}index.html`] : [path, `${path}.html`]
    const name = names.find((each) => this.#archive.has(each))
    if (name === undefined) throw new HTTPError(404, `the archive has no ${path}`)
    this.#entry = this.#archive.get(name)
    return name
  }

  override getContentSize(): number {
    return this.#entry?.content.length ?? 0
  }

  override getModifiedTime(): Date {
    return this.#archive.changed
  }

  override getContentVersion(): string | undefined {
    return this.#entry?.version
  }

  override getContent(_path: string, start: number, end: number): Uint8Array {
    return this.#entry?.content.subarray(start, end) ?? new Uint8Array()
  }

  override async writeError(status: number, details: ErrorDetails): Promise<void> {
    const page = this.#notFoundPage === undefined ? undefined : this.#archive.get(this.#notFoundPage)
    const takesPages = this.request.headers.get('accept')?.includes('text/html') === true
    if (status !== 404 || page === undefined || !takesPages) return void (await super.writeError(status, details))
    this.setHeader('Cache-Control', 'no-store')
    this.setHeader('Content-Type', CONTENT_TYPE_OF_PAGES)
    this.finish(page.content)
  }

  static override getVersion({ archive }: ZipOptions, path: string): string | undefined {
    return archive.get(path)?.version
  }

  static override makeStaticUrl(
    options: ZipOptions,
    path: string,
    { includeVersion = true }: StaticURLOptions = {},
  ): string {
    const version = includeVersion ? this.getVersion(options, path) : undefined
    return version === undefined ? urlOf(path) : `${urlOf(path)}?v=${version}`
  }

  /** `/about` for `/about.html`. */
  #shorterPath(path: string): string | undefined {
    if (!path.endsWith('.html') || !this.#archive.has(path)) return undefined
    return urlOf(path.replace(/(?:(?<![^/])index)?\.html$/, ''))
  }

  /** `/notes/` for `/notes`, since links on its index page are relative to that. */
  #directoryPath(path: string): string | undefined {
    const isDirectory = path !== '' && !path.endsWith('/') && this.#archive.has(`${path}/index.html`)
    return isDirectory && !this.#archive.has(path) ? urlOf(`${path}/`) : undefined
  }

  #redirectTo(path: string): undefined {
    const { query } = this.request
    this.redirect(query === '' ? path : `${path}?${query}`, { permanent: true })
  }
}

function urlOf(path: string): string {
  return `/${path.split('/').map(encodeURIComponent).join('/')}`
}
