import type { SecureContextOptions, TlsOptions } from 'node:tls'
import { parseHost } from '../headers/host.ts'
import { checkInteger, checkType, OptionError, withDefaults } from '../options.ts'

/** Where and how a server listens, and what a client may cost; sizes are in bytes, times in milliseconds. */
export interface ServerOptions {
  /** TCP port; 0 lets the system choose one. @defaultValue 8888 */
  port?: number | undefined
  /** Address to listen on. @defaultValue every address of the machine */
  host?: string | undefined
  /** Path of a Unix socket, in place of port and host. */
  path?: string | undefined
  /**
   * Lets other processes listen on the same port, among which the system divides connections (Tornado: `reuse_port`). It needs
   * Node.js 22.12, and a system that has `SO_REUSEPORT`. For `run({ workers })` it is not needed. @defaultValue false
   */
  reusePort?: boolean | undefined
  /** Serve HTTPS; Node's TLS options, at least `key` and `cert`. */
  tls?: (SecureContextOptions & TlsOptions) | undefined
  /** Speak HTTP/2 with clients that can, on the same port; needs `tls`. @defaultValue false */
  http2?: boolean | undefined
  /**
   * Proxies whose `X-Forwarded-*` and `Forwarded` fields tell client, protocol and host: IP addresses and CIDR ranges, or
   * `true` for whoever connects (Tornado: `xheaders`, `trusted_downstream`). @defaultValue nobody
   */
  xheaders?: boolean | readonly string[] | undefined
  /**
   * The host names that may be asked for, such as `example.com` and `*.example.com`; others get 400. It keeps a page of another
   * site from reaching a server in the reader's own network by a name that it controls. @defaultValue any
   */
  allowedHosts?: readonly string[] | undefined
  /** Largest head of a request; 431 above. @defaultValue 16 KiB */
  maxHeaderSize?: number | undefined
  /** Most header fields; 431 above. @defaultValue 100 */
  maxHeaderCount?: number | undefined
  /** Longest request target; 414 above. @defaultValue 8 KiB */
  maxTargetSize?: number | undefined
  /** Longest wait for the whole head; 408 after it. @defaultValue 60000, or `requestTimeout` if that is shorter */
  headersTimeout?: number | undefined
  /** Longest wait for head and body together; 408 after it. 0 means no limit. @defaultValue 300000 */
  requestTimeout?: number | undefined
  /** How long a connection without a request is kept. 0 means no limit. @defaultValue 75000 */
  idleTimeout?: number | undefined
  /** Requests on one connection, after which it is closed; 0 means no limit. @defaultValue 0 */
  maxRequestsPerConnection?: number | undefined
  /** Connections at a time; further ones are refused. 0 means no limit. @defaultValue 0 */
  maxConnections?: number | undefined
}

type Places = 'host' | 'path' | 'reusePort' | 'tls' | 'http2' | 'xheaders' | 'allowedHosts'

/** Options, all filled in and checked. */
export type ResolvedServerOptions = Readonly<Required<Pick<ServerOptions, Places>>> &
  Readonly<{ [K in Exclude<keyof ServerOptions, Places>]-?: number }>

const LONGEST_TIMER = 2 ** 31 - 1 // ms; Node fires a longer one after 1 ms
const DEFAULTS: ResolvedServerOptions = {
  port: 8888,
  host: undefined,
  path: undefined,
  reusePort: false,
  tls: undefined,
  http2: false,
  xheaders: false,
  allowedHosts: undefined,
  maxHeaderSize: 16 * 1024,
  maxHeaderCount: 100,
  maxTargetSize: 8 * 1024,
  headersTimeout: 60_000,
  requestTimeout: 300_000,
  idleTimeout: 75_000,
  maxRequestsPerConnection: 0,
  maxConnections: 0,
}

/** Fills in and checks the options. @throws {@link OptionError} */
export function resolveServerOptions(given: ServerOptions = {}): ResolvedServerOptions {
  const options = withDefaults<ResolvedServerOptions>('ServerOptions', DEFAULTS, given)
  checkInteger('port', options.port, { min: 0, max: 65_535 })
  for (const name of ['host', 'path'] as const)
    if (options[name] !== undefined) checkType(name, options[name], 'string')
  if (options.path === '') throw new OptionError('path must not be empty')
  checkType('reusePort', options.reusePort, 'boolean')
  if (options.reusePort === true && !canReusePort()) throw new OptionError('reusePort needs Node.js 22.12 or newer')
  if (options.tls !== undefined) checkType('tls', options.tls, 'object')
  checkType('http2', options.http2, 'boolean')
  if (options.http2 === true && options.tls === undefined)
    throw new OptionError('http2 needs tls: browsers speak it over TLS only')
  if (typeof options.xheaders !== 'boolean') checkList('xheaders', options.xheaders)
  if (options.allowedHosts !== undefined) checkHosts(options.allowedHosts)
  checkInteger('maxHeaderSize', options.maxHeaderSize, { min: 1024, max: 2 ** 30 })
  for (const name of ['maxHeaderCount', 'maxTargetSize'] as const)
    checkInteger(name, options[name], { min: 1, max: 2 ** 30 })
  for (const name of ['headersTimeout', 'requestTimeout', 'idleTimeout'] as const) {
    checkInteger(name, options[name], { min: 0, max: LONGEST_TIMER })
  }
  for (const name of ['maxRequestsPerConnection', 'maxConnections'] as const) {
    checkInteger(name, options[name], { min: 0, max: Number.MAX_SAFE_INTEGER })
  }
  return Object.freeze({ ...options, headersTimeout: headersTimeoutWithin(options, given.headersTimeout) })
}

/** The head is a part of the request, so it cannot have more time than that. */
function headersTimeoutWithin({ headersTimeout, requestTimeout }: ResolvedServerOptions, given?: number): number {
  if (requestTimeout === 0 || headersTimeout <= requestTimeout) return headersTimeout
  if (given === undefined) return requestTimeout
  throw new OptionError(`headersTimeout must not be longer than requestTimeout, got ${given} and ${requestTimeout}`)
}

function checkList(name: string, value: unknown): void {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return
  throw new OptionError(`${name} must be a list of texts`)
}

/** A port or a scheme would never match; an IPv6 address stands in brackets, as in a URL. */
function checkHosts(hosts: readonly string[]): void {
  checkList('allowedHosts', hosts)
  const wrong = hosts.find((host) => parseHost(host)?.hostname.toLowerCase() !== host.toLowerCase())
  if (wrong === undefined) return
  throw new OptionError(
    `allowedHosts must hold host names without port, such as example.com, got ${JSON.stringify(wrong)}`,
  )
}

/** A check for `allowedHosts`; `*.example.com` stands for every name below example.com. */
export function hostFilter(allowed: readonly string[] | undefined): ((hostname: string) => boolean) | undefined {
  if (allowed === undefined) return undefined
  const names = new Set(allowed.map((name) => name.toLowerCase()))
  const suffixes = [...names].filter((name) => name.startsWith('*.')).map((name) => name.slice(1))
  return (hostname) => names.has(hostname) || suffixes.some((suffix) => hostname.endsWith(suffix))
}

/** Older versions would ignore the option without a word. */
function canReusePort(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major === 22 ? minor >= 12 : major > 23 || (major === 23 && minor >= 1)
}
