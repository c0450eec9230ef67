/**
 * One request from the handler's construction to its last hook, and every way out of it.
 *
 * initialize → middleware → method check → body → arguments → XSRF → prepare → method → finish → onFinish. Steps that need not
 * wait do not: a sync handler is answered in the turn of the event loop in which its request came.
 */
import { ConnectionClosedError, Finish, HTTPError } from './errors.ts'
import type { Exchange, ExchangeWatcher } from './exchange.ts'
import type { HandlerContext, PathArgs, RequestHolder } from './handler-context.ts'
import { type HandlerProfile, isKnownMethod } from './handler-profile.ts'
import type { LifecycleApplication } from './lifecycle-application.ts'
import type { Middleware } from './middleware.ts'
import { type RequestBody, readRequestBody } from './request/form.ts'
import { ServerRequest } from './request/server-request.ts'
import { RequestHandler } from './request-handler.ts'
import { discard, isBodySource } from './response/body-source.ts'
import { ResponseWriter } from './response/response-writer.ts'
import { sendReturnValue } from './return-value.ts'
import type { RouteMatch } from './routing/route-entry.ts'
import { toLocalTarget } from './security/local-redirect.ts'
import { type RequestTrace, requests, requestsAreTraced } from './tracing.ts'

/** A handler class with all that a rule says about it. */
export interface HandlerTarget {
  readonly profile: HandlerProfile
  /** Given to `initialize()`. */
  readonly args: unknown
  readonly middleware: readonly Middleware[]
}

/** The status by which logs commonly tell that the client did not wait for an answer; it is never sent. */
const CLIENT_CLOSED_REQUEST = 499
const NO_PATH_ARGS = Object.freeze([]) as unknown as PathArgs // neither positions nor names

/**
 * Answers one exchange with a handler made for it.
 *
 * @param match - the rule that leads there, if one does
 */
export function answer(
  application: LifecycleApplication,
  exchange: Exchange,
  target: HandlerTarget,
  match?: RouteMatch,
): void {
  new RequestLifecycle(application, exchange, target, match).start()
}

class RequestLifecycle implements HandlerContext, ExchangeWatcher {
  readonly application: LifecycleApplication
  readonly exchange: Exchange
  readonly request: ServerRequest
  response: ResponseWriter
  pathArgs: PathArgs = NO_PATH_ARGS
  sending: Promise<void> | undefined
  sendingFailed = false
  refusal: string | undefined
  readonly #target: HandlerTarget
  readonly #match: RouteMatch | undefined
  #handler: RequestHandler | undefined
  #content: RequestBody | undefined
  #trace: RequestTrace | undefined
  /** True once the turn of the event loop in which the request came is over for it. */
  #begun = false
  /** Hears of the close of the connection until it has released the request. */
  #holder: RequestHolder | undefined
  /** True while the request lasts for its holder alone. */
  #held = false
  /** True if only `release()` is waited for. */
  #through = false
  #settled = false
  #closed = false

  constructor(
    application: LifecycleApplication,
    exchange: Exchange,
    target: HandlerTarget,
    match: RouteMatch | undefined,
  ) {
    this.application = application
    this.exchange = exchange
    this.request = new ServerRequest(exchange, application.settings.maxArguments)
    this.response = new ResponseWriter(exchange, application.compression)
    this.#target = target
    this.#match = match
  }

  get xsrf(): HandlerContext['xsrf'] {
    const { statics } = this.#target.profile
    const { settings } = this.application
    const token = statics.xsrfCookies ?? settings.xsrfCookies
    return { token, origin: statics.xsrfOriginCheck ?? settings.xsrfOriginCheck ?? token }
  }

  get etagMinSize(): number | false {
    return this.#target.profile.statics.etagMinSize ?? this.application.settings.etagMinSize
  }

  get asyncUser(): boolean {
    return this.#target.profile.asyncUser
  }

  hold(holder: RequestHolder): void {
    this.#holder = holder
    this.#held = true
  }

  release(): void {
    this.#holder = undefined
    this.#held = false
    if (this.#through) this.#complete()
  }

  /** Makes the handler and runs it; whatever is thrown, here or later, ends in `#fail`. */
  start(): void {
    this.exchange.watch(this)
    const { profile, args, middleware } = this.#target
    try {
      const handler = new profile.Handler(this as never) // the constructor that every handler inherits
      this.#handler = handler
      if (requestsAreTraced()) this.#startTrace(handler)
      handler.setDefaultHeaders()
      handler.initialize(args as never) // the rule's author vouches for the type; route() has checked it
      this.#settle(middleware.length === 0 ? this.#run(handler) : this.#runMiddleware(handler, 0))
    } catch (error) {
      this.#fail(error)
    }
    if (this.#trace !== undefined) requests.end.publish(this.#trace)
    this.#begun = true
    this.#end()
  }

  #startTrace(handler: RequestHandler): void {
    this.#trace = { handler, route: this.#match?.entry.source }
    requests.start.publish(this.#trace)
  }

  #runMiddleware(handler: RequestHandler, index: number): unknown {
    if (this.response.finished) return undefined
    const middleware = this.#target.middleware[index]
    if (middleware === undefined) return this.#run(handler)
    let running: Promise<void> | undefined
    const run = async () => void (await this.#runMiddleware(handler, index + 1))
    const next = () => {
      if (running !== undefined) return Promise.reject(new Error('next() was called twice by the same middleware'))
      running = run()
      running.catch(() => undefined) // whether or not the middleware waits for it, the life cycle does
      return running
    }
    const result = middleware(handler, next)
    return isPromiseLike(result) ? result : running
  }

  #run(handler: RequestHandler): unknown {
    if (this.response.finished) return undefined
    const verb = this.#verb()
    if (!this.exchange.hasBody) return this.#prepare(handler, verb)
    if (this.#target.profile.statics.streamRequestBody === true) {
      this.request.streamBody(this.#maxStreamedSize())
      return this.#prepare(handler, verb)
    }
    return this.#prepareWithBody(handler, verb)
  }

  /** The member that answers the method; undefined where `prepare()` or the framework does. */
  #verb(): string | undefined {
    const { verbs, allow, statics } = this.#target.profile
    const { method } = this.request
    const verb = verbs.get(method)
    if (verb !== undefined || statics.acceptsAnyMethod === true || method === 'OPTIONS') return verb
    if (isKnownMethod(method)) throw new HTTPError(405, `${method} is not allowed`, { headers: { Allow: allow } })
    throw new HTTPError(501, `${method} is not implemented`, { headers: { Allow: allow } })
  }

  async #prepareWithBody(handler: RequestHandler, verb: string | undefined): Promise<void> {
    const { headers } = this.request
    const { maxBodySize } = this.#target.profile.statics
    const { bodyLimits } = this.application
    this.#content = await readRequestBody({
      contentType: headers.get('content-type'),
      contentEncoding: headers.get('content-encoding'),
      contentLength: this.exchange.contentLength,
      source: this.exchange.body,
      limits: maxBodySize === undefined ? bodyLimits : { ...bodyLimits, maxBodySize, maxUploadSize: maxBodySize },
    })
    this.request.receive(this.#content)
    await this.#prepare(handler, verb)
  }

  #maxStreamedSize(): number {
    return this.#target.profile.statics.maxBodySize ?? this.application.bodyLimits.maxUploadSize
  }

  #prepare(handler: RequestHandler, verb: string | undefined): unknown {
    this.#decodeArguments(handler)
    if (changesSomething(this.request.method) && this.#target.profile.statics.acceptsAnyMethod !== true)
      handler.checkXsrfCookie()
    if (this.response.finished) return undefined
    const prepared = handler.prepare()
    if (isPromiseLike(prepared)) return prepared.then(() => this.#authorize(handler, verb))
    return this.#authorize(handler, verb)
  }

  #decodeArguments(handler: RequestHandler): void {
    if (this.request.query !== '') void this.request.queryArguments // bad text is refused whether or not the handler looks
    if (this.#match === undefined) return
    const { pathArgs, pathParams } = this.#match.decode()
    const args = (pathParams ?? pathArgs) as PathArgs
    this.pathArgs =
      handler.decodeArgument === RequestHandler.prototype.decodeArgument ? args : mapPathArgs(args, handler)
  }

  #authorize(handler: RequestHandler, verb: string | undefined): unknown {
    if (this.response.finished) return this.sending
    const { asyncUser, statics } = this.#target.profile
    const lookup = asyncUser || statics.authenticated !== undefined ? handler.resolveCurrentUser() : undefined
    if (lookup === undefined) return this.#callMethod(handler, verb)
    return lookup.then(() => (this.response.finished ? undefined : this.#callMethod(handler, verb)))
  }

  #callMethod(handler: RequestHandler, verb: string | undefined): unknown {
    const { statics } = this.#target.profile
    if (statics.trailingSlash !== undefined && this.#redirectSlash(handler, statics.trailingSlash)) return undefined
    if (statics.authenticated !== undefined && this.#refuseStranger(handler, statics.authenticated)) return undefined
    if (this.exchange.hasBody && statics.streamRequestBody === true && handler.dataReceived !== undefined) {
      return this.#receiveData(handler).then(() => this.#invoke(handler, verb))
    }
    return this.#invoke(handler, verb)
  }

  async #receiveData(handler: RequestHandler): Promise<void> {
    for await (const chunk of this.request.body) {
      await handler.dataReceived?.(chunk)
      if (this.response.finished) return
    }
  }

  #invoke(handler: RequestHandler, verb: string | undefined): unknown {
    if (this.response.finished) return this.sending
    if (verb === undefined) return this.#answerOptions(handler)
    const result = callVerb(handler, verb, this.pathArgs)
    if (isPromiseLike(result)) return result.then((value) => this.#conclude(handler, value))
    return this.#conclude(handler, result)
  }

  #conclude(handler: RequestHandler, value: unknown): unknown {
    if (value === undefined || value === null) return this.sending
    if (this.response.pristine) return sendReturnValue(handler, value)
    if (typeof value === 'object' && isBodySource(value)) discard(value) // the response was made in another way
    return this.sending
  }

  /** OPTIONS says what the class can do, unless the class answers itself; `prepare()` may have written something else. */
  #answerOptions(handler: RequestHandler): void {
    if (this.#target.profile.statics.acceptsAnyMethod === true || !this.response.pristine) return
    handler.setStatus(204)
    handler.setHeader('Allow', this.#target.profile.allow)
  }

  /** @returns true if the request was answered with a redirect */
  #redirectSlash(handler: RequestHandler, wanted: string): boolean {
    const { path, query, method } = this.request
    const changed = wanted === 'add' ? withSlash(path) : withoutSlash(path)
    if (changed === path) return false
    if (method !== 'GET' && method !== 'HEAD') throw new HTTPError(404)
    handler.redirect(toLocalTarget(query === '' ? changed : `${changed}?${query}`), { permanent: true })
    return true
  }

  /** @returns true if the request was answered with a redirect to the log-in page */
  #refuseStranger(handler: RequestHandler, authenticated: boolean | readonly string[]): boolean {
    const { method, uri } = this.request
    const verb = this.#target.profile.verbs.get(method) // HEAD may be answered by get()
    if (verb === undefined) return false // the framework's own answer to OPTIONS is for everybody
    const isListed = (each: string) => each === method || each.toLowerCase() === verb
    const concerned = authenticated === true || (Array.isArray(authenticated) && authenticated.some(isListed))
    if (!concerned || (handler.currentUser ?? false) !== false) return false
    if (method !== 'GET' && method !== 'HEAD') throw new HTTPError(403, 'not signed in')
    const login = handler.getLoginUrl()
    if (login.includes('?')) handler.redirect(login)
    else handler.redirect(`${login}?next=${encodeURIComponent(isAbsolute(login) ? this.request.fullUrl() : uri)}`)
    return true
  }

  /** Ends the request when the handler is through, at once or later. */
  #settle(running: unknown): void {
    if (!isPromiseLike(running)) return this.#complete()
    running.then(
      () => this.#complete(),
      (error: unknown) => this.#fail(error),
    )
  }

  #complete(): void {
    this.#through = this.#held
    if (this.#held) return
    const { sending } = this
    const handled = this.sendingFailed && !this.response.pristine // the handler saw the failure and wrote something else
    if (sending !== undefined && !this.response.finished && !handled) {
      this.sending = undefined
      this.sendingFailed = false
      return this.#settle(sending)
    }
    if (!this.response.finished) {
      try {
        this.#handler?.finish()
      } catch (error) {
        return this.#fail(error)
      }
    }
    this.#settled = true
    this.#end()
  }

  #fail(error: unknown): void {
    this.#held = false
    if (this.#trace !== undefined && !(error instanceof Finish))
      requests.error.publish(Object.assign(this.#trace, { error }))
    const handler = this.#handler
    if (handler === undefined) return this.#giveUp(error)
    if (error instanceof Finish) return this.#finishQuietly(handler, error)
    if (this.exchange.peerGone) {
      // what fails because the client has left is no news, anything else still is
      if (!(error instanceof ConnectionClosedError) && !isAbort(error)) this.#logException(handler, error)
      this.response.abort()
      return this.#complete()
    }
    this.#logException(handler, error)
    if (this.response.finished) return this.#complete()
    if (this.response.headSent) {
      this.response.abort() // a clean end would make the cut body look complete
      return this.#complete()
    }
    this.#sendErrorPage(handler, error)
  }

  #logException(handler: RequestHandler, error: unknown): void {
    try {
      handler.logException(error)
    } catch (failure) {
      this.#report('logException', failure)
    }
  }

  #sendErrorPage(handler: RequestHandler, error: unknown): void {
    try {
      this.#settle(handler.sendError(error instanceof HTTPError ? error.status : 500, { error }))
    } catch (failure) {
      this.#giveUp(failure)
    }
  }

  #finishQuietly(handler: RequestHandler, { body }: Finish): void {
    try {
      if (!this.response.finished) handler.finish(body as Parameters<RequestHandler['finish']>[0]) // write() checks its type
      this.#complete()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** The last resort, when there is no handler to make an error page or it cannot even begin one. */
  #giveUp(error: unknown): void {
    this.application.logger.error(
      { name: 'application', err: error },
      `cannot answer ${this.request.method} ${this.request.uri}`,
    )
    if (this.exchange.headSent) this.response.abort()
    else {
      this.response.handOver(() => 500)
      this.exchange.respond(500, 'Internal Server Error', ['Content-Length', '0'], undefined, 0)
    }
    this.#settled = true
    this.#end()
  }

  exchangeClosed(completed: boolean): void {
    this.#closed = true
    if (!completed && !this.#settled) {
      this.request.disconnected()
      this.#callHook('onConnectionClose')
    }
    const ends = !this.#held // else the holder ends it, now or later
    this.#holder?.connectionClosed()
    if (ends) this.#end()
  }

  /** Runs once the handler is through and the response is out of our hands, whichever comes last. */
  #end(): void {
    if (!this.#closed || !this.#settled || !this.#begun) return
    if (this.#trace !== undefined) requests.asyncEnd.publish(this.#trace)
    if (this.exchange.peerGone && !this.exchange.headSent) this.response.handOver(() => CLIENT_CLOSED_REQUEST)
    const finishing = this.#callHook('onFinish')
    this.#logRequest()
    const removing = this.#content?.remove?.()
    if (finishing === undefined && removing === undefined) return this.exchange.handled()
    const removed = removing?.catch((error: unknown) => this.#report('removing uploaded files', error))
    void Promise.all([finishing, removed]).then(() => this.exchange.handled())
  }

  #logRequest(): void {
    try {
      if (this.#handler !== undefined) this.application.logRequest(this.#handler)
    } catch (error) {
      this.#report('logRequest', error)
    }
  }

  /** @returns a promise that does not reject, if the hook is async */
  #callHook(hook: 'onConnectionClose' | 'onFinish'): PromiseLike<unknown> | undefined {
    try {
      const result = this.#handler?.[hook]()
      if (isPromiseLike(result)) return result.then(undefined, (error: unknown) => this.#report(hook, error))
    } catch (error) {
      this.#report(hook, error)
    }
    return undefined
  }

  #report(where: string, error: unknown): void {
    const { method, uri } = this.request
    this.application.logger.error({ name: 'application', err: error }, `${where} failed for ${method} ${uri}`)
  }
}

/** Positional groups arrive as arguments, named ones as one object. */
function callVerb(handler: RequestHandler, verb: string, pathArgs: PathArgs): unknown {
  const target = handler as unknown as Record<string, (...args: unknown[]) => unknown> // the profile found the member
  if (!Array.isArray(pathArgs)) return target[verb]?.(pathArgs)
  return pathArgs.length === 0 ? target[verb]?.() : target[verb]?.(...pathArgs)
}

function mapPathArgs(args: PathArgs, handler: RequestHandler): PathArgs {
  const decode = (value: unknown, name: string | undefined): unknown => {
    if (Array.isArray(value)) return value.map((each) => decode(each, name))
    return typeof value === 'string' ? handler.decodeArgument(value, name) : value
  }
  if (Array.isArray(args)) return args.map((value) => decode(value, undefined)) as unknown as PathArgs // same shape as before
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, decode(value, name)]),
  ) as unknown as PathArgs
}

function changesSomething(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}

function withoutSlash(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end--
  return path.slice(0, end)
}

function isAbsolute(url: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(url)
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
