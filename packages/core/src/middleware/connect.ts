/**
 * Connect and Express middleware `(req, res, next)` as middleware of ours.
 *
 * Such middleware works on Node's response, ours on a response that is sent later. So the fields that are set so far are lent
 * to Node's response while the other runs, and taken back, with what it changed, when it calls `next()`: then they
 * can be seen and changed by the handler, and error pages keep them. If it answers instead, the response is handed over to it at the
 * moment when its head leaves.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ConnectionClosedError, HTTPError } from '../errors.ts'
import type { Middleware } from '../middleware.ts'
import { OptionError } from '../options.ts'
import type { RequestHandler } from '../request-handler.ts'

/** Middleware as Connect and Express have it; the method form lets Express's narrower types pass. */
export type ConnectMiddleware = {
  call(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): unknown
}['call']

/**
 * Uses Connect or Express middleware, for instance `helmet()` or `cors()`.
 *
 * It may set fields, answer by itself, call `next()` now or later, fail by `next(error)`, an exception or a rejection, and wrap
 * `res.writeHead()`, `res.write()` and `res.end()`. An error with a `status` or `statusCode` from 400 to 599 is answered with it.
 * Not there: what Express adds to `req` and `res`, error middleware with four arguments, changes of `req.url` that
 * lead to another handler, and a body for the handler after the middleware has read it.
 *
 * @throws {@link OptionError} unless it is a function with at most three arguments
 *
 * @example
 * new Application(rules, { middleware: [connect(helmet())] })
 */
export function connect(middleware: ConnectMiddleware): Middleware {
  if (typeof middleware !== 'function' || middleware.length > 3) {
    throw new OptionError(
      'connect() takes a function (req, res, next); error middleware with four arguments has no place here',
    )
  }
  return (handler, next) =>
    new Promise<void>((resolve, reject) => new ConnectCall(handler, next, resolve, reject).run(middleware))
}

/** One request's way through the middleware. */
class ConnectCall {
  readonly #handler: RequestHandler
  readonly #next: () => Promise<void>
  readonly #resolve: (through: void | Promise<void>) => void
  readonly #reject: (error: unknown) => void
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #lent: Map<string, string>
  #state: 'running' | 'passed on' | 'answered' = 'running'

  constructor(
    handler: RequestHandler,
    next: () => Promise<void>,
    resolve: (through: void | Promise<void>) => void,
    reject: (error: unknown) => void,
  ) {
    const { node } = handler.request
    if (node === undefined) throw new Error("connect: this request did not come through one of Node's HTTP/1 servers")
    if (node.res.destroyed) throw new ConnectionClosedError()
    this.#handler = handler
    this.#next = next
    this.#resolve = resolve
    this.#reject = reject
    this.#req = node.req
    this.#res = node.res
    this.#lent = lend(handler, node.res)
  }

  run(middleware: ConnectMiddleware): void {
    this.#watchHead()
    this.#res.once('close', () => this.#close())
    try {
      const result = middleware(this.#req, this.#res, (error?: unknown) => this.#proceed(error))
      if (isPromiseLike(result)) result.then(undefined, (error: unknown) => this.#fail(error))
    } catch (error) {
      this.#fail(error)
    }
  }

  /** What the middleware calls as `next()`. The rest runs inside this call, as async contexts that it has set up expect. */
  #proceed(error: unknown): void {
    if (error) return this.#fail(error) // any true value, as in Connect
    if (this.#state === 'passed on')
      return this.#handler.logException(new Error('Connect middleware called next() more than once'))
    if (this.#state === 'answered') return // its answer is the response; there is no one else to ask
    this.#takeBack()
    this.#resolve(this.#next())
  }

  #fail(error: unknown): void {
    if (this.#state === 'running') {
      this.#takeBack()
      return this.#reject(withStatus(error))
    }
    this.#handler.logException(error)
    if (this.#state === 'answered' && !this.#res.writableEnded) this.#res.destroy() // what was sent must not look complete
  }

  #close(): void {
    if (this.#state === 'answered') this.#resolve()
    else if (this.#state === 'running') this.#reject(new ConnectionClosedError())
  }

  /** Notices the moment in which the middleware begins to answer; Node calls `writeHead()` for every head that it sends. */
  #watchHead(): void {
    const res = this.#res
    const writeHead: (...args: never[]) => ServerResponse = res.writeHead.bind(res) // whichever overload was meant
    res.writeHead = (...args: readonly unknown[]) => {
      if (this.#state === 'running') {
        this.#state = 'answered'
        takeFields(this.#handler, res, this.#lent)
        this.#handler.handOverToNode()
      }
      return writeHead(...(args as never[]))
    }
  }

  #takeBack(): void {
    this.#state = 'passed on'
    takeFields(this.#handler, this.#res, this.#lent)
    setFieldsFirst(this.#res)
  }
}

/** Fields of the connection and of framing, which are Node's own matter. */
const NOT_SHARED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'trailer',
  'upgrade',
  'date',
])
/** Fields that belong to one representation (RFC 9110 §8) or one answer; error pages are others. */
const NOT_LASTING: ReadonlySet<string> = new Set([
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'etag',
  'expires',
  'last-modified',
  'location',
])

/** Shows the fields that are set so far on Node's response. @returns them, by name in lower case */
function lend(handler: RequestHandler, res: ServerResponse): Map<string, string> {
  const lent = new Map<string, string>()
  const fields = handler.responseFields()
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [fields[i] as string, fields[i + 1] as string]
    const key = name.toLowerCase()
    if (NOT_SHARED.has(key) || key === 'set-cookie' || key === 'content-type') continue // the type may be the mere default
    res.appendHeader(name, value)
    const earlier = lent.get(key)
    lent.set(key, earlier === undefined ? value : `${earlier}, ${value}`)
  }
  return lent
}

/** Moves the fields of Node's response to ours, and takes out what the middleware has removed. */
function takeFields(handler: RequestHandler, res: ServerResponse, lent: ReadonlyMap<string, string>): void {
  for (const key of lent.keys()) if (!res.hasHeader(key)) handler.clearHeader(key)
  for (const name of rawNames(res)) {
    const key = name.toLowerCase()
    const value = res.getHeader(name)
    if (NOT_SHARED.has(key) || value === undefined) continue
    res.removeHeader(name)
    const values = Array.isArray(value) ? value : [String(value)]
    if (key === 'set-cookie') for (const each of values) handler.addHeader(name, each)
    else if (values.join(', ') !== lent.get(key)) setField(handler, name, key, values.join(', '))
  }
}

/** The names as they were set; Node's types leave the method out. */
function rawNames(res: ServerResponse): string[] {
  return (res as ServerResponse & { getRawHeaderNames(): string[] }).getRawHeaderNames()
}

function setField(handler: RequestHandler, name: string, key: string, value: string): void {
  if (key === 'vary') for (const each of value.split(',')) handler.addVary(each.trim())
  else if (NOT_LASTING.has(key)) handler.setHeader(name, value)
  else handler.setDefaultHeader(name, value)
}

/**
 * Has the fields of `writeHead(status, reason, fields)` set one by one before the call goes on.
 *
 * Node 20 keeps only the last of several fields of one name there, such as Set-Cookie, if any field was ever set before, and
 * middleware that has wrapped `writeHead()` looks for fields with `res.getHeader()`.
 */
function setFieldsFirst(res: ServerResponse): void {
  const writeHead: (...args: never[]) => ServerResponse = res.writeHead.bind(res) // whichever overload was meant
  res.writeHead = (...args: readonly unknown[]) => {
    const fields = args.at(-1)
    if (!isFlatList(fields)) return writeHead(...(args as never[]))
    for (let i = 0; i < fields.length; i += 2) res.removeHeader(fields[i] as string)
    for (let i = 0; i < fields.length; i += 2) res.appendHeader(fields[i] as string, fields[i + 1] as string)
    return writeHead(...(args.slice(0, -1) as never[]))
  }
}

function isFlatList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

/** The error, as an HTTPError if it says with which status it should be answered. */
function withStatus(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof HTTPError) return error
  const { status, statusCode } = error as Error & { status?: unknown; statusCode?: unknown }
  const wanted = status ?? statusCode
  const isError = typeof wanted === 'number' && Number.isInteger(wanted) && wanted >= 400 && wanted <= 599
  return isError ? new HTTPError(wanted, error.message, { cause: error }) : error
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
