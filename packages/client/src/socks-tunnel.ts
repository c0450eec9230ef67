/** A tunnel through a SOCKS proxy: version 5 (RFC 1928) with a name and password if it asks (RFC 1929), 4 and 4a. */
import { once } from 'node:events'
import { isIP, isIPv4, type Socket } from 'node:net'
import { urlCredentials } from './authentication.ts'
import { ProxyRefusedError } from './proxy-error.ts'

const CONNECT = 1
const NO_AUTHENTICATION = 0
const PASSWORD = 2
const IPV4 = 1
const NAME = 3
const IPV6 = 4
const MAX_NAME = 255 // bytes, since the length takes one

/** What a SOCKS 5 proxy can have against it (RFC 1928 §6). */
const REPLIES: readonly string[] = [
  'granted',
  'a general failure',
  'not allowed by its rules',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'command not supported',
  'address type not supported',
]

/**
 * @param socket - a connection to the proxy; it is destroyed if the proxy does not make the tunnel
 * @param host - a name for the proxy to resolve, or an address
 * @throws {@link ProxyRefusedError}, or the signal's reason
 */
export async function openSocksTunnel(
  socket: Socket,
  proxy: URL,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  try {
    const wire = new Wire(socket, proxy, signal)
    await (proxy.protocol.startsWith('socks4') ? askVersion4(wire, host, port) : askVersion5(wire, host, port))
    wire.end()
    return socket
  } catch (error) {
    socket.on('error', () => {}) // what it says now, nobody waits for
    socket.destroy()
    throw signal.aborted ? signal.reason : error
  }
}

/** The bytes of the conversation; what has come beyond it goes back into the socket, for whoever uses the tunnel. */
class Wire {
  readonly socket: Socket
  readonly proxy: URL
  readonly #signal: AbortSignal
  #received: Buffer = Buffer.alloc(0)

  constructor(socket: Socket, proxy: URL, signal: AbortSignal) {
    this.socket = socket
    this.proxy = proxy
    this.#signal = signal
  }

  async read(size: number): Promise<Buffer> {
    while (this.#received.length < size) {
      const bytes = this.socket.read() as Buffer | null // a stream of bytes
      if (bytes !== null) this.#received = Buffer.concat([this.#received, bytes])
      else if (!this.socket.readableEnded && !this.socket.destroyed) await this.#change()
      else throw new Error(`the proxy ${this.proxy.host} closed the connection before it answered`)
    }
    const bytes = this.#received.subarray(0, size)
    this.#received = this.#received.subarray(size)
    return bytes
  }

  end(): void {
    if (this.#received.length > 0) this.socket.unshift(this.#received)
  }

  refused(status: number, why: string): ProxyRefusedError {
    return new ProxyRefusedError(`the proxy ${this.proxy.host} refused: ${why}`, status)
  }

  async #change(): Promise<void> {
    const over = new AbortController()
    const options = { signal: AbortSignal.any([this.#signal, over.signal]) }
    try {
      await Promise.race(['readable', 'end', 'close'].map((event) => once(this.socket, event, options)))
    } finally {
      over.abort()
    }
  }
}

async function askVersion5(wire: Wire, host: string, port: number): Promise<void> {
  const credentials = urlCredentials('the proxy', wire.proxy)
  const methods = credentials === undefined ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, PASSWORD]
  const address = addressField(host)
  wire.socket.write(Buffer.from([5, methods.length, ...methods]))
  const [version, method] = await wire.read(2)
  if (version !== 5) throw wire.refused(version ?? 0, 'it does not speak SOCKS 5')
  if (method === PASSWORD && credentials !== undefined) await sendPassword(wire, credentials)
  else if (method !== NO_AUTHENTICATION) throw wire.refused(method ?? 0, 'it wants to be told a name and password')
  wire.socket.write(Buffer.concat([Buffer.from([5, CONNECT, 0]), address, portField(port)]))
  const [, reply = 1, , type] = await wire.read(4)
  if (reply !== 0) throw wire.refused(reply, `${REPLIES[reply] ?? 'an unknown reason'} (${reply})`)
  const size = type === IPV4 ? 4 : type === IPV6 ? 16 : (await wire.read(1)).readUInt8()
  await wire.read(size + 2) // the address that it uses itself, which is of no interest
}

async function sendPassword(wire: Wire, credentials: { username: string; password: string }): Promise<void> {
  const [username, password] = [Buffer.from(credentials.username), Buffer.from(credentials.password)]
  const parts = [[1, username.length], username, [password.length], password].map((part) => Buffer.from(part))
  wire.socket.write(Buffer.concat(parts))
  const [, status = 1] = await wire.read(2)
  if (status !== 0) throw wire.refused(status, 'it does not accept the name and password')
}

/** RFC 1928 §5. */
function addressField(host: string): Buffer {
  const family = isIP(host)
  if (family !== 0) return Buffer.from([family === 4 ? IPV4 : IPV6, ...addressBytes(host, family)])
  const name = Buffer.from(host)
  if (name.length > MAX_NAME) throw new Error(`SOCKS has room for names of ${MAX_NAME} bytes, not of ${name.length}`)
  return Buffer.concat([Buffer.from([NAME, name.length]), name])
}

/** Version 4 knows only IPv4 addresses; with 4a a name stands behind an address that cannot be one. */
async function askVersion4(wire: Wire, host: string, port: number): Promise<void> {
  if (isIP(host) === 6) throw new Error('SOCKS 4 has no IPv6 addresses')
  const user = Buffer.from(`${urlCredentials('the proxy', wire.proxy)?.username ?? ''}\0`)
  const address = isIPv4(host) ? Buffer.from(addressBytes(host, 4)) : Buffer.from([0, 0, 0, 1])
  const name = Buffer.from(isIPv4(host) ? '' : `${host}\0`)
  wire.socket.write(Buffer.concat([Buffer.from([4, CONNECT]), portField(port), address, user, name]))
  const [, reply = 0] = await wire.read(8)
  if (reply !== 90) throw wire.refused(reply, `reply ${reply}`)
}

function portField(port: number): Buffer {
  return Buffer.from([port >> 8, port & 0xff])
}

function addressBytes(address: string, family: number): number[] {
  if (family === 4) return address.split('.').map(Number)
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::') // in one way of writing it
  const [front, back] = [groups(head), groups(tail)]
  const zeros = Array<number>(8 - front.length - back.length).fill(0)
  return [...front, ...zeros, ...back].flatMap((group) => [group >> 8, group & 0xff])
}

function groups(part: string): number[] {
  return part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
}
