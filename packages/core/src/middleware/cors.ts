/**
 * Cross-origin resource sharing, the server's side (WHATWG Fetch §3.3).
 *
 * Only browsers obey these fields: they say which other sites may read an answer, not who may send a request. Against
 * forged requests there are `xsrfCookies` and `xsrfOriginCheck`.
 */
import { isToken } from '../headers/field-syntax.ts'
import type { Middleware } from '../middleware.ts'
import { checkInteger, checkType, OptionError, withDefaults } from '../options.ts'
import type { RequestHandler } from '../request-handler.ts'

/** Judges the origin of a request, such as `https://example.com`, or `null` from a sandboxed frame. */
export type OriginCheck = (origin: string, handler: RequestHandler) => boolean | Promise<boolean>

export interface CorsOptions {
  /**
   * Who may read answers: `'*'` for every site, one origin such as `https://example.com`, a RegExp (anchored at both ends),
   * a list of these, or a function.
   */
  origin: string | RegExp | readonly (string | RegExp)[] | OriginCheck
  /** Methods that a preflight allows; `['*']` for all, without credentials. @defaultValue GET, HEAD, PUT, PATCH, POST, DELETE */
  methods?: readonly string[] | undefined
  /** Request fields that a preflight allows. @defaultValue those that it asks for */
  allowedHeaders?: readonly string[] | undefined
  /** Response fields that scripts may read, beside the few that they always may. @defaultValue none */
  exposedHeaders?: readonly string[] | undefined
  /** Let scripts send cookies and read the answer. @defaultValue false */
  credentials?: boolean | undefined
  /** Seconds for which a browser may keep a preflight's answer. @defaultValue left to the browser */
  maxAge?: number | undefined
}

/**
 * Lets scripts of other origins read answers, and answers their preflights with 204 before any handler is asked.
 *
 * The fields are on error pages too. Unless every site is allowed, each answer says `Vary: Origin`, also to a request without an
 * origin, so that no cache gives one origin what was made for another. A preflight from elsewhere gets the same 204 without
 * the fields that allow something.
 *
 * @throws {@link OptionError}; among others for `credentials` together with `'*'`, which browsers refuse and which would open
 * everybody's session to every site
 *
 * @example
 * group(apiRules, { middleware: [cors({ origin: 'https://app.example.com', credentials: true, maxAge: 600 })] })
 */
export function cors(options: CorsOptions): Middleware {
  const { origin, methods, allowedHeaders, exposedHeaders, credentials, maxAge } = resolve(options)
  const isAllowed = originCheck(origin)
  return async (handler, next) => {
    if (origin !== '*') handler.addVary('Origin')
    const sender = handler.request.headers.get('origin')
    const allowed = origin === '*' || (sender !== undefined && isOrigin(sender) && (await isAllowed(sender, handler)))
    if (allowed) {
      handler.setDefaultHeader('Access-Control-Allow-Origin', origin === '*' ? '*' : (sender ?? ''))
      if (credentials) handler.setDefaultHeader('Access-Control-Allow-Credentials', 'true')
    }
    if (isPreflight(handler)) {
      if (allowedHeaders === undefined) handler.addVary('Access-Control-Request-Headers')
      handler.setStatus(204)
      if (allowed) allowRequest(handler, methods, allowedHeaders, maxAge)
      return
    }
    if (allowed && exposedHeaders.length > 0) {
      handler.setDefaultHeader('Access-Control-Expose-Headers', exposedHeaders.join(', '))
    }
    await next()
  }
}

const LONGEST_ORIGIN = 512 // characters; a host name has at most 253
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,]+$/

const DEFAULTS = {
  origin: undefined as CorsOptions['origin'] | undefined,
  methods: ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE'] as readonly string[],
  allowedHeaders: undefined as readonly string[] | undefined,
  exposedHeaders: [] as readonly string[],
  credentials: false,
  maxAge: undefined as number | undefined,
}

type ResolvedCors = typeof DEFAULTS & Pick<CorsOptions, 'origin'>

function resolve(given: CorsOptions): ResolvedCors {
  const { origin, ...rest } = withDefaults('cors()', DEFAULTS, given)
  if (origin === undefined)
    throw new OptionError("cors() needs the option origin: '*', an origin, a RegExp, a list or a function")
  checkType('credentials', rest.credentials, 'boolean')
  if (rest.maxAge !== undefined) checkInteger('maxAge', rest.maxAge, { min: 0, max: Number.MAX_SAFE_INTEGER })
  const everybody = origin === '*'
  for (const name of ['methods', 'allowedHeaders', 'exposedHeaders'] as const) {
    checkNames(name, rest[name] ?? [])
    if (rest.credentials && rest[name]?.includes('*') === true)
      throw new OptionError(`${name} cannot be '*' with credentials`)
  }
  if (everybody && rest.credentials) throw new OptionError("origin cannot be '*' with credentials: name the origins")
  return { origin, ...rest }
}

function checkNames(option: string, names: readonly string[]): void {
  if (Array.isArray(names) && names.every((name) => typeof name === 'string' && isToken(name))) return
  throw new OptionError(`${option} must be a list of names, got ${JSON.stringify(names)}`)
}

function originCheck(origin: CorsOptions['origin']): OriginCheck {
  if (typeof origin === 'function') return origin
  const choices = (Array.isArray(origin) ? origin : [origin]) as readonly (string | RegExp)[] // isArray() forgets readonly
  if (origin === '*') return () => true
  const names = new Set(choices.filter((each) => typeof each === 'string'))
  for (const name of names) checkOrigin(name)
  const patterns = choices.filter((each) => typeof each !== 'string').map(anchored)
  return (sender) => names.has(sender) || patterns.some((pattern) => pattern.test(sender))
}

function checkOrigin(name: string): void {
  const isWeb = name.startsWith('http:') || name.startsWith('https:')
  const isRight = isWeb ? URL.canParse(name) && new URL(name).origin === name : ORIGIN.test(name)
  if (!isRight)
    throw new OptionError(
      `origin must be written as browsers send it, such as https://example.com, got ${JSON.stringify(name)}`,
    )
}

/** Compares the whole origin, so that `/https:\/\/.*\.example\.com/` does not allow `https://a.example.com.evil.net`. */
function anchored(pattern: RegExp): RegExp {
  if (!(pattern instanceof RegExp))
    throw new OptionError('origin must be a string, a RegExp, a list of these or a function')
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ''))
}

function isOrigin(value: string): boolean {
  return value.length <= LONGEST_ORIGIN && (value === 'null' || ORIGIN.test(value))
}

function isPreflight({ request }: RequestHandler): boolean {
  return (
    request.method === 'OPTIONS' &&
    request.headers.has('origin') &&
    request.headers.has('access-control-request-method')
  )
}

function allowRequest(
  handler: RequestHandler,
  methods: readonly string[],
  allowedHeaders: readonly string[] | undefined,
  maxAge: number | undefined,
): void {
  const headers = allowedHeaders ?? requestedHeaders(handler)
  handler.setHeader('Access-Control-Allow-Methods', methods.join(', '))
  if (headers.length > 0) handler.setHeader('Access-Control-Allow-Headers', headers.join(', '))
  if (maxAge !== undefined) handler.setHeader('Access-Control-Max-Age', maxAge)
}

function requestedHeaders({ request }: RequestHandler): string[] {
  const list = request.headers.get('access-control-request-headers') ?? ''
  return list.split(',', MOST_FIELDS).flatMap((each) => (isToken(each.trim()) ? [each.trim()] : []))
}

const MOST_FIELDS = 100 // names in a preflight that are answered
