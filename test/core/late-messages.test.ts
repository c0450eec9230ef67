/** Node's request and response where they are asked for late, behind other requests, or when the client has gone. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { HTTPError, RequestHandler, type Rule } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { RawClient, request } from './raw-client.ts'
import { type Gate, gate, getting, serve, watchProcess } from './served.ts'

watchProcess()

const CHUNKED = request('POST /late', ['Transfer-Encoding: chunked'])

/** Waits for a gate, then answers with what it is told to do. */
function waiting(opened: Promise<void>, method: (handler: RequestHandler) => unknown): typeof RequestHandler {
  return class extends RequestHandler {
    static readonly streamRequestBody = true
    override async get() {
      await opened
      return method(this)
    }
    override async post() {
      await opened
      return method(this)
    }
  }
}

async function text(chunks: AsyncIterable<Buffer>): Promise<string> {
  let whole = ''
  for await (const chunk of chunks) whole += chunk.toString()
  return whole
}

const quick: Rule = ['/quick', getting(() => 'quick')]

/** Sends something, opens the gate when the server has all of it, and gives the client. */
async function sendAndOpen(port: number, parts: readonly string[], opening: Gate): Promise<RawClient> {
  const client = await RawClient.connect(port)
  for (const part of parts) {
    await client.send(part)
    for (let i = 0; i < 20; i++) await turn()
  }
  opening.open()
  return client
}

describe('what comes behind a request that is still being answered', () => {
  test.each([1, 2])(
    'nonsense, in several segments, behind %i requests: they are answered, then one 400',
    async (count) => {
      const opening = gate()
      await using served = await serve([['/late', waiting(opening.opened, () => 'late')]])
      await using client = await sendAndOpen(
        served.port,
        [request('GET /late').repeat(count), '\x01', '\x01', '\x01'],
        opening,
      )
      for (let i = 0; i < count; i++) expect((await client.response()).text()).toBe('late')
      expect((await client.response()).status).toBe(400)
      expect(await client.closed).toBe('end')
    },
  )

  test.each<[string, (handler: RequestHandler) => unknown]>([
    ['read', async ({ request: { body } }) => await text(body)],
    ['ignored', () => 'hello'],
  ])('nonsense behind a body that has come whole and is %s: its request is answered', async (_, method) => {
    const opening = gate()
    await using served = await serve([['/late', waiting(opening.opened, method)]])
    await using client = await sendAndOpen(
      served.port,
      [`${CHUNKED}5\r\nhello\r\n0\r\n\r\nGARBAGE\x01\r\n\r\n`],
      opening,
    )
    expect((await client.response()).text()).toBe('hello')
    expect((await client.response()).status).toBe(400)
  })

  test('a request behind a body that has come whole and is not read: both are answered', async () => {
    const opening = gate()
    await using served = await serve([['/late', waiting(opening.opened, () => 'late')], quick])
    await using client = await sendAndOpen(
      served.port,
      [`${CHUNKED}5\r\nhello\r\n0\r\n\r\n`, request('GET /quick')],
      opening,
    )
    const late = await client.response()
    expect([late.text(), late.header('connection')]).toEqual(['late', 'keep-alive'])
    expect((await client.response()).text()).toBe('quick')
  })

  test('a client that leaves while several requests wait: each of them hears of it', async () => {
    const left: string[] = []
    const allLeft = gate()
    const opening = gate()
    class Late extends waiting(opening.opened, () => undefined) {
      override onConnectionClose() {
        left.push(this.request.uri)
        if (left.length === 3) allLeft.open()
      }
    }
    await using served = await serve([[/\/late\d/, Late]])
    const client = await RawClient.connect(served.port)
    await client.send(request('GET /late1') + request('GET /late2') + request('GET /late3'))
    for (let i = 0; i < 20; i++) await turn()
    client.reset()
    await allLeft.opened
    opening.open()
    expect(left).toEqual(['/late1', '/late2', '/late3'])
  })

  test('a request behind one for a host that is not served: it is not run', async () => {
    await using served = await serve([quick], {}, { allowedHosts: ['a'] })
    await using client = await RawClient.connect(served.port)
    await client.send('GET /quick HTTP/1.1\r\nHost: b\r\n\r\nGET /quick HTTP/1.1\r\nHost: a\r\n\r\n')
    const refusal = await client.response()
    expect([refusal.status, refusal.header('connection')]).toEqual([400, 'close'])
    expect(await client.closed).toBe('end')
    expect(served.lines()).toHaveLength(1)
  })
})

describe("Node's messages, asked for late", () => {
  test('after an await: the request is whole, and the response can be used', async () => {
    const opening = gate()
    const usesNode = async ({ request: { node } }: RequestHandler) => {
      const { req, res } = node as { req: IncomingMessage; res: ServerResponse }
      const text = Buffer.concat(await req.toArray()).toString()
      res.setHeader('X-Y', req.headers['x-y'] ?? '').end(`${text} ${req.trailers['t']}`)
    }
    await using served = await serve([['/late', waiting(opening.opened, usesNode)]])
    const head = request('POST /late', ['Transfer-Encoding: chunked', 'X-Y: z', 'Trailer: T'])
    await using client = await sendAndOpen(served.port, [`${head}2\r\nab\r\n0\r\nT: u\r\n\r\n`], opening)
    const response = await client.response()
    expect([response.text(), response.header('x-y')]).toEqual(['ab u', 'z'])
  })

  test('after the client has gone: both are closed, and nothing waits for them', async () => {
    const opening = gate()
    const failure = gate()
    let seen: unknown[] = []
    const sends = async ({ request: { node } }: RequestHandler) => {
      const { req, res } = node as { req: IncomingMessage; res: ServerResponse }
      seen = [req.destroyed, res.destroyed]
      await pipeline(Readable.from(['x']), res).catch(() => failure.open())
    }
    const left = gate()
    class Late extends waiting(opening.opened, sends) {
      override onConnectionClose() {
        left.open()
      }
    }
    await using served = await serve([['/late', Late]])
    const client = await RawClient.connect(served.port)
    await client.send(request('GET /late'))
    for (let i = 0; i < 20; i++) await turn()
    client.reset()
    await left.opened
    opening.open()
    await failure.opened
    expect(seen).toEqual([true, true])
  })

  test('in onFinish(): they say how the request was answered', async () => {
    const seen: unknown[] = []
    class Told extends RequestHandler {
      override get() {
        this.setStatus(202)
        this.write('told')
      }
      override onFinish() {
        const { res } = this.request.node as { res: ServerResponse }
        seen.push(res.statusCode, res.headersSent, res.writableEnded)
      }
    }
    await using served = await serve([['/told', Told]])
    await using client = await RawClient.connect(served.port)
    await client.send(request('GET /told').repeat(2))
    await client.response()
    await client.response()
    expect(seen).toEqual([202, true, true, 202, true, true])
  })
})

test("the socket's time is out while a body is taken: the connection ends, and nothing else", async () => {
  await using served = await serve([['/late', getting(() => 'late')]])
  served.server.server.server.setTimeout(50)
  const client = await RawClient.connect(served.port)
  await client.send(`${request('POST /late', ['Content-Length: 10'])}abc`)
  expect(await client.closed).toMatch(/end|reset/)
})

test('detach() within writeError(): nothing else is sent, and nothing is logged as a failure', async () => {
  class Refusing extends RequestHandler {
    static readonly acceptsUpgrade = true
    override get() {
      throw new HTTPError(403)
    }
    override writeError() {
      const { socket } = this.detach()
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno')
    }
  }
  await using served = await serve([['/', Refusing]])
  await using client = await RawClient.connect(served.port)
  await client.send(request('GET /', ['Connection: Upgrade', 'Upgrade: x']))
  expect((await client.response()).text()).toBe('no')
  await client.closed
  expect(served.lines().filter((line) => line.startsWith('error'))).toEqual([])
})

test('a client that breaks off while its body is streamed: the error has the cause', async () => {
  const failed = gate()
  let error: unknown
  class Reading extends RequestHandler {
    static readonly streamRequestBody = true
    override async post() {
      try {
        await text(this.request.body)
      } catch (cause) {
        error = cause
        failed.open()
      }
    }
  }
  await using served = await serve([['/', Reading]])
  const client = await RawClient.connect(served.port)
  await client.send(`${request('POST /', ['Content-Length: 10'])}abc`)
  for (let i = 0; i < 20; i++) await turn()
  client.reset()
  await failed.opened
  expect(error).toMatchObject({ name: 'ConnectionClosedError', cause: { message: 'aborted' } })
})
