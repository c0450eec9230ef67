import { once } from 'node:events'
import { isIP, type LookupFunction, type NetConnectOpts, Socket } from 'node:net'
import { ConnectError, type ConnectPhase, StreamClosedError, TCPOptionError } from './errors.ts'
import { IOStream } from './iostream.ts'
import { checkInteger, checkNames, checkPort, checkText, LONGEST_TIMER } from './options.ts'
import { resolveStreamOptions, STREAM_OPTION_NAMES, type StreamOptions } from './stream-options.ts'
import type { ClientTLSOptions } from './tls-handshake.ts'

export interface ConnectOptions extends StreamOptions {
  /** Longest time for all of it, name and handshake included, in milliseconds; 0 means no limit. @defaultValue 20000 */
  timeout?: number | undefined
  /** Encrypts the connection; the certificate has to be valid for the host unless the options say otherwise. */
  tls?: boolean | ClientTLSOptions | undefined
  /** The local IP address to connect from (Tornado: `source_ip`). */
  sourceAddress?: string | undefined
  /** The local port to connect from. @defaultValue the system chooses */
  sourcePort?: number | undefined
  /** Gives up: `connect()` rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  /** Finds the addresses of a name, in the form of Node's `dns.lookup` (Tornado: a resolver). */
  lookup?: LookupFunction | undefined
  /** Tries the addresses of both families in turn, a little apart (RFC 8305). @defaultValue true */
  autoSelectFamily?: boolean | undefined
  /** How long one address has before the next is tried, in milliseconds; at least 10. @defaultValue 300 */
  autoSelectFamilyAttemptTimeout?: number | undefined
}

interface Target {
  readonly host: string
  readonly port: number
}

const NAMES = [
  'timeout',
  'tls',
  'sourceAddress',
  'sourcePort',
  'signal',
  'lookup',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
  ...STREAM_OPTION_NAMES,
]

/**
 * Makes connections (Tornado: `TCPClient`).
 *
 * @example
 * await using stream = await new TCPClient().connect('example.com', 443, { tls: true, timeout: 5000 })
 */
export class TCPClient {
  readonly #defaults: ConnectOptions

  /** @param defaults - for all its connections, for instance `lookup` */
  constructor(defaults: ConnectOptions = {}) {
    checkConnectOptions(defaults)
    this.#defaults = defaults
  }

  /** `new TCPClient().connect(…)`, for a single connection. */
  static connect(host: string, port: number, options: ConnectOptions = {}): Promise<IOStream> {
    return new TCPClient().connect(host, port, options)
  }

  /**
   * Connects to a port.
   *
   * @throws {@link ConnectError} with host, port and the phase that failed; its code tells a time-out from other failures
   * @throws {@link TCPOptionError} for an option that is unknown or out of range
   * @throws the reason of `signal`
   */
  async connect(host: string, port: number, options: ConnectOptions = {}): Promise<IOStream> {
    checkText('host', host)
    checkPort(port, 1)
    const all = this.#with(options)
    return open({ host, port }, tcpOptions({ host, port }, all), all)
  }

  /** Connects to a Unix socket; throws as `connect()` does. With `tls` its options must hold a `servername`. */
  async connectUnix(path: string, options: ConnectOptions = {}): Promise<IOStream> {
    checkText('path', path)
    return open({ host: path, port: 0 }, { path }, this.#with(options))
  }

  #with(options: ConnectOptions): ConnectOptions {
    checkConnectOptions(options)
    return {
      ...this.#defaults,
      ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    }
  }
}

function checkConnectOptions(options: ConnectOptions): void {
  checkNames('ConnectOptions', options, NAMES)
  resolveStreamOptions(options)
  const { timeout = 0, sourceAddress, sourcePort = 0, autoSelectFamilyAttemptTimeout = 300 } = options
  checkInteger('timeout', timeout, { min: 0, max: LONGEST_TIMER })
  checkInteger('sourcePort', sourcePort, { min: 0, max: 65_535 })
  checkInteger('autoSelectFamilyAttemptTimeout', autoSelectFamilyAttemptTimeout, { min: 10, max: LONGEST_TIMER })
  if (sourceAddress !== undefined && isIP(sourceAddress) === 0) {
    throw new TCPOptionError(`sourceAddress must be an IP address, got ${JSON.stringify(sourceAddress)}`)
  }
}

function tcpOptions(target: Target, options: ConnectOptions): NetConnectOpts {
  const { sourceAddress, sourcePort, lookup, autoSelectFamily = true, autoSelectFamilyAttemptTimeout = 300 } = options
  return {
    ...target,
    autoSelectFamily,
    autoSelectFamilyAttemptTimeout,
    ...(lookup === undefined ? {} : { lookup }),
    // from an address of one family only that family can be reached
    ...(sourceAddress === undefined ? {} : { localAddress: sourceAddress, family: isIP(sourceAddress) }),
    ...(sourcePort === undefined ? {} : { localPort: sourcePort }),
  }
}

async function open(target: Target, connectTo: NetConnectOpts, options: ConnectOptions): Promise<IOStream> {
  const { timeout = 20_000, signal } = options
  signal?.throwIfAborted()
  const timer = timeout === 0 ? undefined : AbortSignal.timeout(timeout)
  const attempt = new Attempt(target, connectTo)
  const signals = [signal, timer].filter((each) => each !== undefined)
  const stop = () => attempt.abandon()
  for (const each of signals) each.addEventListener('abort', stop)
  try {
    return await attempt.run(options)
  } catch (error) {
    attempt.abandon()
    if (signal?.aborted === true) throw signal.reason
    if (error instanceof TCPOptionError) throw error
    throw new ConnectError(target, attempt.phase, timer?.aborted === true ? { timeout } : { cause: rootCause(error) })
  } finally {
    for (const each of signals) each.removeEventListener('abort', stop)
  }
}

/** One connection in the making. */
class Attempt {
  phase: ConnectPhase
  readonly #host: string | undefined
  readonly #socket: Socket

  constructor({ host, port }: Target, connectTo: NetConnectOpts) {
    this.phase = port === 0 || isIP(host) !== 0 ? 'connect' : 'lookup'
    this.#host = port === 0 ? undefined : host
    this.#socket = new Socket({ allowHalfOpen: true }).setNoDelay(true)
    this.#socket.on('error', () => {}) // `run()` reports it; it may come when nobody waits any longer
    this.#socket.on('lookup', (error) => {
      if (error === null || error === undefined) this.phase = 'connect'
    })
    this.#socket.connect(connectTo)
  }

  async run({ tls, maxBufferSize, maxWriteBufferSize, closeTimeout }: ConnectOptions): Promise<IOStream> {
    await this.#connected()
    const stream = new IOStream(this.#socket, { maxBufferSize, maxWriteBufferSize, closeTimeout, host: this.#host })
    if (tls === undefined || tls === false) return stream
    this.phase = 'tls'
    return await stream.startTls(tls === true ? {} : tls)
  }

  /** Makes `run()` reject, whatever it is waiting for. */
  abandon(): void {
    this.#socket.destroy(new Error('the attempt was abandoned'))
  }

  async #connected(): Promise<void> {
    await once(this.#socket, 'connect') // rejects with the socket's error
  }
}

function rootCause(error: unknown): Error {
  if (error instanceof StreamClosedError) return error.realError ?? error
  return error instanceof Error ? error : new Error(String(error))
}
