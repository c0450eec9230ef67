/** What can be asked of a fetch, what a client can preset, and the checks of both. */
import { inspect } from 'node:util'
import { type AuthOptions, checkAuth } from './authentication.ts'
import type { BodyOptions, FormInit } from './body-source.ts'
import type { CookieJar } from './cookie-jar.ts'
import { HTTPClientOptionError } from './option-error.ts'
import { parseProxy } from './proxy.ts'
import { type HeaderInit, isToken } from './request-fields.ts'
import type { ResponseHead } from './response-head.ts'
import { type ResolvedRetry, type RetryOptions, resolveRetry } from './retry.ts'

/**
 * Addresses in place of the system's name resolution: a table from host name to IP address (curl: `--resolve`), or a
 * function. A function that throws refuses the host.
 */
export type Resolve =
  | Readonly<Record<string, string>>
  | ((hostname: string) => string | readonly string[] | Promise<string | readonly string[]>)

/** Certificates and keys in PEM. */
export type PEM = string | Buffer | readonly (string | Buffer)[]

/** How a connection is made. */
export interface ConnectionOptions {
  /**
   * Proxy: a URL, with name and password if it wants them; `'environment'` to follow `HTTP_PROXY`, `HTTPS_PROXY`,
   * `ALL_PROXY` and `NO_PROXY`; `false` for none. Through one that begins with `http:` or `https:`, or with `socks5h:` or
   * `socks4a:`, the proxy looks up the name of the server; with `socks5:` and `socks4:` the client does, as with curl.
   * @defaultValue false
   */
  readonly proxy?: string | URL | false | undefined
  /** Certificate authorities, in place of the built-in ones (Tornado: `ca_certs`). */
  readonly ca?: PEM | undefined
  /** Client certificate (Tornado: `client_cert`); needs `key`. Not shown to another origin that a redirect leads to. */
  readonly cert?: PEM | undefined
  readonly key?: string | Buffer | undefined
  readonly passphrase?: string | undefined
  /** `false` accepts any certificate: for tests only. @defaultValue true */
  readonly validateCert?: boolean | undefined
  /** Path of a Unix socket that is connected to instead of the URL's host. */
  readonly unixSocket?: string | undefined
  readonly resolve?: Resolve | undefined
  /** Speak HTTP/2 with servers that offer it over TLS. @defaultValue false */
  readonly http2?: boolean | undefined
  /** Longest wait for a connection (name, TCP, proxy, TLS) in milliseconds; 0 means no limit. @defaultValue 20000 */
  readonly connectTimeout?: number | undefined
}

/** What a client can preset and a fetch can change. Sizes are in bytes, times in milliseconds; a time of 0 means no limit. */
export interface RequestDefaults extends ConnectionOptions, AuthOptions {
  readonly headers?: HeaderInit | undefined
  readonly cookies?: CookieJar | undefined
  /** @defaultValue `'Typhoon'` */
  readonly userAgent?: string | undefined
  /** Longest wait for the head of the answer, once the request, or another part of its body, is sent. @defaultValue 20000 */
  readonly headersTimeout?: number | undefined
  /** Longest silence while the body arrives. @defaultValue 20000 */
  readonly bodyTimeout?: number | undefined
  /** Longest time for everything: queue, redirects, retries and the body. @defaultValue 20000 */
  readonly requestTimeout?: number | undefined
  /** @defaultValue true */
  readonly followRedirects?: boolean | undefined
  /** @defaultValue 5 */
  readonly maxRedirects?: number | undefined
  /**
   * Largest body, counted after decoding. @defaultValue 100 MiB; for `stream`, `streamingCallback` and `download()`, which
   * keep nothing in memory, no limit
   */
  readonly maxBodySize?: number | undefined
  /** Ask for gzip, deflate and br, and decode them; zstd too from Node 24 on (22 does not notice that it is cut short). @defaultValue true */
  readonly decompressResponse?: boolean | undefined
  /** How often a request that is safe to repeat is repeated, and when. @defaultValue 0 */
  readonly retry?: number | RetryOptions | undefined
  /** Whether status 400 and above throws {@link HTTPClientError}. @defaultValue true */
  readonly raiseError?: boolean | undefined
}

/** One fetch. */
export interface RequestOptions extends RequestDefaults, BodyOptions {
  /** @defaultValue `'GET'` */
  readonly method?: string | undefined
  /** Added to the query that the URL has. */
  readonly query?: FormInit | undefined
  /** Ask whether the body is wanted before it is sent (RFC 9110 §10.1.1), on a connection of its own. @defaultValue false */
  readonly expect100Continue?: boolean | undefined
  /** Gets each decoded part of the body, which `response.body` then lacks; the next waits until it settles. */
  readonly streamingCallback?: ((chunk: Buffer) => void | Promise<void>) | undefined
  /** Gets the head of the answer before its body arrives; not those of redirects. */
  readonly headerCallback?: ((head: ResponseHead) => void) | undefined
  /** Ends the fetch, which then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Any token as method, and a body with any method (Tornado: `allow_nonstandard_methods`). @defaultValue false */
  readonly allowNonstandardMethods?: boolean | undefined
}

/** What one client is made with. */
export interface AsyncHTTPClientOptions extends RequestDefaults {
  /** Most requests at a time; further ones wait (Tornado: `max_clients`). @defaultValue 100 */
  readonly maxClients?: number | undefined
  /** Most requests at a time to one host and port. @defaultValue 10 */
  readonly maxClientsPerHost?: number | undefined
  /** How long an idle connection is kept, in milliseconds, unless the server asks for less. @defaultValue 4000 */
  readonly keepAliveTimeout?: number | undefined
  /** Largest head of an answer, in bytes. @defaultValue 16 KiB */
  readonly maxHeaderSize?: number | undefined
}

const REQUEST_DEFAULTS = {
  method: 'GET',
  proxy: false,
  validateCert: true,
  http2: false,
  connectTimeout: 20_000,
  headersTimeout: 20_000,
  bodyTimeout: 20_000,
  requestTimeout: 20_000,
  userAgent: 'Typhoon',
  followRedirects: true,
  maxRedirects: 5,
  decompressResponse: true,
  retry: 0,
  raiseError: true,
  expect100Continue: false,
  allowNonstandardMethods: false,
} as const
const CLIENT_DEFAULTS: ResolvedClient = {
  maxClients: 100,
  maxClientsPerHost: 10,
  keepAliveTimeout: 4000,
  maxHeaderSize: 16 * 1024,
}

const UNSET = ['headers', 'auth', 'cookies', 'ca', 'cert', 'key', 'passphrase', 'unixSocket', 'resolve', 'maxBodySize']
const REQUEST_ONLY = [
  'query',
  'form',
  'json',
  'multipart',
  'body',
  'bodyProducer',
  'streamingCallback',
  'headerCallback',
]
const REQUEST_NAMES = new Set([...Object.keys(REQUEST_DEFAULTS), ...UNSET, ...REQUEST_ONLY, 'signal'])
const NOT_PRESET = ['method', 'expect100Continue', 'allowNonstandardMethods']
const CLIENT_NAMES = new Set(
  [...Object.keys(REQUEST_DEFAULTS), ...UNSET, ...Object.keys(CLIENT_DEFAULTS)].filter((n) => !NOT_PRESET.includes(n)),
)
const TIMES = ['connectTimeout', 'headersTimeout', 'bodyTimeout', 'requestTimeout'] as const
const FLAGS = [
  'validateCert',
  'http2',
  'followRedirects',
  'decompressResponse',
  'raiseError',
  'expect100Continue',
  'allowNonstandardMethods',
] as const
const BODIES = ['form', 'json', 'multipart', 'body', 'bodyProducer'] as const
const STANDARD_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
const BODILESS_METHODS = new Set(['GET', 'HEAD'])

/** The longest timer, in milliseconds; Node fires a longer one after 1 ms. */
const LONGEST_TIMER = 2 ** 31 - 1

type Filled = Exclude<keyof typeof REQUEST_DEFAULTS, 'retry'>

/** Options of one fetch, filled in and checked; `headers` is left to whoever merges the fields. */
export type ResolvedRequest = Omit<RequestOptions, 'retry'> & {
  readonly [K in Filled]-?: Exclude<RequestOptions[K], undefined>
} & { readonly retry: ResolvedRetry }

export type ResolvedClient = Readonly<
  Record<'maxClients' | 'maxClientsPerHost' | 'keepAliveTimeout' | 'maxHeaderSize', number>
>

/** @throws {@link HTTPClientOptionError} */
export function resolveClientOptions(given: AsyncHTTPClientOptions): ResolvedClient {
  checkNames('AsyncHTTPClientOptions', given, CLIENT_NAMES)
  resolveRequestOptions(
    pick(given, (name) => !Object.hasOwn(CLIENT_DEFAULTS, name)),
    {},
  ) // a wrong preset fails here already
  const options = { ...CLIENT_DEFAULTS, ...pick(given, (name) => Object.hasOwn(CLIENT_DEFAULTS, name)) }
  for (const name of ['maxClients', 'maxClientsPerHost'] as const) checkInteger(name, options[name], 1, 2 ** 20)
  checkInteger('keepAliveTimeout', options.keepAliveTimeout, 1, LONGEST_TIMER)
  checkInteger('maxHeaderSize', options.maxHeaderSize, 256, 2 ** 30)
  return Object.freeze(options)
}

/** The client's presets overlaid with what the fetch asks for; `undefined` means the preset. @throws {@link HTTPClientOptionError} */
export function resolveRequestOptions(given: RequestOptions, presets: RequestDefaults): ResolvedRequest {
  checkNames('RequestOptions', given, REQUEST_NAMES)
  const preset = pick(presets, (name) => REQUEST_NAMES.has(name))
  const options = { ...REQUEST_DEFAULTS, ...preset, ...pick(given, () => true) } as unknown as ResolvedRequest // checked below
  for (const name of TIMES) checkInteger(name, options[name], 0, LONGEST_TIMER)
  for (const name of FLAGS) checkType(name, options[name], 'boolean')
  checkInteger('maxRedirects', options.maxRedirects, 0, 1000)
  if (options.maxBodySize !== undefined) checkInteger('maxBodySize', options.maxBodySize, 0, Number.MAX_SAFE_INTEGER)
  for (const name of ['streamingCallback', 'headerCallback', 'bodyProducer'] as const) {
    if (options[name] !== undefined) checkType(name, options[name], 'function')
  }
  if (options.proxy !== false && options.proxy !== 'environment') parseProxy(options.proxy)
  if (options.auth !== undefined) checkAuth(options.auth)
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw new HTTPClientOptionError('cert and key must be given together')
  }
  checkMethod(options)
  return { ...options, retry: resolveRetry(options.retry as number | RetryOptions) }
}

function checkMethod(options: ResolvedRequest): void {
  const { method, allowNonstandardMethods } = options
  if (typeof method !== 'string' || !isToken(method) || method === 'CONNECT') {
    throw new HTTPClientOptionError(`method must be a token other than CONNECT, got ${inspect(method)}`)
  }
  const bodies = BODIES.filter((name) => options[name] !== undefined)
  if (bodies.length > 1) throw new HTTPClientOptionError(`only one of ${bodies.join(', ')} can be given`)
  if (allowNonstandardMethods) return
  if (!STANDARD_METHODS.has(method)) {
    const list = [...STANDARD_METHODS].join(', ')
    throw new HTTPClientOptionError(
      `method must be one of ${list}, or allowNonstandardMethods set, got ${inspect(method)}`,
    )
  }
  if (bodies.length > 0 && BODILESS_METHODS.has(method)) {
    throw new HTTPClientOptionError(
      `${bodies[0]} must not be given for ${method}, unless allowNonstandardMethods is set`,
    )
  }
}

function pick(given: object, wanted: (name: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([name, value]) => value !== undefined && wanted(name)))
}

function checkNames(owner: string, given: object, names: ReadonlySet<string>): void {
  for (const name of Object.keys(given)) {
    if (!names.has(name))
      throw new HTTPClientOptionError(`${owner} has no option ${name}; it has ${[...names].join(', ')}`)
  }
}

function checkInteger(name: string, value: unknown, min: number, max: number): void {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return // isInteger has seen a number
  throw new HTTPClientOptionError(`${name} must be a whole number from ${min} to ${max}, got ${inspect(value)}`)
}

function checkType(name: string, value: unknown, type: 'boolean' | 'function'): void {
  if (typeof value === type) return
  throw new HTTPClientOptionError(`${name} must be a ${type}, got ${inspect(value)}`)
}
