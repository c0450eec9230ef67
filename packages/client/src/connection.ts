/** A connection to an origin: name, TCP or Unix socket, a tunnel through a proxy, TLS, each timed. */
import { once } from 'node:events'
import { connect as connectTCP, isIP, type LookupFunction, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTLS, type ConnectionOptions as TLSOptions, type TLSSocket } from 'node:tls'
import { defaultPort, isSocks, resolvesHere } from './proxy.ts'
import type { ConnectionOptions, Resolve } from './request-options.ts'
import { openSocksTunnel } from './socks-tunnel.ts'
import type { ConnectTimes } from './transport.ts'
import { openTunnel } from './tunnel.ts'

export interface Destination {
  /** Without brackets. */
  readonly hostname: string
  readonly port: number
  readonly secure: boolean
  /** A proxy that is to be asked for a tunnel. */
  readonly tunnel?: URL | undefined
}

/**
 * @throws what the system, the proxy or TLS has against it, or the signal's reason
 */
export async function openConnection(
  destination: Destination,
  options: ConnectionOptions,
  times: ConnectTimes,
  signal: AbortSignal,
): Promise<Socket> {
  const { tunnel, hostname, secure } = destination
  const raw = tunnel === undefined ? await openSocket(destination, options, times, signal) : undefined
  const socket = raw ?? (await throughProxy(destination, options, times, signal))
  if (!secure) return socket as Socket // a plain one goes through no tunnel but a SOCKS one, which is a socket
  return secured(socket, hostname, tlsOptions(options), times, signal)
}

/** The address of a URL's host. */
export function destinationOf(url: URL, tunnel?: URL): Destination {
  const secure = url.protocol === 'https:'
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? defaultPort(url) : Number(url.port)
  return { hostname, port, secure, tunnel }
}

async function throughProxy(
  { hostname, port, tunnel }: Destination,
  options: ConnectionOptions,
  times: ConnectTimes,
  signal: AbortSignal,
): Promise<Duplex> {
  const proxy = tunnel as URL // the caller has seen it
  // before the connection, which nobody would watch meanwhile
  const host = resolvesHere(proxy) ? await addressFor(proxy, hostname, options, times, signal) : hostname
  const toProxy = await openConnection(destinationOf(proxy), withoutIdentity(options), times, signal)
  if (isSocks(proxy)) return openSocksTunnel(toProxy, proxy, host, port, signal)
  const authority = `${isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`
  return openTunnel(toProxy, proxy, authority, signal)
}

/** For a proxy that is to be given an address. */
async function addressFor(
  { protocol }: URL,
  hostname: string,
  { resolve = {} }: ConnectionOptions,
  times: ConnectTimes,
  signal: AbortSignal,
): Promise<string> {
  const start = performance.now()
  const addresses = await within(signal, addressesOf(resolve, hostname))
  times.lookup += performance.now() - start
  const address = protocol === 'socks4:' ? addresses.find((each) => isIP(each) === 4) : addresses[0]
  if (address === undefined) throw new Error(`no address for ${hostname} that the proxy could be given`)
  return address
}

/** What `work` comes to, unless the signal is faster. */
async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const over = new AbortController()
  const aborted = once(signal, 'abort', { signal: over.signal }).then(() => Promise.reject(signal.reason as Error))
  try {
    return await Promise.race([work, aborted])
  } finally {
    over.abort()
  }
}

async function openSocket(
  { hostname, port }: Destination,
  { unixSocket, resolve }: ConnectionOptions,
  times: ConnectTimes,
  signal: AbortSignal,
): Promise<Socket> {
  const start = performance.now()
  if (unixSocket === undefined && resolve !== undefined && isIP(hostname) !== 0)
    await within(signal, addressesOf(resolve, hostname))
  const lookup = resolve === undefined ? undefined : lookupWith(resolve)
  const socket = connectTCP(
    unixSocket === undefined
      ? { host: hostname, port, autoSelectFamily: true, noDelay: true, keepAlive: true, ...defined({ lookup }) }
      : { path: unixSocket },
  )
  let found = start
  socket.once('lookup', () => {
    found = performance.now()
  })
  await settled(socket, 'connect', signal)
  times.lookup += found - start
  times.connect += performance.now() - found
  return socket
}

async function secured(
  socket: Duplex,
  hostname: string,
  options: TLSOptions,
  times: ConnectTimes,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const start = performance.now()
  const servername = isIP(hostname) === 0 ? hostname : '' // RFC 6066 §3: addresses are not server names
  const secure = connectTLS({ ...options, socket, servername, ...(servername === '' ? { host: hostname } : {}) })
  await settled(secure, 'secureConnect', signal)
  times.tls = performance.now() - start
  return secure
}

/** Waits for the event; a socket that is not wanted any more is destroyed. */
async function settled(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  try {
    await once(socket, event, { signal })
  } catch (error) {
    socket.on('error', () => {}) // what it says now, nobody waits for
    socket.destroy()
    throw signal.aborted ? signal.reason : error
  }
}

function tlsOptions({ ca, cert, key, passphrase, validateCert, http2 }: ConnectionOptions): TLSOptions {
  return {
    ALPNProtocols: http2 === true ? ['h2', 'http/1.1'] : ['http/1.1'],
    rejectUnauthorized: validateCert !== false,
    ...defined({ ca, cert, key, passphrase }),
  } as TLSOptions // PEM is a readonly list here; Node only reads it
}

/** For the connection to a proxy itself. */
function withoutIdentity(options: ConnectionOptions): ConnectionOptions {
  return { ...options, cert: undefined, key: undefined, passphrase: undefined, http2: false, unixSocket: undefined }
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never // nothing else is left
}

function lookupWith(resolve: Resolve): LookupFunction {
  return (hostname, { all }, callback) => void lookUp(resolve, hostname, all === true, callback)
}

async function lookUp(
  resolve: Resolve,
  hostname: string,
  all: boolean,
  callback: Parameters<LookupFunction>[2],
): Promise<void> {
  let list: { address: string; family: number }[]
  try {
    list = (await addressesOf(resolve, hostname)).map((address) => ({ address, family: isIP(address) }))
  } catch (error) {
    return callback(error instanceof Error ? error : new Error('resolve failed', { cause: error }), '', 0)
  }
  const [first] = list
  if (first === undefined) callback(new Error(`resolve has no address for ${hostname}`), '', 0)
  else if (all) callback(null, list)
  else callback(null, first.address, first.family)
}

/** Asks the override; a host that a table does not hold is looked up as always. */
async function addressesOf(resolve: Resolve, hostname: string): Promise<readonly string[]> {
  if (typeof resolve === 'function') {
    const found = await resolve(hostname)
    return typeof found === 'string' ? [found] : found
  }
  const address = Object.hasOwn(resolve, hostname) ? resolve[hostname] : undefined
  if (address !== undefined) return [address]
  if (isIP(hostname) !== 0) return [hostname]
  const { lookup } = await import('node:dns/promises')
  return (await lookup(hostname, { all: true })).map((each) => each.address)
}
