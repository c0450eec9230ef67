import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ApplicationSettings, type ResolvedSettings, resolveSettings } from './application-settings.ts'
import type { ExchangeHost } from './engine/exchange-host.ts'
import { requestListener } from './engine/http1.ts'
import type { HTTPError } from './errors.ts'
import type { Exchange, ExchangeHandler } from './exchange.ts'
import type { StaticURLOptions } from './handler-context.ts'
import { type HandlerClass, profileOf } from './handler-profile.ts'
import { ErrorHandler } from './handlers/error-handler.ts'
import { FallbackHandler } from './handlers/fallback-handler.ts'
import { FetchHandler } from './handlers/fetch-handler.ts'
import { ServerOptionsHandler } from './handlers/server-options-handler.ts'
import { parseHost } from './headers/host.ts'
import type { LifecycleApplication } from './lifecycle-application.ts'
import { type Logger, silentLogger } from './log.ts'
import type { Middleware } from './middleware.ts'
import { OptionError } from './options.ts'
import type { ResolvedBodyLimits } from './request/body-limits.ts'
import type { RequestHandler } from './request-handler.ts'
import { answer, type HandlerTarget } from './request-lifecycle.ts'
import type { ResolvedCompression } from './response/compression.ts'
import type { Rule } from './routing/route.ts'
import { hostMatches } from './routing/route.ts'
import { pathBelow, type RouteEntry, type RouteMatch } from './routing/route-entry.ts'
import type { NamedRoute, NamedRoutes, PatternOf, ReverseArgs } from './routing/route-names.ts'
import { Router } from './routing/router.ts'
import { HTTPServer } from './server/http-server.ts'
import { type RunOptions, run } from './server/run.ts'
import { resolveServerOptions, type ServerOptions } from './server/server-options.ts'

/** A handler class that can build URLs for static files (Tornado: `make_static_url`). */
interface StaticURLMaker {
  makeStaticUrl(args: unknown, path: string, options: StaticURLOptions): string
}

/**
 * A route table with settings: what a server answers (Tornado: `Application`).
 *
 * @example
 * const app = new Application([['/', MainHandler]], { cookieSecret })
 * await app.listen(8888)
 */
export class Application<
  const Rules extends readonly Rule[] = readonly Rule[],
  Names extends NamedRoute = NamedRoutes<Rules>,
> implements ExchangeHandler, LifecycleApplication
{
  readonly settings: ResolvedSettings
  /** In the order of the table. */
  #targets: readonly (HandlerTarget | MountedApplication)[] = []
  #rules: readonly Rule[]
  #router!: Router
  #addedGroups = 0
  #staticUrl: ((path: string, options: StaticURLOptions) => string) | undefined

  /** @throws {@link OptionError} for a rule or setting that cannot be, with its place or name */
  constructor(rules: Rules, settings: ApplicationSettings = {}) {
    this.settings = resolveSettings(settings)
    this.#rules = rules
    this.#compile()
    this.#warn()
  }

  get logger(): Logger {
    return this.settings.logger
  }

  get bodyLimits(): ResolvedBodyLimits {
    return this.settings.bodyLimits
  }

  get compression(): ResolvedCompression | undefined {
    return this.settings.compression
  }

  /** The compiled route table, in the order in which rules are tried. */
  get routes(): readonly RouteEntry[] {
    return this.#router.table()
  }

  /**
   * Adds rules for certain hosts; they are tried before the rules of the constructor (Tornado: `add_handlers`).
   *
   * @param host - compared with the host name in lower case; a RegExp is anchored at both ends
   */
  addHandlers(host: string | RegExp, rules: readonly Rule[]): void {
    const added = this.#addedGroups
    this.#rules = [...this.#rules.slice(0, added), hostMatches(host, rules), ...this.#rules.slice(added)]
    this.#addedGroups += 1
    this.#compile()
    this.#warn()
  }

  /**
   * The URL of the rule of that name.
   *
   * @param values - one object for a string pattern or named groups, or the positional groups one by one
   * @throws {@link ReverseURLError} for an unknown name, with those that there are, or values that do not fit
   */
  reverseUrl<Name extends Names['name']>(name: Name, ...values: ReverseArgs<PatternOf<Names, Name>>): string {
    return this.#router.reverseUrl(name, ...(values as unknown[]))
  }

  /** The URL of a file of the static site in the rules. @throws {@link Error} if the rules have none */
  staticUrl(path: string, options: StaticURLOptions = {}): string {
    if (this.#staticUrl === undefined) {
      throw new Error(
        "staticUrl: no rule serves static files; add ...staticFiles(directory, { prefix: '/static/' }) to the rules",
      )
    }
    return this.#staticUrl(path, options)
  }

  /**
   * Starts to listen.
   *
   * @param where - a port, or options for address, TLS and limits
   * @throws {@link OptionError}; rejects with Node's error where the address cannot be had, for instance `EADDRINUSE`
   */
  async listen(where: number | ServerOptions = {}): Promise<HTTPServer> {
    return new HTTPServer(this, typeof where === 'number' ? { port: where } : where).listen()
  }

  /** Listens until SIGTERM or SIGINT, then lets what is under way end; a second signal ends the process at once. */
  run(options: RunOptions = {}): Promise<void> {
    return run(this, this.logger, options)
  }

  /**
   * A listener for Node's `request` event, for a server that somebody else makes, for supertest and for mounting.
   *
   * @example
   * http.createServer(app.callback())
   */
  callback(): (req: IncomingMessage, res: ServerResponse) => void {
    return requestListener(this, NO_SERVER, { ...resolveServerOptions(), allowsHost: undefined })
  }

  /** @internal answers an exchange; `path` is set where another application has this one mounted under a prefix */
  handle(exchange: Exchange, path: string = pathOf(exchange.target)): void {
    const found = this.#find(path, exchange.authority)
    if (found === undefined) return answer(this, exchange, path === '*' ? SERVER_OPTIONS : this.#notFound())
    const target = this.#targets[found.order]
    if (target === undefined) return answer(this, exchange, this.#notFound())
    if ('handle' in target) target.handle(exchange, pathInside(found.entry, path))
    else answer(this, exchange, target, found)
  }

  /** @internal answers an exchange that admission refused */
  refuse(exchange: Exchange, error: HTTPError): void {
    answer(this, exchange, this.#refusal(error))
  }

  /** @internal */
  takesUpgrade(target: string, host: string | undefined, path: string = pathOf(target)): boolean {
    const found = this.#find(path, host ?? '')
    const owner = found && this.#targets[found.order]
    if (found === undefined || owner === undefined) return false
    return 'handle' in owner
      ? owner.takesUpgrade(target, host, pathInside(found.entry, path))
      : owner.profile.statics.acceptsUpgrade === true
  }

  /** @internal writes the line of a request that is over, as Tornado does: `200 GET /hello (127.0.0.1) 1.95ms` */
  logRequest(handler: RequestHandler): void {
    if (this.settings.logRequest !== undefined) return this.settings.logRequest(handler)
    if (this.logger === silentLogger) return
    const { request, statusCode: status, refusal } = handler
    const responseTime = request.requestTime()
    const details = handler.logDetails()
    const fields = {
      name: 'access',
      method: request.method,
      url: request.uri,
      status,
      remoteIp: request.remoteIp,
      responseTime,
      requestId: request.id,
      ...details?.fields,
    }
    let line = `${status} ${request.method} ${request.uri} (${request.remoteIp}) ${responseTime.toFixed(2)}ms`
    if (details !== undefined) line += ` ${details.text}`
    if (refusal !== undefined) line += `: ${refusal}`
    const level = status < 400 ? 'info' : status < 500 ? 'warn' : 'error'
    this.logger[level](fields, line)
  }

  #find(path: string, authority: string): RouteMatch | undefined {
    return this.#router.find(path, this.#router.looksAtHost ? hostName(authority) : '')
  }

  #warn(): void {
    for (const warning of this.#router.warnings()) this.logger.warn({ name: 'routing' }, warning)
  }

  #compile(): void {
    this.#router = new Router(this.#rules)
    this.#targets = this.#router.table().map((entry) => this.#targetOf(entry))
    this.#staticUrl = undefined
    for (const target of this.#targets) if (!('handle' in target)) this.#staticUrl ??= staticUrlOf(target)
  }

  #targetOf(entry: RouteEntry): HandlerTarget | MountedApplication {
    const { target, prefix } = entry
    const own = entry.middleware as readonly Middleware[] // Rule leaves its type open
    const middleware = own.length === 0 ? this.settings.middleware : [...this.settings.middleware, ...own]
    switch (target.kind) {
      case 'handler': {
        const Handler = target.handler as HandlerClass // routing has seen that it is a handler's
        checkArgs(entry, Handler, target.args)
        return { profile: profileOf(Handler), args: target.args, middleware }
      }
      case 'node':
        return { profile: profileOf(FallbackHandler), args: { fallback: target.listener, prefix }, middleware }
      case 'fetch':
        return { profile: profileOf(FetchHandler), args: { fetch: target.fetch, prefix }, middleware }
      case 'application':
        return target.application as unknown as MountedApplication // routing has seen that it has these methods
    }
  }

  #notFound(): HandlerTarget {
    const { defaultHandler = ErrorHandler, defaultHandlerArgs, middleware } = this.settings
    const args = defaultHandler === ErrorHandler ? { status: 404, ...defaultHandlerArgs } : defaultHandlerArgs
    return { profile: profileOf(defaultHandler), args, middleware }
  }

  #refusal(error: HTTPError): HandlerTarget {
    return { profile: profileOf(ErrorHandler), args: { status: error.status, error }, middleware: [] }
  }
}

/** What an application needs of another one that serves a part of its paths. */
interface MountedApplication {
  handle(exchange: Exchange, path: string): void
  takesUpgrade(target: string, host: string | undefined, path: string): boolean
}

/** Stands for the server where somebody else has made it, who then cares for its end. */
const NO_SERVER: ExchangeHost = {
  closing: false,
  idleTimeout: 0,
  proxies: undefined,
  addShutdownListener() {},
  removeShutdownListener() {},
  enter() {},
  leave() {},
}

/** The answer to `OPTIONS *`. */
const SERVER_OPTIONS: HandlerTarget = { profile: profileOf(ServerOptionsHandler), args: {}, middleware: [] }

/** @throws {@link OptionError} for arguments that the class refuses, with the rule */
function checkArgs(entry: RouteEntry, Handler: HandlerClass, args: object): void {
  try {
    Handler.checkArgs?.(args)
  } catch (cause) {
    throw new OptionError(`${entry.toString()}: ${(cause as Error).message}`, { cause })
  }
}

/** How `staticUrl()` works where this rule serves static files. */
function staticUrlOf({
  profile,
  args,
}: HandlerTarget): ((path: string, options: StaticURLOptions) => string) | undefined {
  const maker = profile.Handler as Partial<StaticURLMaker>
  return maker.makeStaticUrl === undefined
    ? undefined
    : (path, options) => (maker as StaticURLMaker).makeStaticUrl(args, path, options)
}

function pathOf(target: string): string {
  const mark = target.indexOf('?')
  return mark < 0 ? target : target.slice(0, mark)
}

/** The path that a mounted application sees. */
function pathInside({ prefix }: RouteEntry, path: string): string {
  return pathBelow(prefix, path) ?? path
}

function hostName(authority: string): string {
  return parseHost(authority)?.hostname ?? ''
}
