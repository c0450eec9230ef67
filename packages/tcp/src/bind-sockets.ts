import { lookup } from 'node:dns/promises'
import { chmod, lstat, unlink } from 'node:fs/promises'
import { type AddressInfo, createConnection, createServer, isIP } from 'node:net'
import { TCPOptionError } from './errors.ts'
import { ListeningSocket } from './listening-socket.ts'
import { checkInteger, checkNames, checkPort, checkText } from './options.ts'

/** Where to listen: a TCP port, or a Unix socket. */
export interface BindOptions {
  /** 0 lets the system choose one. @defaultValue 0 */
  port?: number | undefined
  /** A name, of which every address is bound, or an IP address. @defaultValue every address of the machine */
  host?: string | undefined
  /** A Unix socket instead of a port. The file of a server that is gone is replaced. */
  path?: string | undefined
  /** Permissions of the Unix socket. @defaultValue 0o600 */
  mode?: number | undefined
  /** Most connections that the kernel holds until they are accepted; it may hold fewer. @defaultValue 511 */
  backlog?: number | undefined
  /** For IPv6: leave IPv4 alone. @defaultValue false */
  ipv6Only?: boolean | undefined
}

const NAMES = ['port', 'host', 'path', 'mode', 'backlog', 'ipv6Only']

/**
 * Sockets that listen, one for each address of the host and all on the same port (Tornado: `bind_sockets`, `bind_unix_socket`).
 *
 * An address that the machine does not have, such as `::1` where IPv6 is off, is left out as long as another one is there.
 *
 * @throws {@link TCPOptionError} for an option that is unknown or out of range
 * @throws the error of the system, with its `code`, such as `EADDRINUSE`; then nothing listens
 *
 * @example
 * const sockets = await bindSockets({ port: 25, host: 'localhost' })
 * process.setuid?.('mail')
 * server.addSockets(sockets)
 */
export async function bindSockets(where: number | BindOptions = {}): Promise<ListeningSocket[]> {
  const options = typeof where === 'number' ? { port: where } : where
  checkBindOptions(options)
  if (options.path !== undefined) return [await bindUnixSocket(options.path, options)]
  if (options.host === undefined || isIP(options.host) !== 0) return [await bindAddress(options.host, options)]
  return bindEach(await lookup(options.host, { all: true }), options)
}

/**
 * A socket that listens on a free port of this machine only, for tests (Tornado: `bind_unused_port`). No other program can take
 * the port before the server is there.
 *
 * @param host - an IP address
 */
export async function bindUnusedPort(host = '127.0.0.1'): Promise<{ socket: ListeningSocket; port: number }> {
  const socket = await bindAddress(host, {})
  const { port } = socket.address as AddressInfo // it listens on TCP
  return { socket, port }
}

function checkBindOptions(options: BindOptions): void {
  checkNames('BindOptions', options, NAMES)
  const { port, host, path, mode = 0o600, backlog = 511 } = options
  checkPort(port ?? 0)
  checkInteger('mode', mode, { min: 0, max: 0o777 })
  checkInteger('backlog', backlog, { min: 1, max: 2 ** 31 - 1 })
  if (host !== undefined) checkText('host', host)
  if (path === undefined) return
  checkText('path', path)
  if (port !== undefined || host !== undefined) throw new TCPOptionError('path excludes port and host')
}

async function bindEach(addresses: { address: string }[], options: BindOptions): Promise<ListeningSocket[]> {
  const sockets: ListeningSocket[] = []
  let { port = 0 } = options
  let missing: unknown
  for (const address of new Set(addresses.map((each) => each.address))) {
    try {
      const socket = await bindAddress(address, { ...options, port })
      sockets.push(socket)
      port = (socket.address as AddressInfo).port // it listens on TCP
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') {
        await Promise.all(sockets.map((socket) => socket.close()))
        throw error
      }
      missing = error
    }
  }
  if (sockets.length === 0) throw missing
  return sockets
}

function bindAddress(host: string | undefined, { port = 0, backlog, ipv6Only }: BindOptions): Promise<ListeningSocket> {
  return listen({ port, host, backlog, ipv6Only })
}

async function bindUnixSocket(path: string, { mode = 0o600, backlog }: BindOptions): Promise<ListeningSocket> {
  await removeStaleSocket(path)
  const socket = await listen({ path, backlog })
  await chmod(path, mode)
  return socket
}

type Where = { [Name in 'port' | 'host' | 'path' | 'backlog' | 'ipv6Only']?: BindOptions[Name] }

function listen(where: Where): Promise<ListeningSocket> {
  const defined = Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined))
  return new Promise((resolve, reject) => {
    const server = createServer({
      allowHalfOpen: true, // a peer that has sent all may still wait for the answer
      pauseOnConnect: true, // whoever accepts the connection begins to read
      noDelay: true, // small answers do not wait for an acknowledgement of the last one
      keepAlive: true, // a peer that vanished is noticed some day
      keepAliveInitialDelay: 60_000,
    })
    server.once('error', reject)
    server.listen(defined, () => {
      server.off('error', reject)
      server.on('error', () => {}) // accept() failed, for instance with EMFILE: the next connection may succeed
      resolve(new ListeningSocket(server))
    })
  })
}

/** Removes the socket file of a server that is gone; any other file makes `listen` fail with EADDRINUSE. */
async function removeStaleSocket(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined)
  if (stats?.isSocket() === true && !(await isAnswering(path))) await unlink(path)
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path)
    socket
      .once('connect', () => resolve(true))
      .once('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code !== 'ECONNREFUSED') // only then it is certain that nobody listens
      })
    socket.once('connect', () => socket.destroy())
  })
}
