/** Servers for tests of the client: node's own, one that misbehaves byte by byte, and a forward proxy. */
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import { connect, createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface RunningServer extends AsyncDisposable {
  /** For instance `http://127.0.0.1:34567`. */
  readonly url: string
  readonly port: number
  /** How many connections there have been. */
  readonly connections: () => number
}

/** A server that node:http runs; over TLS if it gets a key and a certificate. */
export async function httpServer(listener: RequestListener, tls?: ServerOptions): Promise<RunningServer> {
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener)
  return running(server, tls === undefined ? 'http' : 'https')
}

/** A server that does with each connection what the test wants. */
export async function rawServer(onConnection: (socket: Socket) => void): Promise<RunningServer> {
  return running(
    createNetServer((socket) => {
      socket.on('error', () => {}) // the client may leave as it likes
      onConnection(socket)
    }),
    'http',
  )
}

/** Answers the first bytes of each connection with `answer`, then ends it, unless it is to stay open. */
export function answering(answer: string | Buffer, { stay = false } = {}): Promise<RunningServer> {
  return rawServer((socket) => {
    socket.once('data', () => (stay ? socket.write(answer) : socket.end(answer)))
  })
}

export interface ForwardProxy extends RunningServer {
  /** What it was asked for, such as `GET http://…` and `CONNECT host:port`. */
  readonly asked: string[]
}

/** A forward proxy: absolute URLs are passed on, CONNECT makes a tunnel. @param credentials - `name:password` to ask for */
export async function forwardProxy({
  credentials,
  tls,
}: {
  credentials?: string
  tls?: ServerOptions
} = {}): Promise<ForwardProxy> {
  const asked: string[] = []
  const expected = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
  const allowed = ({ headers }: IncomingMessage) =>
    expected === undefined || headers['proxy-authorization'] === expected
  const forward = (incoming: IncomingMessage, response: ServerResponse) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    if (!allowed(incoming)) return void response.writeHead(407, { 'Proxy-Authenticate': 'Basic' }).end()
    const { 'proxy-authorization': _, ...headers } = incoming.headers
    const outgoing = request(incoming.url ?? '', { method: incoming.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  }
  const server = tls === undefined ? createServer(forward) : createSecureServer(tls, forward)
  server.on('connect', (incoming: IncomingMessage, client: Duplex) => {
    asked.push(`CONNECT ${incoming.url}`)
    if (!allowed(incoming)) return client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n')
    const [, host = '', port = ''] = /^(.*):([0-9]+)$/.exec(incoming.url ?? '') ?? []
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connected\r\n\r\n')
      client.pipe(target).pipe(client)
    })
    for (const [one, other] of [
      [target, client],
      [client, target],
    ] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
  })
  return Object.assign(await running(server, tls === undefined ? 'http' : 'https'), { asked })
}

/** A port on which nobody listens. */
export async function unusedPort(): Promise<number> {
  const server = await running(createNetServer(), 'http')
  await server[Symbol.asyncDispose]()
  return server.port
}

async function running(server: Server | NetServer, scheme: string): Promise<RunningServer> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number } // it listens on TCP
  const close = async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    await once(server, 'close')
  }
  return { url: `${scheme}://127.0.0.1:${port}`, port, connections: () => connections, [Symbol.asyncDispose]: close }
}
