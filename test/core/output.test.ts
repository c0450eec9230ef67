/** What the wire shows of write, flush, finish and their relatives (RFC 9110, Tornado: Output). */
import { describe, expect, test } from 'vitest'
import { ask, looksComplete, RawClient, request } from './raw-client.ts'
import { gate, getting, type Method, serve, watchProcess } from './served.ts'

watchProcess()

async function* generate(...parts: (string | Uint8Array)[]) {
  for (const part of parts) yield part
}

describe('framing', () => {
  test.each<{ name: string; get: Method; status?: number; length?: string | undefined; coding?: string; text: string }>(
    [
      {
        name: 'write only',
        get() {
          this.write('a')
          this.write('é')
        },
        length: '3',
        text: 'aé',
      },
      { name: 'nothing at all', get() {}, length: '0', text: '' },
      {
        name: 'bytes and text together',
        get() {
          this.write(Buffer.from([0x61]))
          this.write('b')
        },
        length: '2',
        text: 'ab',
      },
      {
        name: 'finish(chunk)',
        get() {
          this.finish('x')
        },
        length: '1',
        text: 'x',
      },
      {
        name: 'flush first',
        async get() {
          this.write('a')
          await this.flush()
          this.write('b')
        },
        coding: 'chunked',
        text: 'ab',
      },
      {
        name: 'an empty flush',
        async get() {
          await this.flush()
          this.write('b')
        },
        coding: 'chunked',
        text: 'b',
      },
      {
        name: 'a declared length, streamed',
        async get() {
          this.setHeader('Content-Length', 2)
          this.write('a')
          await this.flush()
          this.write('b')
        },
        length: '2',
        text: 'ab',
      },
      {
        name: '204',
        get() {
          this.setStatus(204)
        },
        status: 204,
        text: '',
      },
      {
        name: '204, flushed',
        async get() {
          this.setStatus(204)
          await this.flush()
        },
        status: 204,
        text: '',
      },
      {
        name: '205 says its length',
        get() {
          this.setStatus(205)
        },
        status: 205,
        length: '0',
        text: '',
      },
      {
        name: '304',
        get() {
          this.setStatus(304)
        },
        status: 304,
        text: '',
      },
      {
        name: 'an error status',
        get() {
          this.setStatus(404, 'Nowhere')
        },
        status: 404,
        length: '0',
        text: '',
      },
    ],
  )('$name', async ({ get, status = 200, length, coding, text }) => {
    await using served = await serve([['/', getting(get)]])
    const response = await ask(served.port, request('GET /'))
    expect([response.status, response.text(), response.complete]).toEqual([status, text, true])
    expect([response.header('content-length'), response.header('transfer-encoding')]).toEqual([length, coding])
  })

  test.each<{ name: string; get: Method }>([
    {
      name: 'written',
      get() {
        this.write('hello'.repeat(500))
      },
    },
    {
      name: 'JSON',
      get() {
        return { a: 1 }
      },
    },
    {
      name: 'redirected',
      get() {
        this.redirect('/x')
      },
    },
    {
      name: 'an error',
      get() {
        void this.sendError(404)
      },
    },
    { name: 'nothing', get() {} },
  ])('HEAD says what GET says, without a body: $name', async ({ get }) => {
    await using served = await serve([['/', getting(get)]])
    const [head, whole] = [await ask(served.port, request('HEAD /')), await ask(served.port, request('GET /'))]
    const shown = (fields: typeof head.fields) => fields.filter(([name]) => name !== 'Date')
    expect([head.status, shown(head.fields)]).toEqual([whole.status, shown(whole.fields)])
  })

  test('HEAD of a streamed answer: neither length nor chunks, and the connection goes on', async () => {
    await using served = await serve([
      [
        '/',
        getting(async function () {
          this.write('a')
          await this.flush()
          this.write('b')
        }),
      ],
    ])
    await using client = await RawClient.connect(served.port)
    await client.send(request('HEAD /') + request('GET /'))
    const head = await client.response({ method: 'HEAD' })
    expect([head.header('content-length'), head.header('transfer-encoding')]).toEqual([undefined, undefined])
    expect((await client.response()).text()).toBe('ab')
  })

  test.each<{ name: string; get: Method }>([
    {
      name: 'too few bytes',
      get() {
        this.setHeader('Content-Length', 5)
        this.write('abc')
      },
    },
    {
      name: 'too many bytes',
      get() {
        this.setHeader('Content-Length', 2)
        this.write('abc')
      },
    },
    {
      name: 'no number',
      get() {
        this.setHeader('Content-Length', 'x')
        this.write('abc')
      },
    },
    {
      name: 'a body with 204',
      get() {
        this.setStatus(204)
        this.write('abc')
      },
    },
  ])('a Content-Length that is not true, before the head: 500. $name', async ({ get }) => {
    for (const compressResponse of [false, { minSize: 0 }]) {
      await using served = await serve([['/', getting(get)]], { compressResponse })
      expect((await ask(served.port, request('GET /', ['Accept-Encoding: gzip']))).status).toBe(500)
    }
  })

  test.each<{ name: string; rest: string }>([
    { name: 'too few', rest: 'b' },
    { name: 'too many', rest: 'bcdefg' },
  ])('a Content-Length that is not true, behind the head: never complete. $name', async ({ rest }) => {
    const get: Method = async function () {
      this.setHeader('Content-Length', 4)
      this.write('a')
      await this.flush()
      this.write(rest)
    }
    await using served = await serve([['/', getting(get)]], { compressResponse: true })
    for (const fields of [[], ['Accept-Encoding: gzip']]) {
      expect(await looksComplete(served.port, request('GET /', fields))).toBe(false)
    }
  })

  test.each([
    { version: '1.1', ending: 'end', why: 'the last chunk is missing' },
    { version: '1.0', ending: 'reset', why: 'an end of the connection would be the end of the body' },
  ])('a failure behind the head, HTTP/$version: $ending, $why', async ({ version, ending }) => {
    const seen = gate()
    const get: Method = async function () {
      this.write('part')
      await this.flush()
      await seen.opened
      throw new Error('broken')
    }
    await using served = await serve([['/', getting(get)]])
    await using client = await RawClient.connect(served.port)
    await client.send(`GET / HTTP/${version}\r\nHost: a\r\n\r\n`)
    await client.head()
    seen.open()
    expect((await client.rest()).toString()).toBe(version === '1.1' ? '4\r\npart\r\n' : 'part')
    expect(await client.closed).toBe(ending)
  })

  test('HTTP/1.0 and a stream: neither chunks nor length, ended by the connection', async () => {
    await using served = await serve([['/', getting(() => generate('a', 'b'))]])
    const response = await ask(served.port, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
    expect([
      response.text(),
      response.complete,
      response.header('transfer-encoding'),
      response.header('connection'),
    ]).toEqual(['ab', true, undefined, 'close'])
  })
})
