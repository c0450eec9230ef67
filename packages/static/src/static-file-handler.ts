/**
 * The handler for static files: which file, which answer, with Tornado's points for overriding either.
 */
import { join, resolve } from 'node:path'
import { type ErrorDetails, HTTPError, isLocalTarget, RequestHandler, type StaticURLOptions } from '@typhoon/core'
import { appendVary, mediaTypeOf, parseByteRanges } from '@typhoon/core/headers'
import { type AnswerFields, answerFields, areLasting, type Field } from './answer-fields.ts'
import { type BodyPlan, partialBody, wholeBody } from './body-plan.ts'
import { DO_NOT_STORE, IMMUTABLE, maxAge, REVALIDATE } from './cache-control.ts'
import { contentTypeOf, loadMediaTypes } from './content-type.ts'
import { listDirectory, listingPage } from './directory-listing.ts'
import { contentOf, writeContent, writeFile, writeIterable } from './file-response.ts'
import type { FileStore, FoundFile } from './file-store.ts'
import { after, type MaybePromise } from './maybe-promise.ts'
import { isNavigationRequest, takesHTML } from './navigation.ts'
import { judgePreconditions, rangeApplies } from './preconditions.ts'
import type { ReadyAnswer } from './ready-answers.ts'
import { type Representation, readSmallFile } from './representation.ts'
import type { StaticOptions } from './static-options.ts'
import { type ServedRoot, type StaticSite, siteOf } from './static-site.ts'
import { checkEncodedPath, checkPath, encodePath } from './url-path.ts'

/** What a pattern with a named group or a wildcard captured. */
export interface CapturedPath {
  readonly path: string | readonly string[]
}

const NO_OPTIONS: StaticOptions = {}
const MAX_ERROR_PAGE_SIZE = 1024 * 1024 // bytes

/**
 * Serves the files of a directory (Tornado: `StaticFileHandler`).
 *
 * A subclass may take the content from elsewhere: {@link validateAbsolutePath} finds it, {@link getContentSize},
 * {@link getModifiedTime}, {@link getContentVersion} and {@link getContent} tell about it. Conditions, ranges and caching work alike.
 *
 * The files that are in memory live with the object of options, so a rule, and a subclass that calls `super.initialize()`,
 * gives the same object for each request. `staticFiles()` sees to that.
 *
 * @example
 * [/\/media\/(.*)/, StaticFileHandler, { root: 'media', prefix: '/media/' }]
 */
export class StaticFileHandler extends RequestHandler {
  /** The path below the root, as asked for, with `/` between segments; empty for the root itself. */
  path = ''
  /** The file that is sent, once it is found. */
  absolutePath = ''
  #site: StaticSite = siteOf(NO_OPTIONS)
  #found: FoundFile | undefined
  #representation: Representation | undefined
  #version: string | undefined
  #isFallback = false
  /** True if the path led straight to a file in memory. */
  #isHot = false

  /** Called when an application is built. @throws {@link OptionError} for an option that cannot be */
  static checkArgs(options: object): void {
    if (this === StaticFileHandler) siteOf(options as StaticOptions) // a subclass may take other arguments
  }

  /** @throws {@link OptionError} for an option that cannot be */
  override initialize(options: StaticOptions): void {
    this.#site = siteOf(options)
  }

  /** The directory that is served; empty for a subclass without one. */
  get root(): string {
    return this.#site.options.root ?? ''
  }

  override setDefaultHeaders(): void {
    this.setHeader('X-Content-Type-Options', 'nosniff')
  }

  /**
   * Sends the file; HEAD too.
   *
   * @param path - the group that the pattern captured: positional, or named `path`
   * @throws {@link HTTPError} 403 outside the root, 404 for what is not there, 412 and 416 as the request's conditions ask
   */
  override get(path: string | CapturedPath = ''): void | Promise<void> {
    return after(loadMediaTypes(), () => this.#serve(path))
  }

  #serve(path: string | CapturedPath): void | Promise<void> {
    checkEncodedPath(this.request.path)
    const text = textOf(path)
    const ready = this.#readyAnswer(text)
    if (ready !== undefined) return this.#sendReady(ready)
    this.path = this.parseUrlPath(text)
    const valid = this.validateAbsolutePath(this.root, this.getAbsolutePath(this.root, this.path))
    const sent = after(valid, (absolutePath) => (absolutePath === undefined ? undefined : this.#send(absolutePath)))
    return sent instanceof Promise ? sent.finally(() => this.#close()) : this.#close()
  }

  // Where the content is

  /**
   * The path below the root for the path of a URL, `/` between segments (Tornado: `parse_url_path`).
   *
   * @param urlPath - decoded
   * @throws {@link HTTPError} 403 for a path that leads out of the root or to a dotfile, 404 for a name that no file has
   */
  parseUrlPath(urlPath: string): string {
    checkPath(urlPath, this.#site.pathRules)
    return urlPath
  }

  /** The file that a path stands for, not looked at yet (Tornado: `get_absolute_path`). */
  getAbsolutePath(root: string, path: string): string {
    return root === '' ? path : resolve(root, path)
  }

  /**
   * Finds what is to be sent (Tornado: `validate_absolute_path`). It may be async.
   *
   * @returns the path of the content, for the other methods; undefined if the request has been answered, for instance by a redirect
   * @throws {@link HTTPError} 403 outside the root, 404 for what is not there
   */
  validateAbsolutePath(_root: string, absolutePath: string): MaybePromise<string | undefined> {
    const { served } = this.#site
    if (served === undefined) throw new Error(`${this.constructor.name}: give the option root, or override this method`)
    if (absolutePath !== served.path && !served.store.root.holds(absolutePath))
      throw new HTTPError(403, 'outside the root')
    const hot = served.locator.peek(this.path, absolutePath)
    if (hot === undefined) return this.#locate(served, absolutePath)
    this.#isHot = true
    return this.#take(hot)
  }

  // What it is; by default, what the file says

  /**
   * The content, or the part of it from `start` to `end` (Tornado: `get_content`).
   *
   * @param start - position of the first byte
   * @param end - position behind the last byte
   */
  getContent(
    _absolutePath: string,
    start: number,
    end: number,
  ): Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
    if (this.#found === undefined) throw new Error(`${this.constructor.name}: override this method too`)
    return contentOf(this.#found, start, end)
  }

  /** Size of the content in bytes (Tornado: `get_content_size`). */
  getContentSize(): number {
    return this.#representation?.size ?? this.#found?.size ?? 0
  }

  /** When the content last changed; undefined if that is not known (Tornado: `get_modified_time`). */
  getModifiedTime(): Date | undefined {
    const modified = this.#representation?.modified ?? this.#found?.identity.mtimeMs
    return modified === undefined ? undefined : new Date(modified)
  }

  /** The media type of the content (Tornado: `get_content_type`). */
  getContentType(): string {
    return contentTypeOf(this.absolutePath, this.#site.options.contentTypes)
  }

  /**
   * What changes whenever the content does, for entity tags and for `?v=` (Tornado: `get_content_version`). It may be async.
   *
   * @returns undefined if there is no such thing; characters other than those of RFC 9110 §8.8.3 are not allowed
   */
  getContentVersion(_absolutePath: string): MaybePromise<string | undefined> {
    return this.#found === undefined ? undefined : this.#site.served?.versions.of(this.#found)
  }

  // How it is sent

  /**
   * For how long the content may be used without asking, in seconds, where the URL has no version; 0 for never
   * (Tornado: `get_cache_time`).
   */
  getCacheTime(_path: string, _modified: Date | undefined, _contentType: string): number {
    return this.#site.options.maxAge
  }

  /** For further fields; called when the usual ones are set (Tornado: `set_extra_headers`). */
  setExtraHeaders(_path: string): void {}

  override computeEtag(): string | undefined {
    return this.#representation === undefined ? super.computeEtag() : this.#representation.etag
  }

  /** A missing file is not to be cached, and goes with the option `notFoundPage` where the client takes HTML. */
  override writeError(status: number, details: ErrorDetails): unknown {
    if (status !== 404) return super.writeError(status, details)
    this.setHeader('Cache-Control', DO_NOT_STORE)
    const { served, options } = this.#site
    if (served === undefined || options.notFoundPage === undefined || !takesHTML(this.request.headers))
      return super.writeError(status, details)
    return this.#writeNotFoundPage(served, options.notFoundPage, details)
  }

  // Versioned URLs

  /**
   * The URL of a file, with its version (Tornado: `make_static_url`); `this.staticUrl()` of every handler asks here.
   *
   * It does not wait: a file of more than 1 MiB that nobody has asked for yet gets a URL without a version, and is read
   * meanwhile. So does one that does not exist.
   */
  static makeStaticUrl(options: StaticOptions, path: string, { includeVersion = true }: StaticURLOptions = {}): string {
    const site = siteOf(options)
    const { prefix } = site.options
    const built = site.manifest?.fileOf(path)
    if (built !== undefined) return prefix + encodePath(built)
    const version = includeVersion ? this.getVersion(options, path) : undefined
    return prefix + encodePath(path) + (version === undefined ? '' : `?v=${encodeURIComponent(version)}`)
  }

  /** The version for the URL of a file; undefined for none (Tornado: `get_version`). */
  static getVersion(options: StaticOptions, path: string): string | undefined {
    return siteOf(options).versionOf(path)
  }

  // Finding a file

  #take(file: FoundFile): string {
    this.#found = file
    return file.path
  }

  async #locate({ locator, store }: ServedRoot, absolutePath: string): Promise<string | undefined> {
    const { path } = this
    const isNavigation = isNavigationRequest(this.request.headers) && this.#urlVersion === undefined
    const location = await locator.locate({ path, absolutePath, urlPath: this.request.path, isNavigation })
    if (location.kind === 'redirect') return this.#redirectTo(location.path)
    if (location.kind === 'listing') return this.#sendListing(store, location.directory)
    this.#isFallback = location.kind === 'fallback'
    return this.#take(location.file)
  }

  /** To another path of the site, with the query of this request. */
  #redirectTo(path: string): undefined {
    const { query } = this.request
    const target = query === '' ? path : `${path}?${query}`
    if (!isLocalTarget(target)) throw new HTTPError(404, 'a redirect would leave the site')
    this.redirect(target, { permanent: true })
    return undefined
  }

  async #sendListing({ root }: FileStore, directory: string): Promise<undefined> {
    const { followSymlinks } = this.#site.options
    const isServed = (name: string) => this.#isServed(name)
    const { files, more } = await listDirectory(directory, root.realPath, { followSymlinks, isServed })
    this.setHeader('Content-Type', 'text/html; charset=utf-8')
    this.setHeader('Content-Security-Policy', "default-src 'none'")
    this.setHeader('Cache-Control', REVALIDATE)
    this.finish(listingPage(`/${this.path}`, files, { parent: this.path !== '', more }))
    return undefined
  }

  #isServed(name: string): boolean {
    try {
      this.parseUrlPath(this.path + name)
      return true
    } catch {
      return false
    }
  }

  // Sending what was worked out before

  /** Whether all that an answer says is what this class makes of the file, and not a subclass. */
  get #isPlain(): boolean {
    const { prototype } = StaticFileHandler
    return (
      this.parseUrlPath === prototype.parseUrlPath &&
      this.getAbsolutePath === prototype.getAbsolutePath &&
      this.validateAbsolutePath === prototype.validateAbsolutePath &&
      this.getContent === prototype.getContent &&
      this.getContentSize === prototype.getContentSize &&
      this.getModifiedTime === prototype.getModifiedTime &&
      this.getContentType === prototype.getContentType &&
      this.getContentVersion === prototype.getContentVersion &&
      this.getCacheTime === prototype.getCacheTime &&
      this.setExtraHeaders === prototype.setExtraHeaders &&
      this.setEtagHeader === prototype.setEtagHeader &&
      this.computeEtag === prototype.computeEtag &&
      this.root === this.#site.served?.path
    )
  }

  #readyAnswer(path: string): ReadyAnswer | undefined {
    const { query, headers } = this.request
    const answers = this.#site.served?.answers
    if (answers === undefined || query !== '' || !this.#isPlain) return undefined
    const answer = answers.get(path, headers.get('accept-encoding'))
    const isOther = answer?.representation.acceptsRanges === false && headers.has('range') // a part is of another form
    return isOther ? undefined : answer
  }

  #sendReady({ path, file, representation, fields }: ReadyAnswer): MaybePromise<void> {
    this.path = path
    this.absolutePath = this.#take(file)
    this.#representation = representation
    return this.#answer(representation, fields)
  }

  /** Keeps an answer, if it is made of nothing but what is in memory and the same for everybody. */
  #keepReady(representation: Representation, fields: AnswerFields): void {
    const { served, manifest } = this.#site
    const { query, headers } = this.request
    const file = this.#isHot ? this.#found : undefined
    if (served === undefined || file === undefined || representation.content === undefined || !this.#isPlain) return
    if (query !== '' || headers.has('range') || manifest !== undefined || !areLasting(representation)) return
    const checkedAt = Math.min(representation.checkedAt, served.store.checkedAt(file))
    served.answers.set({ path: this.path, file, representation, fields }, headers.get('accept-encoding'), checkedAt)
  }

  // Sending it

  #send(absolutePath: string): MaybePromise<void> {
    this.absolutePath = absolutePath
    return after(this.#findVersion(absolutePath), (version) => {
      this.#version = version
      return after(this.#represent(), (representation) => this.#respond(representation))
    })
  }

  /** Whether the entity tag is made of what `getContentVersion()` says, rather than of the form that is sent. */
  get #hasOwnVersion(): boolean {
    return this.#found === undefined || this.#overrides('getContentVersion') || this.#overrides('getContent')
  }

  #overrides(name: 'getContent' | 'getContentVersion'): boolean {
    return this[name] !== StaticFileHandler.prototype[name]
  }

  /** Hashing a large file is spared where neither the URL nor a subclass asks for it. */
  #findVersion(absolutePath: string): MaybePromise<string | undefined> {
    return this.#hasOwnVersion || this.#urlVersion !== undefined ? this.getContentVersion(absolutePath) : undefined
  }

  get #urlVersion(): string | undefined {
    return this.request.query === '' ? undefined : this.getQueryArgument('v', undefined)
  }

  #represent(): MaybePromise<Representation> {
    const found = this.#found
    const served = this.#site.served
    if (found === undefined || served === undefined || this.#overrides('getContent'))
      return this.#foreignRepresentation()
    if (found.version === undefined) found.version = this.#hasOwnVersion ? undefined : this.#version
    const { headers, method } = this.request
    return served.representations.choose(found, {
      mediaType: mediaTypeOf(this.getContentType()),
      acceptEncoding: headers.get('accept-encoding'),
      partial: method === 'GET' && headers.has('range'),
    })
  }

  /** Of content that a subclass gives. */
  #foreignRepresentation(): Representation {
    const modified = this.getModifiedTime()?.getTime()
    const common = { encoding: undefined, negotiated: false, acceptsRanges: true, content: undefined, file: undefined }
    return { ...common, size: this.getContentSize(), etag: undefined, modified, checkedAt: 0 }
  }

  #respond(chosen: Representation): MaybePromise<void> {
    const representation = this.#hasOwnVersion ? { ...chosen, etag: this.#ownEtag(chosen) } : chosen
    this.#representation = representation
    const fields = this.#fieldsOf(representation)
    this.#keepReady(representation, fields)
    return this.#answer(representation, fields)
  }

  #answer(representation: Representation, { whole, unchanged }: AnswerFields): MaybePromise<void> {
    const verdict = judgePreconditions(this.request.headers, representation)
    if (verdict === 'failed') throw new HTTPError(412)
    this.#setHeaders(representation, verdict === 'not modified' ? unchanged : whole)
    if (verdict === 'not modified') return this.setStatus(304)
    const plan = this.#plan(representation)
    if (plan.status === 206) this.setStatus(206)
    if (plan.contentType !== undefined) this.setHeader('Content-Type', plan.contentType)
    if (plan.contentRange !== undefined) this.setHeader('Content-Range', plan.contentRange)
    this.setHeader('Content-Length', plan.length)
    return this.request.method === 'HEAD' ? undefined : this.#writeBody(plan, representation)
  }

  #ownEtag({ encoding }: Representation): string | undefined {
    if (this.#version === undefined) return undefined
    return encoding === undefined ? `"${this.#version}"` : `"${this.#version}-${encoding}"`
  }

  #setHeaders({ negotiated }: Representation, fields: readonly Field[]): void {
    this.setEtagHeader()
    if (negotiated) this.#varyBy('Accept-Encoding')
    if (this.#isFallback) this.#varyBy('Accept', 'Sec-Fetch-Mode')
    for (const field of fields) this.setHeader(field[0], field[1])
    this.setExtraHeaders(this.path)
  }

  #varyBy(...names: readonly string[]): void {
    for (const name of names) this.setHeader('Vary', appendVary(this.getHeader('Vary'), name))
  }

  #fieldsOf(representation: Representation): AnswerFields {
    const { path, absolutePath } = this
    const contentType = this.getContentType()
    const cacheControl = this.#cacheControl(contentType)
    return answerFields(representation, { path, absolutePath, contentType, cacheControl, options: this.#site.options })
  }

  #cacheControl(contentType: string): string {
    if (this.#isFallback) return REVALIDATE
    const urlVersion = this.#urlVersion
    if (urlVersion !== undefined) return urlVersion === this.#version ? IMMUTABLE : REVALIDATE
    if (this.#site.manifest?.holds(this.path) === true) return IMMUTABLE
    const rule = this.#site.options.cacheControl.find(([pattern]) => this.path.search(pattern) >= 0)
    return rule === undefined ? maxAge(this.getCacheTime(this.path, this.getModifiedTime(), contentType)) : rule[1]
  }

  #plan(representation: Representation): BodyPlan {
    const { size, acceptsRanges } = representation
    const { headers, method } = this.request
    const range = method === 'GET' && acceptsRanges ? headers.get('range') : undefined // §14.2: only GET has ranges
    if (range === undefined || !rangeApplies(headers.get('if-range'), representation)) return wholeBody(size)
    const ranges = parseByteRanges(range, size)
    if (ranges === undefined) return wholeBody(size)
    if (ranges === 'unsatisfiable') {
      throw new HTTPError(416, `${range} is outside of ${size} bytes`, {
        headers: { 'Content-Range': `bytes */${size}` },
      })
    }
    return partialBody(ranges, size, this.getContentType())
  }

  #writeBody(plan: BodyPlan, { content, file }: Representation): MaybePromise<void> {
    if (content !== undefined) return writeContent(this, plan, content)
    if (file?.opened !== undefined) return writeFile(this, plan, file.opened)
    return this.#writeForeignContent(plan)
  }

  async #writeForeignContent(plan: BodyPlan): Promise<void> {
    for (const piece of plan.pieces) {
      if (Buffer.isBuffer(piece)) {
        this.write(piece)
        continue
      }
      const content = this.getContent(this.absolutePath, piece.start, piece.end + 1)
      if (content instanceof Uint8Array) this.write(content)
      else await writeIterable(this, content)
    }
  }

  async #writeNotFoundPage({ path, store }: ServedRoot, name: string, details: ErrorDetails): Promise<void> {
    const page = await readSmallFile(store, join(path, name), MAX_ERROR_PAGE_SIZE)
    if (page === undefined) return void (await super.writeError(404, details))
    this.setHeader('Content-Type', contentTypeOf(name, this.#site.options.contentTypes))
    this.finish(page)
  }

  #close(): void {
    this.#found?.close()
    this.#representation?.file?.close()
  }
}

function textOf(path: string | CapturedPath): string {
  const text = typeof path === 'string' ? path : path.path
  return typeof text === 'string' ? text : text.join('/')
}
