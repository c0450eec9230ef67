/** What answers look like on the wire is tested in test/core and test/server, both with the shorter way and without it. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type IncomingMessage, Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { isLean, ParsedRequest, takeRequests, takeResponse } from './lean-messages.ts'
import { answer } from './whole-answer.ts'

const FIELDS = ['Content-Type', 'text/plain', 'Content-Length', '2']
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A server whose requests go to `take` first. Node answers `by Node`, and before that what `waiting` has taken. */
async function listen(
  take: (req: ParsedRequest, socket: Socket) => boolean,
  waiting: ParsedRequest[] = [],
): Promise<{ server: Server; port: number }> {
  const server = createServer({
    IncomingMessage: ParsedRequest as unknown as typeof IncomingMessage,
    requireHostHeader: false,
  })
  server.on('connection', (socket: Socket) => {
    takeRequests(server, socket, {
      takesUpgrade: () => false,
      take: (req) => take(req, socket),
      giveWay() {
        for (const req of waiting.splice(0)) req.makeResponse().end(`late ${req.url}`)
      },
    })
  })
  server.on('request', (req, res) => {
    if (!takeResponse(req, res)) res.end('by Node')
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

test('the self-test passes on this version of Node', () => {
  expect(isLean()).toBe(process.env['TYPHOON_LEAN_RESPONSE'] !== 'off')
})

test('a wrapped emit() of all servers: no test that would be seen, and the documented way', () => {
  const seen: unknown[] = []
  Object.defineProperty(Server.prototype, 'emit', {
    configurable: true,
    value(...args: unknown[]) {
      seen.push(args)
      return false
    },
  })
  try {
    expect(isLean()).toBe(false)
  } finally {
    Reflect.deleteProperty(Server.prototype, 'emit')
  }
  expect(seen).toEqual([])
})

/** The answer to one request, and who gave it. */
async function answered(
  fields: readonly string[],
  body: string | Uint8Array | undefined,
): Promise<{ isLean: boolean; text: string; keepAlive: string | null }> {
  let isLean = false
  const { port } = await listen((_req, socket) => {
    isLean = answer(socket, 200, 'OK', fields, body, Buffer.byteLength(body ?? ''), 5000, { answered() {} })
    return isLean
  })
  const response = await fetch(`http://127.0.0.1:${port}`)
  return { isLean, text: await response.text(), keepAlive: response.headers.get('keep-alive') }
}

test.each<[string, readonly string[], string | Uint8Array | undefined]>([
  ['ASCII', FIELDS, 'ok'],
  ['text beyond ASCII', FIELDS, 'é'],
  ['bytes', FIELDS, Buffer.from('ok')],
  ['a view of bytes that begins within its buffer', FIELDS, Buffer.from('-ok-').subarray(1, 3)],
  ['bytes that are no text in any encoding', FIELDS, Buffer.from([0xff, 0x80])],
  ['a field beyond ASCII with text in it', ['X', '\xe9', ...FIELDS], 'ok'],
  ['more bytes than go out as one string', ['Content-Length', '20000'], Buffer.alloc(20_000, 'x')],
  ['more text than the socket takes at once', ['Content-Length', '8000000'], 'x'.repeat(8_000_000)],
  ['no content', ['Content-Length', '0'], undefined],
])('%s: the shorter way, and the same bytes', async (_, fields, body) => {
  const { isLean, text, keepAlive } = await answered(fields, body)
  expect([isLean, keepAlive]).toEqual([true, 'timeout=5'])
  expect(text === Buffer.from(body ?? '').toString()).toBe(true)
})

test.each<[string, readonly string[], string]>([
  ['a Date of its own', ['Date', 'Sun, 06 Nov 1994 08:49:37 GMT'], 'ok'],
  ['a word about the connection', ['connection', 'close'], 'ok'],
  ['a field beyond ASCII with text beyond it', ['X', '\xe9'], 'é'],
])("%s: Node's way, and nothing was sent before", async (_, fields, body) => {
  expect(await answered([...FIELDS, ...fields], body)).toMatchObject({ isLean: false, text: 'by Node' })
})

const ignore = () => undefined

test.each<[string, (server: Server) => void]>([
  ['a second listener of requests', (server) => server.on('request', ignore)],
  ['a wrapped emit(), as tracers make it', (server) => Object.assign(server, { emit: server.emit.bind(server) })],
  ['a limit that Node counts', (server) => Object.assign(server, { maxRequestsPerSocket: 5 })],
  ['somebody who subscribed to the start of requests', () => subscribe('http.server.request.start', ignore)],
  ['somebody who subscribed to the end of responses', () => subscribe('http.server.response.finish', ignore)],
])("%s: Node's server hears of every request", async (_, observe) => {
  const taken: string[] = []
  const { server, port } = await listen(({ url }) => taken.push(url) > 0)
  observe(server)
  try {
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('by Node')
  } finally {
    unsubscribe('http.server.request.start', ignore)
    unsubscribe('http.server.response.finish', ignore)
  }
  expect(taken).toEqual([])
})

test('a request behind one that waits: Node hears of both, in their order', async () => {
  const waiting: ParsedRequest[] = []
  const { port } = await listen((req) => req.url === '/1' && waiting.push(req) > 0, waiting)
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /1 HTTP/1.1\r\n\r\n')
  while (waiting.length === 0) await turn()
  socket.write('GET /2 HTTP/1.1\r\nConnection: close\r\n\r\n')
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  expect(text.match(/late \/1|by Node/g)).toEqual(['late /1', 'by Node'])
})

test("Node's request, asked for after all has come: fields, content and trailers", async () => {
  const taken: ParsedRequest[] = []
  const { port } = await listen((req) => taken.push(req) > 0)
  const socket = connect(port, '127.0.0.1')
  socket.write('POST /x HTTP/1.1\r\nHost: a\r\nX-Y: z\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n')
  while (taken.length === 0) await turn()
  const [req] = taken as [ParsedRequest]
  let content = ''
  let hasEnded = false
  expect(req.collect({ add: (chunk) => (content += chunk.toString()), end: () => (hasEnded = true) })).toBe(true)
  socket.write('2\r\nab\r\n0\r\nT: u\r\n\r\n')
  while (!hasEnded) await turn()
  const { message } = req
  expect([content, message.method, message.url, message.headers['x-y']]).toEqual(['ab', 'POST', '/x', 'z'])
  for await (const chunk of message) throw new Error(`read twice: ${chunk}`)
  expect([message.complete, message.trailers]).toEqual([true, { t: 'u' }])
  req.makeResponse().end('late')
  expect(String((await once(socket, 'data'))[0])).toContain('late')
  socket.destroy()
})
