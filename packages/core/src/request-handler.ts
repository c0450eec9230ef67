import { isUtf8 } from 'node:buffer'
import type { Duplex } from 'node:stream'
import { Finish, HTTPError, MissingArgumentError } from './errors.ts'
import type { NodeMessages, ShutdownListener } from './exchange.ts'
import type {
  HandlerApplication,
  HandlerContext,
  HandlerSettings,
  PathArgs,
  RequestHolder,
  StaticURLOptions,
} from './handler-context.ts'
import { preferredLanguages } from './headers/accept.ts'
import { type CookieAttributes, serializeCookie } from './headers/cookie.ts'
import { matchesAny, parseEntityTag, parseEntityTagList } from './headers/entity-tag.ts'
import { checkReasonPhrase } from './headers/field-syntax.ts'
import { parseMediaType } from './headers/media-type.ts'
import type { Locale } from './locale.ts'
import { escapeControls, type Logger } from './log.ts'
import { type ArgumentMap, cleanArgument } from './request/arguments.ts'
import type { ServerRequest } from './request/server-request.ts'
import { type ErrorPage, errorPage, tracePage } from './response/error-page.ts'
import { jsonText } from './response/json.ts'
import { digest } from './response/preconditions.ts'
import type { FieldValue } from './response/response-headers.ts'
import { DETACHED_RESPONSE } from './response/response-writer.ts'
import { escapeHTML } from './security/escape.ts'
import { encodeRedirectTarget } from './security/local-redirect.ts'
import { createSignedValue, decodeSignedValue, signedValueKeyVersion } from './security/signed-value.ts'
import type { TemplateNamespace } from './template-engine.ts'
import { argumentObject, type Schema, ValidationError, validate } from './validation.ts'
import { checkXsrf, xsrfTokenFor } from './xsrf-protection.ts'

/** Text, bytes, or a value that is sent as JSON. */
export type Chunk = string | Uint8Array | object

/** Options of the argument getters. */
export interface ArgumentOptions {
  /** Remove white space from both ends. @defaultValue true */
  strip?: boolean
}

/** Options of `redirect()`. */
export interface RedirectOptions {
  /** 301 instead of 302. @defaultValue false */
  permanent?: boolean
  /** Another status from 300 to 399, for instance 303 or 308. */
  status?: number
}

/** What an error page may be made from. */
export interface ErrorDetails {
  /** What was thrown, if anything was. */
  error?: unknown
  /** The reason phrase, where it is not the usual one of the status. */
  reason?: string | undefined
}

/** Attributes of a signed cookie; it is `HttpOnly`, `SameSite=Lax` and, over TLS, `Secure` unless they say otherwise. */
export interface SignedCookieAttributes extends CookieAttributes {
  /** Days until the browser drops it; null for a cookie that ends with the session. @defaultValue 30 */
  expiresDays?: number | null
  /** Which of several keys signs. @defaultValue the setting `keyVersion` */
  keyVersion?: number
}

/** The type of `currentUser`: what `getCurrentUser()` of the same class returns or resolves to. */
export type CurrentUser<H extends { getCurrentUser(): unknown }> = Awaited<ReturnType<H['getCurrentUser']>>

const UNKNOWN = Symbol('not looked up yet')
const SECONDS_PER_DAY = 86_400

/**
 * Answers one request: the class that applications extend (Tornado: `RequestHandler`).
 *
 * A new object is made for each request. The life cycle calls `initialize()`, `prepare()`, the method of the request and
 * `onFinish()`, once each; the response ends by itself when the method returns.
 *
 * @example
 * class MainHandler extends RequestHandler {
 *   override get() {
 *     this.write('Hello, world')
 *   }
 * }
 */
export class RequestHandler {
  readonly #context: HandlerContext
  #currentUser: unknown = UNKNOWN
  #locale: Locale | undefined

  /** @param context - made by the life cycle; override `initialize()` instead of the constructor */
  constructor(context: HandlerContext) {
    this.#context = context
  }

  get application(): HandlerApplication {
    return this.#context.application
  }

  get settings(): HandlerSettings {
    return this.#context.application.settings
  }

  get request(): ServerRequest {
    return this.#context.request
  }

  get logger(): Logger {
    return this.#context.application.logger
  }

  /** What the path pattern captured, decoded; known from `prepare()` on (Tornado: `path_args`, `path_kwargs`). */
  get pathArgs(): PathArgs {
    return this.#context.pathArgs
  }

  // Hooks

  /** Called first, with the arguments of the rule; an object of its own for each request is already there. */
  initialize(_args: never): void {}

  /** Called before the method, whatever the method is; a response that it finishes is the answer. */
  prepare(): unknown {
    return undefined
  }

  /**
   * Called once when the response has been handed over or given up; for logging and cleaning up. It may be async, and the
   * server's shutdown waits for it.
   */
  onFinish(): unknown {
    return undefined
  }

  /** Called when the client goes away before the response is complete; see also `request.signal`. It may be async. */
  onConnectionClose(): unknown {
    return undefined
  }

  /** Receives the body in pieces, if the class says `static streamRequestBody = true`; the next one waits for it. */
  dataReceived?(chunk: Buffer): unknown

  get?(...args: never[]): unknown
  head?(...args: never[]): unknown
  post?(...args: never[]): unknown
  put?(...args: never[]): unknown
  patch?(...args: never[]): unknown
  delete?(...args: never[]): unknown
  options?(...args: never[]): unknown

  // Input

  /**
   * The last argument of that name, of the body before the query (Tornado: `get_argument`).
   *
   * Control characters become spaces; white space at both ends is removed unless `strip` is false.
   *
   * @param fallback - returned when the argument did not come; without one that is an error
   * @throws {@link MissingArgumentError} 400, without a fallback
   */
  getArgument(name: string): string
  getArgument<Fallback>(name: string, fallback: Fallback, options?: ArgumentOptions): string | Fallback
  getArgument(name: string, ...rest: [fallback?: unknown, options?: ArgumentOptions]): unknown {
    const body = this.request.bodyArguments
    return this.#lastArgument(body.has(name) ? body : this.request.queryArguments, name, rest)
  }

  /** Every argument of that name, those of the query first; an empty list if none came (Tornado: `get_arguments`). */
  getArguments(name: string, options?: ArgumentOptions): string[] {
    return [...this.getQueryArguments(name, options), ...this.getBodyArguments(name, options)]
  }

  /** As `getArgument()`, of the query only. @throws {@link MissingArgumentError} 400, without a fallback */
  getQueryArgument(name: string): string
  getQueryArgument<Fallback>(name: string, fallback: Fallback, options?: ArgumentOptions): string | Fallback
  getQueryArgument(name: string, ...rest: [fallback?: unknown, options?: ArgumentOptions]): unknown {
    return this.#lastArgument(this.request.queryArguments, name, rest)
  }

  /** As `getArguments()`, of the query only. */
  getQueryArguments(name: string, options?: ArgumentOptions): string[] {
    return this.#allArguments(this.request.queryArguments, name, options)
  }

  /** As `getArgument()`, of a form in the body only. @throws {@link MissingArgumentError} 400, without a fallback */
  getBodyArgument(name: string): string
  getBodyArgument<Fallback>(name: string, fallback: Fallback, options?: ArgumentOptions): string | Fallback
  getBodyArgument(name: string, ...rest: [fallback?: unknown, options?: ArgumentOptions]): unknown {
    return this.#lastArgument(this.request.bodyArguments, name, rest)
  }

  /** As `getArguments()`, of a form in the body only. */
  getBodyArguments(name: string, options?: ArgumentOptions): string[] {
    return this.#allArguments(this.request.bodyArguments, name, options)
  }

  /**
   * A last look at each argument and each captured part of the path, after decoding (Tornado: `decode_argument`).
   *
   * @param name - of the argument or named group; undefined for a positional group
   */
  decodeArgument(value: string, _name: string | undefined): string {
    return value
  }

  /**
   * The body as JSON, checked by a schema if one is given.
   *
   * @throws {@link HTTPError} 415 unless the content type is JSON, 400 for text that is not UTF-8 or not JSON
   * @throws {@link ValidationError} 400 with every issue
   */
  async json<Output = unknown>(schema?: Schema<Output>): Promise<Output> {
    const value = parseJSON(this.request)
    return schema === undefined ? (value as Output) : validate(schema, 'body', value)
  }

  /** The query arguments as an object, checked by a schema. @throws {@link ValidationError} 400 with every issue */
  query<Output>(schema: Schema<Output>): Promise<Output> {
    return validate(schema, 'query', argumentObject(this.request.queryArguments))
  }

  /** The fields of a form in the body as an object, checked by a schema. @throws {@link ValidationError} 400 with every issue */
  form<Output>(schema: Schema<Output>): Promise<Output> {
    return validate(schema, 'body', argumentObject(this.request.bodyArguments))
  }

  /** What the path captured, checked by a schema. @throws {@link ValidationError} 400 with every issue */
  params<Output>(schema: Schema<Output>): Promise<Output> {
    return validate(schema, 'path', this.pathArgs)
  }

  // Output

  get statusCode(): number {
    return this.#context.response.status
  }

  /** True once the head of the response has left and status, fields and cookies can no longer change. */
  get headersSent(): boolean {
    return this.#context.response.headSent
  }

  /** True once the response is complete or has been handed over. */
  get finished(): boolean {
    return this.#context.response.finished
  }

  /**
   * Sets the status of the response.
   *
   * @param status - from 200 to 599
   * @param reason - the reason phrase, where it should not be the usual one
   * @throws {@link RangeError} for another status, {@link TypeError} for a character that a reason phrase may not have
   * @throws {@link HeadersSentError} after the first `flush()`
   */
  setStatus(status: number, reason?: string): void {
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError(`setStatus: a response has a status from 200 to 599, got ${status}`)
    }
    if (reason !== undefined) checkReasonPhrase(reason)
    this.#context.response.setStatus(status, reason)
  }

  /**
   * Sets a field of the response in place of earlier ones of that name; a list sends it once for each value.
   *
   * @throws {@link TypeError} for a character that a field may not have (RFC 9110 §5.5)
   * @throws {@link HeadersSentError} after the first `flush()`
   */
  setHeader(name: string, value: FieldValue | readonly FieldValue[]): void {
    this.#context.response.assertHeadNotSent('setHeader', name)
    this.#context.response.headers.set(name, value)
  }

  /** Adds a field beside earlier ones of that name. @throws as `setHeader()` */
  addHeader(name: string, value: FieldValue): void {
    this.#context.response.assertHeadNotSent('addHeader', name)
    this.#context.response.headers.add(name, value)
  }

  /** Takes a field back that was set before. @throws {@link HeadersSentError} after the first `flush()` */
  clearHeader(name: string): void {
    this.#context.response.assertHeadNotSent('clearHeader', name)
    this.#context.response.headers.delete(name)
  }

  /** The value that a field of the response has so far. */
  getHeader(name: string): string | undefined {
    return this.#context.response.headers.get(name)
  }

  /** Sets a field that error pages keep too; for what must be on every answer, such as security headers. */
  setDefaultHeader(name: string, value: FieldValue): void {
    this.#context.response.assertHeadNotSent('setDefaultHeader', name)
    this.#context.response.setLasting(name, value)
  }

  /** Says that the response depends on a field of the request (RFC 9110 §12.5.5); `Vary` then has it in every case. */
  addVary(name: string): void {
    this.#context.response.assertHeadNotSent('addVary')
    this.#context.response.addVary(name)
  }

  /** Called when the response begins and again for an error page: the place for fields of every answer of a class. */
  setDefaultHeaders(): void {}

  /** Starts the response anew: status 200, default fields, no cookies, nothing written. */
  clear(): void {
    this.#context.response.clear()
    this.setDefaultHeaders()
    this.#context.response.restoreLasting()
  }

  /**
   * Adds to the body; an object or array is sent as JSON. Nothing leaves before `flush()` or the end.
   *
   * @throws {@link ResponseFinishedError} after the end of the response
   */
  write(chunk: Chunk): void {
    const { response } = this.#context
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) {
      response.write(chunk)
    } else if (typeof chunk === 'object' && chunk !== null) {
      const text = jsonText(chunk)
      if (!response.headSent && isDefaultType(response.headers.get('Content-Type'))) {
        response.headers.replace('Content-Type', 'application/json; charset=UTF-8')
      }
      response.write(text)
    } else {
      throw new TypeError(
        `write() takes text, bytes or an object for JSON, got ${chunk === null ? 'null' : typeof chunk}`,
      )
    }
  }

  /**
   * Sends what was written so far; the first call sends the head.
   *
   * @returns settles when the client's socket has taken it, rejects with {@link ConnectionClosedError} if the client is gone
   */
  flush(): Promise<void> {
    return this.#context.response.flush()
  }

  /**
   * Completes the response. It happens by itself when the method returns.
   *
   * @throws {@link ResponseFinishedError} for the second time
   */
  finish(chunk?: Chunk): void {
    if (chunk !== undefined) this.write(chunk)
    const { response } = this.#context
    if (!response.headSent && !response.finished) this.#answerConditionally()
    response.finish()
  }

  /**
   * Sends the client to another URL, with 302 unless the options say otherwise.
   *
   * @param url - absolute or relative; spaces and characters beyond ASCII are percent-encoded
   * @throws {@link RangeError} for a status outside 300 to 399, {@link TypeError} for control characters in `url`
   */
  redirect(url: string, { permanent = false, status = permanent ? 301 : 302 }: RedirectOptions = {}): void {
    if (!Number.isInteger(status) || status < 300 || status > 399) {
      throw new RangeError(`redirect: status must be from 300 to 399, got ${status}`)
    }
    this.setStatus(status)
    this.setHeader('Location', encodeRedirectTarget(url))
    this.#context.response.discardBody()
    this.finish()
  }

  /**
   * Answers with an error status and the page that `writeError()` makes, in place of all that was written and set so far.
   *
   * @throws {@link HeadersSentError} when the head has already left
   */
  sendError(status: number, details: ErrorDetails = {}): Promise<void> {
    this.clear()
    const { error, reason = error instanceof HTTPError ? error.reason : undefined } = details
    this.setStatus(status, reason)
    if (error instanceof HTTPError) {
      for (const [name, value] of Object.entries(error.headers)) this.setHeader(name, value)
    }
    return this.#track(this.#writeErrorSafely(status, details))
  }

  /**
   * Writes the body of an error answer; override it for pages of your own. It may be async.
   *
   * The default is Tornado's page, or `application/problem+json` (RFC 9457) for a client that prefers JSON, and the stack
   * with the setting `debug`.
   */
  writeError(status: number, details: ErrorDetails): unknown {
    const page = this.#errorPage(status, details.error)
    this.setHeader('Content-Type', page.contentType)
    this.finish(page.body)
    return undefined
  }

  // Cookies

  /** The value of a cookie, or `fallback` (Tornado: `get_cookie`). */
  getCookie(name: string): string | undefined
  getCookie<Fallback>(name: string, fallback: Fallback): string | Fallback
  getCookie(name: string, fallback?: unknown): unknown {
    return this.request.cookie(name) ?? fallback
  }

  /**
   * Adds a cookie to the response; it leaves with the head. Setting a name again replaces its earlier value.
   *
   * @param name - a token (RFC 9110 §5.6.2)
   * @param value - characters that a cookie cannot hold are quoted as Tornado and Python do
   * @param attributes - `maxAge` in seconds; `path` is `'/'` by default
   * @throws {@link TypeError} for a part with a character that RFC 6265 §4.1.1 does not allow there
   * @throws {@link HeadersSentError} after the first `flush()`
   */
  setCookie(name: string, value: string, attributes: CookieAttributes = {}): void {
    this.#context.response.setCookie(name, serializeCookie(name, value, { path: '/', ...attributes }))
  }

  /**
   * Makes the browser drop a cookie; `path` and `domain` must be those with which it was set.
   *
   * @throws {@link TypeError} for `expires` and `maxAge`, which say the opposite
   */
  clearCookie(name: string, attributes: Omit<CookieAttributes, 'expires' | 'maxAge'> = {}): void {
    for (const refused of ['expires', 'maxAge']) {
      if (refused in attributes) throw new TypeError(`clearCookie() takes no ${refused}: the cookie ends at once`)
    }
    this.setCookie(name, '', { ...attributes, expires: new Date(0), maxAge: 0 })
  }

  /** Drops every cookie that came with the request; `path` and `domain` must be those with which they were set. */
  clearAllCookies(attributes: Omit<CookieAttributes, 'expires' | 'maxAge'> = {}): void {
    for (const name of Object.keys(this.request.cookies)) this.clearCookie(name, attributes)
  }

  /** Signs a value in Tornado's v2 format, for a cookie or any other place. @throws {@link Error} without `cookieSecret` */
  createSignedValue(name: string, value: string | Uint8Array, options: { keyVersion?: number } = {}): string {
    const { keyVersion } = this.settings
    return createSignedValue(
      this.#cookieSecret(),
      name,
      value,
      keyVersion === undefined ? options : { keyVersion, ...options },
    )
  }

  /**
   * Adds a cookie that cannot be forged; anybody can read it (Tornado: `set_signed_cookie`).
   *
   * It is `HttpOnly`, `SameSite=Lax` and, over TLS, `Secure`, unless the attributes say otherwise.
   *
   * @throws {@link Error} without the setting `cookieSecret`
   */
  setSignedCookie(name: string, value: string | Uint8Array, attributes: SignedCookieAttributes = {}): void {
    const { expiresDays = 30, keyVersion, ...rest } = attributes
    const lifetime =
      expiresDays === null ? {} : { expires: new Date(Date.now() + expiresDays * SECONDS_PER_DAY * 1000) }
    const signed = this.createSignedValue(name, value, keyVersion === undefined ? {} : { keyVersion })
    const safe = { httpOnly: true, sameSite: 'Lax', secure: this.request.protocol === 'https' } as const
    this.setCookie(name, signed, { ...safe, ...lifetime, ...rest })
  }

  /**
   * The value of a signed cookie as bytes; undefined if it did not come, was tampered with or is too old.
   *
   * @param options.value - the signed text, if it is not in the cookie `name`
   * @param options.maxAgeDays - how old it may be, by the time in its signature; 31 by default
   * @throws {@link Error} without the setting `cookieSecret`
   */
  getSignedCookie(name: string, options: { value?: string; maxAgeDays?: number } = {}): Buffer | undefined {
    const { value = this.request.cookie(name), ...rest } = options
    return decodeSignedValue(this.#cookieSecret(), name, value, rest)
  }

  /** Which key signed a cookie; undefined if it did not come or is not signed. */
  getSignedCookieKeyVersion(name: string, value: string | undefined = this.request.cookie(name)): number | undefined {
    return this.getSignedCookie(name, value === undefined ? {} : { value }) === undefined || value === undefined
      ? undefined
      : signedValueKeyVersion(value)
  }

  // Users and forgery protection

  /**
   * Who is signed in: what `getCurrentUser()` says, asked once, or what was assigned.
   *
   * A sync `getCurrentUser()` is asked when this is first read; an async one between `prepare()` and the method.
   */
  get currentUser(): CurrentUser<this> {
    if (this.#currentUser === UNKNOWN) {
      const user = this.getCurrentUser()
      if (isPromiseLike(user)) {
        user.then(undefined, () => undefined)
        throw new Error(
          'currentUser: getCurrentUser() is async, so the user is known only after prepare(); await getCurrentUser() there',
        )
      }
      this.#currentUser = user
    }
    return this.#currentUser as CurrentUser<this> // it came from getCurrentUser() of this class, or was assigned by it
  }

  /** Says who is signed in, for instance in `prepare()`; the type to be read stays that of `getCurrentUser()`. */
  set currentUser(user: unknown) {
    this.#currentUser = user
  }

  /** @internal asks `getCurrentUser()` unless the user is known already, and waits for its answer */
  resolveCurrentUser(): Promise<void> | undefined {
    if (this.#currentUser !== UNKNOWN) return undefined
    const user = this.getCurrentUser()
    if (!isPromiseLike(user)) {
      this.#currentUser = user
      return undefined
    }
    return Promise.resolve(user).then((found) => {
      if (this.#currentUser === UNKNOWN) this.#currentUser = found
    })
  }

  /** Looks up who is signed in, for instance by a signed cookie; null or undefined for nobody. It may be async. */
  getCurrentUser(): unknown {
    return undefined
  }

  /** Where `static authenticated` sends those who are not signed in: the setting `loginUrl`. */
  getLoginUrl(): string {
    const { loginUrl } = this.settings
    if (loginUrl === undefined)
      throw new Error('the setting loginUrl is needed: this handler is for signed-in users only')
    return loginUrl
  }

  /** The token that a form must send back as `_xsrf`, or a script as the header `X-XSRFToken`; masked anew each time. */
  get xsrfToken(): string {
    return xsrfTokenFor(this.#context)
  }

  /** Refuses a request forged by another site; called before `prepare()` for methods that change something. @throws {@link HTTPError} 403 */
  checkXsrfCookie(): void {
    const { token, origin } = this.#context.xsrf
    if (!token && !origin) return
    const { headers } = this.request
    const sent = this.getArgument('_xsrf', undefined) ?? headers.get('x-xsrftoken') ?? headers.get('x-csrftoken')
    checkXsrf(this.#context, sent)
  }

  /** The hidden field with `xsrfToken`, to be put into a form. */
  xsrfFormHtml(): string {
    return `<input type="hidden" name="_xsrf" value="${escapeHTML(this.xsrfToken)}"/>`
  }

  // Pages and URLs

  /** Renders a template and completes the response with it. @throws {@link Error} without the setting `templates` */
  render(name: string, data: Readonly<Record<string, unknown>> = {}): Promise<void> {
    return this.#track(this.renderString(name, data).then((page) => this.finish(page)))
  }

  /** Renders a template to text. @throws {@link Error} without the setting `templates` */
  async renderString(name: string, data: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { templates } = this.settings
    if (templates === undefined)
      throw new Error('the setting templates is needed to render one: new Templates(directory)')
    return templates.render(name, { ...this.getTemplateNamespace(), ...data })
  }

  /** The names that templates see, beside their data; override it to add some. */
  getTemplateNamespace(): TemplateNamespace {
    return {
      handler: this,
      request: this.request,
      // on an error page from before the lookup nobody is signed in
      currentUser: this.#currentUser === UNKNOWN && this.#context.asyncUser ? undefined : this.currentUser,
      locale: this.locale,
      _: (message, pluralMessage, count) => this.locale.translate(message, pluralMessage, count),
      pgettext: (context, message, pluralMessage, count) =>
        this.locale.pgettext(context, message, pluralMessage, count),
      staticUrl: (path) => this.staticUrl(path),
      reverseUrl: (name, ...values) => this.reverseUrl(name, ...values),
      xsrfFormHtml: () => this.xsrfFormHtml(),
    }
  }

  /** The language of the response: `getUserLocale()`, else what the browser asks for. */
  get locale(): Locale {
    this.#locale ??= this.getUserLocale() ?? this.getBrowserLocale()
    return this.#locale
  }

  set locale(locale: Locale) {
    this.#locale = locale
  }

  /** The language that the user chose, if it is known; override it. */
  getUserLocale(): Locale | undefined {
    return undefined
  }

  /** The best match for `Accept-Language` among the languages of the application. */
  getBrowserLocale(): Locale {
    return this.settings.locales.closest(preferredLanguages(this.request.headers.get('accept-language')))
  }

  /** The URL of a file of the static site, versioned by its content so that it can be cached for ever. */
  staticUrl(path: string, options: StaticURLOptions = {}): string {
    const url = this.application.staticUrl(path, options)
    return options.includeHost === true ? `${this.request.protocol}://${this.request.host}${url}` : url
  }

  /** The URL of the route of that name. @throws {@link Error} for an unknown name or params that do not fit */
  reverseUrl(name: string, ...values: unknown[]): string {
    return this.application.reverseUrl(name, ...values)
  }

  // Conditional requests

  /** The entity tag of what was written, quoted; undefined for none (Tornado: `compute_etag`). */
  computeEtag(): string | undefined {
    return `"${digest(this.#context.response.pending)}"`
  }

  /** Sets `ETag` to what `computeEtag()` says. */
  setEtagHeader(): void {
    const etag = this.computeEtag()
    if (etag !== undefined) this.setHeader('ETag', etag)
  }

  /** True if `If-None-Match` lists the response's `ETag`, compared weakly (RFC 9110 §13.1.2). */
  checkEtagHeader(): boolean {
    const text = this.getHeader('ETag')
    if (text === undefined) return false
    const etag = parseEntityTag(text)
    const condition = this.request.headers.get('if-none-match')
    return etag !== undefined && condition !== undefined && matchesAny(parseEntityTagList(condition), etag, 'weak')
  }

  // Transport

  /** True from the moment at which the server begins to shut down. */
  get shuttingDown(): boolean {
    return this.#context.exchange.shuttingDown
  }

  /** Calls `listener` when the server begins to shut down, for a response that does not end by itself. @returns takes it back */
  onShutdown(listener: () => void): () => void {
    const closing = { serverClosing: listener }
    this.addShutdownListener(closing)
    return () => this.removeShutdownListener(closing)
  }

  /** @internal the same without a function for each listener */
  addShutdownListener(listener: ShutdownListener): void {
    this.#context.exchange.addShutdownListener(listener)
  }

  /** @internal */
  removeShutdownListener(listener: ShutdownListener): void {
    this.#context.exchange.removeShutdownListener(listener)
  }

  /** Takes the socket over from the server, with bytes already read; the framework then sends nothing (Tornado: `detach`). */
  detach(): { socket: Duplex; head: Buffer } {
    this.#context.response.assertHeadNotSent('detach')
    const taken = this.#context.exchange.takeSocket()
    this.#context.response = DETACHED_RESPONSE
    return taken
  }

  /** Lets Node's own objects answer, for instance a mounted application; fields and cookies set so far go along. */
  handOverToNode(): NodeMessages {
    const { response, request } = this.#context
    response.assertHeadNotSent('handOverToNode')
    const { node } = request
    if (node === undefined)
      throw new Error("handOverToNode: this request did not come through one of Node's own servers")
    if (isDefaultType(this.getHeader('Content-Type'))) this.clearHeader('Content-Type')
    const fields = response.headFields()
    for (let i = 0; i < fields.length; i += 2) node.res.appendHeader(fields[i] as string, fields[i + 1] as string)
    response.handOver(() => node.res.statusCode)
    return node
  }

  /** @internal the request is not over before `releaseRequest()`; for handlers that live on when their method has returned */
  holdRequest(holder: RequestHolder): void {
    this.#context.hold(holder)
  }

  /** @internal */
  releaseRequest(): void {
    this.#context.release()
  }

  /** The fields and cookies set so far, names and values by turns; to be asked for before `detach()`, for the head that is sent then. */
  responseFields(): string[] {
    return [...this.#context.response.headFields()]
  }

  /**
   * Writes an error to the log (Tornado: `log_exception`): what is thrown unexpectedly with its stack. The message of an
   * HTTPError goes into the request's own line, so that a bad request costs one line and no more.
   */
  logException(error: unknown): void {
    if (error instanceof HTTPError && (error.status < 500 || error.cause === undefined)) {
      this.#context.refusal = error.logMessage
      return
    }
    const { method, uri, remoteIp, id: requestId } = this.request
    this.logger.error(
      { name: 'application', err: error, requestId },
      `uncaught exception ${method} ${uri} (${remoteIp})`,
    )
  }

  /** What the handler's line in the access log says beyond the usual, for instance how a socket was closed. */
  logDetails(): { readonly text: string; readonly fields: object } | undefined {
    return undefined
  }

  /** Why the request was refused: the message of the HTTPError that ended it, for the log. */
  get refusal(): string | undefined {
    return this.#context.refusal
  }

  #lastArgument(args: ArgumentMap, name: string, rest: [fallback?: unknown, options?: ArgumentOptions]): unknown {
    const value = args.get(name)?.at(-1)
    if (value !== undefined) return this.#clean(value, name, rest[1])
    if (rest.length === 0) throw new MissingArgumentError(name)
    return rest[0]
  }

  #allArguments(args: ArgumentMap, name: string, options?: ArgumentOptions): string[] {
    return (args.get(name) ?? []).map((value) => this.#clean(value, name, options))
  }

  #clean(value: string, name: string, { strip = true }: ArgumentOptions = {}): string {
    return cleanArgument(this.decodeArgument(value, name), strip)
  }

  /** Makes the life cycle wait for sending that the method itself may not have waited for. */
  #track(sending: Promise<void>): Promise<void> {
    const context = this.#context
    context.sending = sending
    // the life cycle, or whoever awaits, gets to see a failure
    sending.catch(() => {
      if (context.sending === sending) context.sendingFailed = true
    })
    return sending
  }

  async #writeErrorSafely(status: number, details: ErrorDetails): Promise<void> {
    try {
      await this.writeError(status, details)
      if (!this.#context.response.finished) this.finish()
    } catch (error) {
      const { response } = this.#context // which detach() may have changed
      if (error instanceof Finish && !response.finished) return this.finish(error.body as Chunk | undefined)
      this.logger.error(
        { name: 'application', err: error },
        `writeError failed for ${this.request.method} ${this.request.uri}`,
      )
      if (response.finished) return
      if (response.headSent) return response.abort()
      response.clear()
      response.restoreLasting()
      response.setStatus(status)
      response.finish()
    }
  }

  #errorPage(status: number, error: unknown): ErrorPage {
    const { response } = this.#context
    if (this.settings.debug && status >= 500 && error !== undefined) return tracePage(error)
    const problem = error instanceof ValidationError ? { errors: error.issues } : undefined
    return errorPage(status, response.reason, this.request.headers.get('accept'), problem)
  }

  #answerConditionally(): void {
    const { response, etagMinSize } = this.#context
    const { method } = this.request
    const size = response.pendingSize
    const isConditional = response.status === 200 && (method === 'GET' || method === 'HEAD')
    if (isConditional && etagMinSize !== false && size >= etagMinSize && !response.headers.has('ETag'))
      this.setEtagHeader()
    response.chooseCoding(size) // after the tag, which becomes a weak one if the body is compressed
    if (!isConditional || !this.checkEtagHeader()) return
    response.setStatus(304)
    response.discardBody()
  }

  #cookieSecret(): NonNullable<HandlerSettings['cookieSecret']> {
    const { cookieSecret } = this.settings
    if (cookieSecret === undefined) throw new Error('the setting cookieSecret is needed for signed cookies')
    return cookieSecret
  }
}

function isDefaultType(contentType: string | undefined): boolean {
  return contentType === undefined || contentType === 'text/html; charset=UTF-8'
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function'
}

/** @throws {@link TypeError} for bytes that are not UTF-8 */
function decodeUTF8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new TypeError('it is not UTF-8')
  const text = bytes.toString()
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}

const BYTE_ORDER_MARK = '\ufeff'

function parseJSON(request: ServerRequest): unknown {
  const field = request.headers.get('content-type') ?? ''
  const type = field === 'application/json' ? field : (parseMediaType(field)?.type ?? '')
  if (type !== 'application/json' && !type.endsWith('+json')) {
    throw new HTTPError(415, `the body is ${escapeControls(type) || 'of no type'}, not JSON`, {
      headers: { Accept: 'application/json' },
    })
  }
  try {
    return JSON.parse(decodeUTF8(request.bytes))
  } catch (cause) {
    throw new HTTPError(400, `the body is not JSON: ${(cause as Error).message}`, { cause })
  }
}
