/** A SOCKS proxy for tests: version 5 (RFC 1928, 1929) and versions 4 and 4a, with CONNECT alone. */
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type RunningServer, rawServer } from './servers.ts'

export interface SocksOptions {
  /** `name:password` that version 5 insists on; without, it asks for nothing. */
  readonly credentials?: string
  /** What it answers instead of connecting, byte for byte. */
  readonly reply?: Buffer
  /** Sends every answer one byte at a time. */
  readonly dripping?: boolean
  /** Calls other addresses than it is asked for. */
  readonly redirect?: Readonly<Record<string, string>>
}

export interface SocksServer extends RunningServer {
  /** Destinations, such as `5 name a.example:80` and `4 address 127.0.0.1:80`, and for version 4 the user: ` by ann`. */
  readonly asked: string[]
}

type Read = (size: number) => Promise<Buffer>

export async function socksServer(options: SocksOptions = {}): Promise<SocksServer> {
  const asked: string[] = []
  const server = await rawServer((client) => {
    serve(client, options, asked).catch(() => client.destroy()) // it may leave in the middle
  })
  return Object.assign(server, { asked })
}

async function serve(client: Socket, options: SocksOptions, asked: string[]): Promise<void> {
  const read = reader(client)
  const write = async (bytes: readonly number[] | Buffer) => {
    if (options.dripping !== true) return void client.write(Buffer.from(bytes))
    for (const byte of bytes)
      await new Promise<void>((sent) => client.write(Buffer.from([byte]), () => setImmediate(sent)))
  }
  const version = (await read(1)).readUInt8()
  const { host, port, granted } =
    version === 4 ? await version4(read, asked) : await version5(read, write, options, asked)
  if (options.reply !== undefined) return void client.end(options.reply)
  const { address } = await lookup(options.redirect?.[host] ?? host)
  const target = connect(port, address)
  target.on('error', () => client.destroy()).on('close', () => client.destroy())
  client.on('error', () => target.destroy()).on('close', () => target.destroy())
  await once(target, 'connect')
  await write(granted)
  client.removeAllListeners('readable')
  client.pipe(target).pipe(client)
}

async function version5(
  read: Read,
  write: (bytes: readonly number[]) => Promise<void>,
  options: SocksOptions,
  asked: string[],
) {
  const methods = [...(await read((await read(1)).readUInt8()))]
  const wanted = options.credentials === undefined ? 0 : 2
  if (!methods.includes(wanted)) {
    await write([5, 255])
    throw new Error('no method')
  }
  await write([5, wanted])
  if (wanted === 2) {
    const [, length = 0] = await read(2)
    const name = await read(length)
    const password = await read((await read(1)).readUInt8())
    const accepted = Buffer.concat([name, Buffer.from(':'), password]).toString() === options.credentials
    await write([1, accepted ? 0 : 1])
    if (!accepted) throw new Error('wrong password')
  }
  const [, , , type] = await read(4)
  const host =
    type === 3 ? (await read((await read(1)).readUInt8())).toString() : address(await read(type === 1 ? 4 : 16))
  const port = (await read(2)).readUInt16BE()
  asked.push(`5 ${type === 3 ? 'name' : 'address'} ${host}:${port}`)
  return { host, port, granted: [5, 0, 0, 3, 5, ...Buffer.from('proxy'), 4, 56] }
}

async function version4(read: Read, asked: string[]) {
  const [, high = 0, low = 0, ...bytes] = await read(7)
  const text = async () => {
    const chars: Buffer[] = []
    for (let byte = await read(1); byte[0] !== 0; byte = await read(1)) chars.push(byte)
    return Buffer.concat(chars).toString()
  }
  const user = await text()
  const named = bytes.slice(0, 3).every((byte) => byte === 0)
  const host = named ? await text() : bytes.join('.')
  const port = high * 256 + low
  asked.push(`4 ${named ? 'name' : 'address'} ${host}:${port}${user === '' ? '' : ` by ${user}`}`)
  return { host, port, granted: [0, 90, 0, 0, 0, 0, 0, 0] }
}

function address(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

function reader(socket: Socket): Read {
  let received = Buffer.alloc(0)
  return async (size) => {
    while (received.length < size) {
      const bytes = socket.read() as Buffer | null // a stream of bytes
      if (bytes !== null) received = Buffer.concat([received, bytes])
      else if (socket.readableEnded || socket.destroyed) throw new Error('the client has left')
      else await Promise.race([once(socket, 'readable'), once(socket, 'close')])
    }
    const bytes = received.subarray(0, size)
    received = received.subarray(size)
    return bytes
  }
}
