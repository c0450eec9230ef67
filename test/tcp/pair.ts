/** Two ends of a real connection: a stream under test, and a plain socket of its peer. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { IOStream } from '../../packages/tcp/src/iostream.ts'
import type { StreamOptions } from '../../packages/tcp/src/stream-options.ts'

export interface Pair extends AsyncDisposable {
  readonly stream: IOStream
  readonly peer: Socket
}

export async function connectedPair(options: StreamOptions = {}): Promise<Pair> {
  const { near, peer } = await connectedSockets()
  return {
    stream: new IOStream(near, options),
    peer,
    [Symbol.asyncDispose]: async () => {
      near.destroy()
      peer.destroy()
    },
  }
}

/** The sockets alone; errors of `peer` are ignored, since tests reset it. */
export async function connectedSockets(): Promise<{ near: Socket; peer: Socket }> {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const near = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true })
  const [[peer]] = await Promise.all([accepted, once(near, 'connect')])
  server.close()
  peer.on('error', () => {})
  return { near, peer }
}

/** Settles when the socket has received so many bytes from the network, read or not. */
export async function received(socket: Socket, bytes: number): Promise<void> {
  while (socket.bytesRead < bytes) await nextPoll()
}

/** One turn of the event loop, in which sockets are looked at. */
export function nextPoll(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Settles when `condition` holds; the time-out of the test says if it never does. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextPoll()
}
