import { checkInteger, OptionError } from './options.ts'
import { resolveBodyLimits } from './request/body-limits.ts'
import type { RequestHandler } from './request-handler.ts'

/** Settings that a handler class may have as static members, in place of Tornado's decorators. */
export interface HandlerStatics {
  /** Methods for signed-in users only; `true` for all (Tornado: `@authenticated`). @defaultValue false */
  readonly authenticated?: boolean | readonly string[]
  /** `'add'` or `'remove'`: redirect GET and HEAD to the path with or without the last slash (Tornado: `@addslash`, `@removeslash`). */
  readonly trailingSlash?: string
  /** Give the body to the handler while it arrives (Tornado: `@stream_request_body`). @defaultValue false */
  readonly streamRequestBody?: boolean
  /** Largest request body in bytes; 413 above. @defaultValue the application's */
  readonly maxBodySize?: number
  /** Demand Tornado's token from requests that change something. @defaultValue the setting `xsrfCookies` */
  readonly xsrfCookies?: boolean
  /** Refuse requests that change something and come from another site. @defaultValue the setting `xsrfOriginCheck` */
  readonly xsrfOriginCheck?: boolean
  /** From which size in bytes a response gets an entity tag by itself; false for never. @defaultValue the setting `etagMinSize` */
  readonly etagMinSize?: number | false
  /** The methods that the class may implement, where there are more than the usual ones; `OTHER` is answered by `other()`. */
  readonly supportedMethods?: readonly string[]
  /** `prepare()` answers, whatever the method is. @defaultValue false */
  readonly acceptsAnyMethod?: boolean
  /** The handler takes sockets over whose request asks for another protocol. @defaultValue false */
  readonly acceptsUpgrade?: boolean
  /** Called when an application is built with the class, to refuse settings of the class that make no sense. */
  checkClass?(): void
  /** Called with the arguments of each rule for the class when an application is built, to refuse them at once. */
  checkArgs?(args: object): void
}

export type HandlerClass = (new (...args: never[]) => RequestHandler) & HandlerStatics

/** What is to be known of a handler class, worked out once when the application is built. */
export interface HandlerProfile {
  readonly Handler: HandlerClass
  readonly statics: HandlerStatics
  /** Method of the request → name of the member that answers it. */
  readonly verbs: ReadonlyMap<string, string>
  /** The value of the Allow field. */
  readonly allow: string
  /** True if `getCurrentUser()` is an async function. */
  readonly asyncUser: boolean
}

/** The methods that Tornado's handlers can have (Tornado: `SUPPORTED_METHODS`). */
const SUPPORTED_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
/** Methods that a server should know without supporting them (RFC 9110 §9.1): 405, not 501. */
const KNOWN_METHODS: ReadonlySet<string> = new Set([...SUPPORTED_METHODS, 'CONNECT', 'TRACE'])

const profiles = new WeakMap<HandlerClass, HandlerProfile>()

/** @throws {@link OptionError} for a static setting that makes no sense, with the name of the class */
export function profileOf(Handler: HandlerClass): HandlerProfile {
  const known = profiles.get(Handler)
  if (known !== undefined) return known
  const profile = describe(Handler)
  profiles.set(Handler, profile)
  return profile
}

/** True if a server has to know this method: what it cannot do is then 405, else 501. */
export function isKnownMethod(method: string): boolean {
  return KNOWN_METHODS.has(method)
}

function describe(Handler: HandlerClass): HandlerProfile {
  checkStatics(Handler)
  Handler.checkClass?.()
  const verbs = new Map<string, string>()
  for (const method of Handler.supportedMethods ?? SUPPORTED_METHODS) {
    const verb = method.toLowerCase()
    if (typeof member(Handler, verb) === 'function') verbs.set(method, verb)
    else if (method === 'HEAD' && verbs.has('GET')) verbs.set('HEAD', 'get')
  }
  const allowed = new Set([...verbs.keys(), 'OPTIONS'])
  return {
    Handler,
    statics: Handler,
    verbs,
    allow: [...allowed].join(', '),
    asyncUser: isAsyncFunction(member(Handler, 'getCurrentUser')),
  }
}

function member(Handler: HandlerClass, name: string): unknown {
  return (Handler.prototype as unknown as Record<string, unknown>)[name] // looked up by a name from the request's method
}

function isAsyncFunction(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object AsyncFunction]'
}

function checkStatics(Handler: HandlerClass): void {
  const { authenticated = false, trailingSlash, maxBodySize, etagMinSize = false } = Handler
  if (maxBodySize !== undefined) {
    // what is not held in memory may be of any size
    if (Handler.streamRequestBody === true) resolveBodyLimits({ maxUploadSize: maxBodySize })
    else resolveBodyLimits({ maxBodySize })
  }
  const refuse = (rule: string) => {
    throw new OptionError(`${Handler.name}.${rule}`)
  }
  if (typeof authenticated !== 'boolean' && !Array.isArray(authenticated))
    refuse('authenticated must be a boolean or a list of methods')
  if (trailingSlash !== undefined && trailingSlash !== 'add' && trailingSlash !== 'remove')
    refuse("trailingSlash must be 'add' or 'remove'")
  if (etagMinSize !== false)
    checkInteger(`${Handler.name}.etagMinSize`, etagMinSize, { min: 0, max: Number.MAX_SAFE_INTEGER })
}
