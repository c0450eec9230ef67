/** The same application over each of the transports that HTTP/1.1 has here. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTLS, type TLSSocket } from 'node:tls'
import type { ApplicationSettings, Rule, ServerOptions } from '@typhoon/core'
import { RawClient, type RawResponse } from '../core/raw-client.ts'
import { type Served, serve } from '../core/served.ts'
import { certificate, hasOpenSSL } from './certificate.ts'

export type Transport = 'TCP' | 'TLS' | 'Unix socket'

/** All of them; without openssl TLS is left out, which the name of the list's last test says. */
export const TRANSPORTS: readonly Transport[] = hasOpenSSL ? ['TCP', 'TLS', 'Unix socket'] : ['TCP', 'Unix socket']

/** A server of one transport, and the way to it. */
export interface Reachable extends Served {
  connect(): Promise<RawClient>
  /** Sends bytes on a new connection and reads one response, interim ones left out. */
  ask(bytes: string | Uint8Array): Promise<RawResponse>
}

export async function serveOver(
  transport: Transport,
  rules: readonly Rule[],
  settings: ApplicationSettings = {},
  options: ServerOptions = {},
): Promise<Reachable> {
  if (transport === 'Unix socket') return serveUnix(rules, settings, options)
  const tls = transport === 'TLS' ? { ...certificate('localhost'), ...options.tls } : undefined
  const served = await serve(rules, settings, tls === undefined ? options : { ...options, tls })
  const connect = () => (tls === undefined ? RawClient.connect(served.port) : secureClient(served.port))
  return { ...served, connect, ask: asking(connect), [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() }
}

async function serveUnix(
  rules: readonly Rule[],
  settings: ApplicationSettings,
  options: ServerOptions,
): Promise<Reachable> {
  const directory = await mkdtemp(join(tmpdir(), 'typhoon-'))
  const path = join(directory, 'socket')
  const served = await serve(rules, settings, { ...options, path })
  const connect = () => RawClient.connect({ path })
  const dispose = async () => {
    await served[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  }
  return { ...served, connect, ask: asking(connect), [Symbol.asyncDispose]: dispose }
}

/** A TLS connection to a port of this machine, the handshake done. */
export async function secureSocket(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const trusted = { ca: certificate('localhost').cert, servername: 'localhost' }
  const socket = connectTLS({
    port,
    host: '127.0.0.1',
    allowHalfOpen: true,
    ...trusted,
    ...options,
  } as ConnectionOptions)
  await once(socket, 'secureConnect')
  return socket
}

/** A client without manners behind TLS. */
export async function secureClient(port: number, options: ConnectionOptions = {}): Promise<RawClient> {
  return RawClient.over(await secureSocket(port, options))
}

function asking(connect: () => Promise<RawClient>): (bytes: string | Uint8Array) => Promise<RawResponse> {
  return async (bytes) => {
    await using client = await connect()
    await client.send(bytes)
    const method =
      Buffer.from(bytes as string)
        .toString('latin1', 0, 8)
        .split(' ', 1)[0] ?? 'GET'
    for (;;) {
      const response = await client.response({ method })
      if (response.status >= 200) return response
    }
  }
}
