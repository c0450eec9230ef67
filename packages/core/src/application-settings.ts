import type { HandlerSettings } from './handler-context.ts'
import type { HandlerClass } from './handler-profile.ts'
import type { CookieAttributes } from './headers/cookie.ts'
import { type LocaleCatalogue, plainCatalogue } from './locale.ts'
import { type Logger, lineLogger, silentLogger } from './log.ts'
import type { Middleware } from './middleware.ts'
import { checkInteger, checkType, OptionError, withDefaults } from './options.ts'
import { type BodyLimits, type ResolvedBodyLimits, resolveBodyLimits } from './request/body-limits.ts'
import type { RequestHandler } from './request-handler.ts'
import { type CompressionOptions, type ResolvedCompression, resolveCompression } from './response/compression.ts'
import { type CookieSecret, checkCookieSecret } from './security/signed-value.ts'
import type { TemplateEngine } from './template-engine.ts'

/** Settings of an application, beside its rules; what is not named here is refused. */
export interface ApplicationSettings extends BodyLimits {
  /** Show stack traces on error pages. Not for production. @defaultValue false */
  debug?: boolean | undefined
  /** The key that signs cookies, long and random, or several by version; made for instance by `openssl rand -hex 32`. */
  cookieSecret?: CookieSecret | undefined
  /** Which of several keys signs. */
  keyVersion?: number | undefined
  /** Demand Tornado's token from requests that change something. @defaultValue false */
  xsrfCookies?: boolean | undefined
  /** Refuse requests that change something and come from another site. @defaultValue as `xsrfCookies` */
  xsrfOriginCheck?: boolean | undefined
  /** @defaultValue `'_xsrf'` */
  xsrfCookieName?: string | undefined
  /** Attributes of the token's cookie, beside `Path=/`, `SameSite=Lax` and, over TLS, `Secure`. */
  xsrfCookieAttributes?: CookieAttributes | undefined
  /** Other origins, such as `https://admin.example.com`, that may send requests that change something. @defaultValue none */
  trustedOrigins?: readonly string[] | undefined
  /** Where `static authenticated` sends those who are not signed in. */
  loginUrl?: string | undefined
  /** From which size in bytes a response gets an entity tag by itself; 0 for always, false for never. @defaultValue 1024 */
  etagMinSize?: number | false | undefined
  /** Compress responses for clients that accept it. @defaultValue false */
  compressResponse?: boolean | CompressionOptions | undefined
  /** Renders templates for `render()`. */
  templates?: TemplateEngine | undefined
  /** The languages that the application speaks. @defaultValue American English without translations */
  locales?: LocaleCatalogue | undefined
  /** Takes all log lines; false for none. @defaultValue Tornado's lines on standard error */
  logger?: Logger | false | undefined
  /** Writes the line of a request that is over, in place of Tornado's (Tornado: `log_function`). */
  logRequest?: ((handler: RequestHandler) => void) | undefined
  /** Runs around every handler, outermost first. */
  middleware?: readonly Middleware[] | undefined
  /**
   * Answers what no rule matches; with `static acceptsAnyMethod = true` its `prepare()` does so for every method.
   *
   * @defaultValue a 404
   */
  defaultHandler?: HandlerClass | undefined
  /** Given to `initialize()` of `defaultHandler`. */
  defaultHandlerArgs?: object | undefined
}

/** Settings, all filled in and checked. */
export interface ResolvedSettings extends HandlerSettings {
  readonly logRequest: ((handler: RequestHandler) => void) | undefined
  readonly middleware: readonly Middleware[]
  readonly defaultHandler: HandlerClass | undefined
  readonly defaultHandlerArgs: object
  readonly logger: Logger
  readonly bodyLimits: ResolvedBodyLimits
  readonly compression: ResolvedCompression | undefined
}

const DEFAULTS = {
  debug: false,
  cookieSecret: undefined as CookieSecret | undefined,
  keyVersion: undefined as number | undefined,
  xsrfCookies: false,
  xsrfOriginCheck: undefined as boolean | undefined,
  xsrfCookieName: '_xsrf',
  xsrfCookieAttributes: {} as CookieAttributes,
  trustedOrigins: [] as readonly string[],
  loginUrl: undefined as string | undefined,
  etagMinSize: 1024 as number | false,
  compressResponse: false as boolean | CompressionOptions,
  templates: undefined as TemplateEngine | undefined,
  locales: plainCatalogue,
  logger: undefined as Logger | false | undefined,
  logRequest: undefined as ((handler: RequestHandler) => void) | undefined,
  middleware: [] as readonly Middleware[],
  defaultHandler: undefined as HandlerClass | undefined,
  defaultHandlerArgs: {} as object,
}
const BODY_LIMITS = Object.keys(resolveBodyLimits()) as (keyof BodyLimits)[]

/** Fills in and checks the settings. @throws {@link OptionError} with the name, the value and what is expected */
export function resolveSettings(given: ApplicationSettings = {}): ResolvedSettings {
  refuseUnknown(given)
  const [limits, rest] = split(given)
  const bodyLimits = resolveBodyLimits(limits)
  const settings = withDefaults('ApplicationSettings', DEFAULTS, rest)
  checkSettings(settings)
  const logger = settings.logger === false ? silentLogger : (settings.logger ?? lineLogger())
  const compression = resolveCompression(settings.compressResponse)
  const middleware = Object.freeze([...settings.middleware]) // a list that is changed later changes no running application
  return Object.freeze({ ...settings, middleware, logger, bodyLimits, compression, maxArguments: bodyLimits.maxFields })
}

function refuseUnknown(given: ApplicationSettings): void {
  const known = [...Object.keys(DEFAULTS), ...BODY_LIMITS]
  for (const name of Object.keys(given)) {
    if (!known.includes(name))
      throw new OptionError(`ApplicationSettings has no option ${name}; it has ${known.join(', ')}`)
  }
}

function split(given: ApplicationSettings): [BodyLimits, Omit<ApplicationSettings, keyof BodyLimits>] {
  const limits: Record<string, unknown> = {}
  const rest: Record<string, unknown> = { ...given }
  for (const name of BODY_LIMITS) {
    if (name in rest) limits[name] = rest[name]
    delete rest[name]
  }
  return [limits, rest]
}

function checkSettings(settings: typeof DEFAULTS): void {
  for (const name of ['debug', 'xsrfCookies'] as const) checkType(name, settings[name], 'boolean')
  for (const name of ['loginUrl', 'xsrfCookieName', 'xsrfOriginCheck', 'logRequest', 'defaultHandler'] as const) {
    if (settings[name] !== undefined) checkType(name, settings[name], TYPES[name])
  }
  for (const name of ['locales', 'templates', 'defaultHandlerArgs', 'xsrfCookieAttributes'] as const) {
    if (settings[name] !== undefined) checkType(name, settings[name], 'object')
  }
  if (settings.etagMinSize !== false)
    checkInteger('etagMinSize', settings.etagMinSize, { min: 0, max: Number.MAX_SAFE_INTEGER })
  if (settings.cookieSecret !== undefined) checkCookieSecret(settings.cookieSecret, settings.keyVersion)
  for (const origin of settings.trustedOrigins) checkOrigin(origin)
  if (!settings.middleware.every((each) => typeof each === 'function')) {
    throw new OptionError('middleware must be a list of functions (handler, next)')
  }
}

const TYPES = {
  loginUrl: 'string',
  xsrfCookieName: 'string',
  xsrfOriginCheck: 'boolean',
  logRequest: 'function',
  defaultHandler: 'function',
} as const

function checkOrigin(origin: string): void {
  if (URL.canParse(origin) && new URL(origin).origin === origin) return
  throw new OptionError(`trustedOrigins must hold origins such as https://example.com, got ${JSON.stringify(origin)}`)
}
