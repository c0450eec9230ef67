import { isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect, createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { TCPOptionError } from './errors.ts'
import { checkInteger, checkText, LONGEST_TIMER } from './options.ts'

/** What Node's `tls.connect` takes, but for where to connect to. */
export interface ClientTLSOptions extends Omit<ConnectionOptions, 'socket' | 'host' | 'port' | 'path' | 'lookup'> {
  isServer?: false | undefined
  /** The name, or IP address, that the certificate has to be for. @defaultValue the host that the stream was connected to */
  servername?: string | undefined
  /** Longest handshake, in milliseconds. @defaultValue 10000 */
  handshakeTimeout?: number | undefined
}

/** What Node's `tls.createServer` takes. */
export interface ServerTLSOptions extends TlsOptions {
  isServer: true
  /** Longest handshake, in milliseconds. @defaultValue 10000 */
  handshakeTimeout?: number | undefined
}

export type StartTLSOptions = ClientTLSOptions | ServerTLSOptions

/** In milliseconds. Node would let a client take two minutes. */
export const DEFAULT_HANDSHAKE_TIMEOUT = 10_000

/** @throws {@link TCPOptionError} for what could not work; Node's own checks follow at the handshake */
export function checkStartTLSOptions(options: StartTLSOptions, host: string | undefined): void {
  checkInteger('handshakeTimeout', options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT, {
    min: 1,
    max: LONGEST_TIMER,
  })
  if (options.isServer === true) return
  if ((options.servername ?? host) === undefined) {
    throw new TCPOptionError('startTls: servername is needed, the name that the certificate of the peer has to be for')
  }
  checkText('servername', options.servername ?? host)
}

/** Turns a plain connection into an encrypted one; bytes that the peer sent already are taken as the beginning of its handshake. */
export function handshake(plain: Socket, options: StartTLSOptions, host: string | undefined): Promise<TLSSocket> {
  endWithPeer(plain)
  return options.isServer === true ? serverHandshake(plain, options) : clientHandshake(plain, options, host)
}

/** A peer that leaves during the handshake ends it; the TLS socket takes this setting over. The stream changes it afterwards. */
export function endWithPeer(plain: Socket): void {
  plain.allowHalfOpen = false
}

function serverHandshake(plain: Socket, options: ServerTLSOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const server = createServer({ handshakeTimeout: DEFAULT_HANDSHAKE_TIMEOUT, ...options })
    server.once('secureConnection', resolve)
    server.once('tlsClientError', reject)
    server.emit('connection', plain)
  })
}

function clientHandshake(plain: Socket, given: ClientTLSOptions, host: string | undefined): Promise<TLSSocket> {
  const { servername = host ?? '', handshakeTimeout = DEFAULT_HANDSHAKE_TIMEOUT, ...options } = given
  return new Promise((resolve, reject) => {
    const name = isIP(servername) === 0 ? { servername } : {} // RFC 6066 §3: no IP addresses in the extension
    // `host` is what the certificate is checked against
    const secure = connect({ ...options, ...name, host: servername, socket: plain })
    const timer = setTimeout(() => {
      secure.destroy(new Error(`the TLS handshake took longer than ${handshakeTimeout} ms`))
    }, handshakeTimeout)
    const settle = (settler: () => void) => {
      clearTimeout(timer)
      settler()
    }
    secure.once('secureConnect', () => settle(() => resolve(secure)))
    secure.once('error', (error) => settle(() => reject(error)))
    secure.once('close', () => settle(() => reject(new Error('the connection was closed during the TLS handshake'))))
  })
}
