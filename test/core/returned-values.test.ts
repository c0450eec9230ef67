/** What a method returns, made into the response: every kind, and every way in which a body in pieces can go wrong. */
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { ask, looksComplete, RawClient, request } from './raw-client.ts'
import { gate, getting, type Method, serve, watchProcess } from './served.ts'

watchProcess()

const stream = (...parts: string[]) =>
  new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part))
      controller.close()
    },
  })
async function* generate(...parts: (string | Uint8Array)[]) {
  for (const part of parts) yield part
}

describe('returned values', () => {
  test.each<{ name: string; get: Method; type: string | undefined; text: string; status?: number }>([
    { name: 'a string', get: () => 'text', type: 'text/html; charset=UTF-8', text: 'text' },
    { name: 'bytes', get: () => Buffer.from('bytes'), type: 'application/octet-stream', text: 'bytes' },
    {
      name: 'bytes with a type',
      get() {
        this.setHeader('Content-Type', 'image/png')
        return Buffer.from('b')
      },
      type: 'image/png',
      text: 'b',
    },
    {
      name: 'an object',
      get: () => ({ a: '</script>' }),
      type: 'application/json; charset=UTF-8',
      text: '{"a":"<\\/script>"}',
    },
    { name: 'an array', get: () => [1, 2], type: 'application/json; charset=UTF-8', text: '[1,2]' },
    { name: 'a promise of one', get: async () => ({ a: 1 }), type: 'application/json; charset=UTF-8', text: '{"a":1}' },
    {
      name: 'a Response',
      get: () => new Response('r', { status: 201, headers: { 'X-A': '1', 'Content-Type': 'text/x' } }),
      status: 201,
      type: 'text/x',
      text: 'r',
    },
    {
      name: 'a Response without a body',
      get: () => new Response(null, { status: 202 }),
      status: 202,
      type: undefined,
      text: '',
    },
    { name: 'a Blob', get: () => new Blob(['blob'], { type: 'text/plain' }), type: 'text/plain', text: 'blob' },
    { name: 'a ReadableStream', get: () => stream('a', 'b'), type: 'application/octet-stream', text: 'ab' },
    {
      name: 'a Node stream',
      get: () => Readable.from([Buffer.from('a'), Buffer.from('b')]),
      type: 'application/octet-stream',
      text: 'ab',
    },
    {
      name: 'an async generator',
      get: () => generate('a', Buffer.from('b')),
      type: 'application/octet-stream',
      text: 'ab',
    },
    { name: 'an empty generator', get: () => generate(), type: 'application/octet-stream', text: '' },
    { name: 'null', get: () => null, type: 'text/html; charset=UTF-8', text: '' },
    {
      name: 'a value beside what was written',
      get() {
        this.write('w')
        return 'ignored'
      },
      type: 'text/html; charset=UTF-8',
      text: 'w',
    },
    {
      name: 'a failing stream beside what was written',
      get() {
        this.write('w')
        return createReadStream('/does/not/exist')
      },
      type: 'text/html; charset=UTF-8',
      text: 'w',
    },
  ])('$name', async ({ get, type, text, status = 200 }) => {
    await using served = await serve([['/', getting(get)]])
    const response = await ask(served.port, request('GET /'))
    expect([response.status, response.text(), response.complete, response.header('content-type')]).toEqual([
      status,
      text,
      true,
      type,
    ])
    expect((await ask(served.port, request('HEAD /'))).status).toBe(status)
    served.log.check()
  })

  test('several cookies of a Response stay several', async () => {
    const headers = new Headers([
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ])
    await using served = await serve([['/', getting(() => new Response('x', { headers }))]])
    expect((await ask(served.port, request('GET /'))).headers('set-cookie')).toEqual(['a=1', 'b=2'])
  })

  test.each<{ name: string; get: Method }>([
    { name: 'a number', get: () => 17 },
    { name: 'a function', get: () => () => 1 },
    {
      name: 'an object with a cycle',
      get() {
        const a: Record<string, unknown> = {}
        a['a'] = a
        return a
      },
    },
    { name: 'a file that is not there', get: () => createReadStream('/does/not/exist') },
    {
      name: 'a stream that fails at once',
      get: () =>
        new ReadableStream({
          start(controller) {
            controller.error(new Error('broken'))
          },
        }),
    },
    { name: 'a stream of numbers', get: () => Readable.from([1, 2]) },
    { name: 'Response.error()', get: () => Response.error() },
  ])('$name: a 500 and an error in the log', async ({ get }) => {
    await using served = await serve([['/', getting(get)]])
    expect((await ask(served.port, request('GET /'))).status).toBe(500)
    await served.log.expect(/uncaught exception GET/)
  })

  test('a stream that fails half-way never looks complete', async () => {
    const get = () =>
      (async function* () {
        yield 'a'
        throw new Error('broken')
      })()
    await using served = await serve([['/', getting(get)]])
    expect(await looksComplete(served.port, request('GET /'))).toBe(false)
  })

  test.each(['generator', 'web stream', 'Node stream'] as const)(
    'the client leaves: a %s that produces for ever is closed',
    async (kind) => {
      const cleaned = gate()
      const sources: Record<typeof kind, () => unknown> = {
        generator: async function* () {
          try {
            for (;;) yield Buffer.alloc(10_000)
          } finally {
            cleaned.open()
          }
        },
        'web stream': () =>
          new ReadableStream({
            pull: (controller) => controller.enqueue(Buffer.alloc(10_000)),
            cancel: () => cleaned.open(),
          }),
        'Node stream': () =>
          new Readable({
            read() {
              this.push(Buffer.alloc(10_000))
            },
            destroy(error, done) {
              cleaned.open()
              done(error)
            },
          }),
      }
      await using served = await serve([['/', getting(sources[kind])]])
      const client = await RawClient.connect(served.port)
      await client.send(request('GET /'))
      await client.head()
      client.leave()
      await cleaned.opened
      await served.log.expect(/GET \//)
      expect(() => served.log.check()).not.toThrow()
    },
  )

  test.each(['web stream', 'Node stream'] as const)('the client leaves: a %s that hangs is closed', async (kind) => {
    const cleaned = gate()
    const sources: Record<typeof kind, () => unknown> = {
      'web stream': () =>
        new ReadableStream({
          start: (controller) => controller.enqueue(Buffer.from('a')),
          cancel: () => cleaned.open(),
        }),
      'Node stream': () => {
        const source = new Readable({
          read() {},
          destroy(error, done) {
            cleaned.open()
            done(error)
          },
        })
        source.push('a')
        return source
      },
    }
    await using served = await serve([['/', getting(sources[kind])]])
    const client = await RawClient.connect(served.port)
    await client.send(request('GET /'))
    await client.head()
    client.leave()
    await cleaned.opened
    await served.log.expect(/GET \//)
    expect(() => served.log.check()).not.toThrow()
  })
})
