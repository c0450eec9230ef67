/** Compressed responses on the wire (RFC 9110 §8.4, §8.8.3, §12.5.3, §12.5.5). */

import { once } from 'node:events'
import { brotliDecompressSync, createBrotliDecompress, createGunzip, gunzipSync, gzipSync } from 'node:zlib'
import { type CompressionOptions, EventStreamHandler, HTTPError, RequestHandler, type Rule } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { RawClient, request } from '../core/raw-client.ts'
import { gate, type Served, serve, watchProcess } from '../core/served.ts'

watchProcess()

const TEXT = 'compressible '.repeat(400) // 5,200 bytes
const LARGE = 'compressible '.repeat(40_000)

class Page extends RequestHandler {
  override get() {
    const { type, size, status, encoding, vary, etag } = this.request.headers.has('x')
      ? JSON.parse(this.request.headers.get('x') ?? '')
      : ({} as never)
    if (type !== undefined) this.setHeader('Content-Type', type)
    if (encoding !== undefined) this.setHeader('Content-Encoding', encoding)
    if (vary !== undefined) this.setHeader('Vary', vary)
    if (etag !== undefined) this.setHeader('ETag', etag)
    if (status !== undefined) this.setStatus(status)
    if (status !== 204) this.write(size === undefined ? TEXT : TEXT.slice(0, size))
  }
}
class Large extends RequestHandler {
  override get() {
    this.write(LARGE)
  }
}
class Failing extends RequestHandler {
  override get() {
    throw new HTTPError(404)
  }
}
class Precompressed extends RequestHandler {
  override get() {
    this.setHeader('Content-Encoding', 'gzip')
    this.write(gzipSync(TEXT))
  }
}
const next = gate()
class Streamed extends RequestHandler {
  override async get() {
    this.write('first ')
    await this.flush()
    await next.opened
    this.write('second')
  }
}
class Counted extends RequestHandler {
  override async get() {
    this.setHeader('Content-Length', TEXT.length)
    this.write(TEXT)
    await this.flush()
  }
}
class Events extends EventStreamHandler {
  override async open() {
    await this.sendEvent('hello')
    await new Promise(() => {})
  }
}
const RULES: readonly Rule[] = [
  ['/', Page],
  ['/large', Large],
  ['/failing', Failing],
  ['/precompressed', Precompressed],
  ['/streamed', Streamed],
  ['/counted', Counted],
  ['/events', Events],
]

async function ask(served: Served, path: string, fields: readonly string[], method = 'GET') {
  await using client = await RawClient.connect(served.port)
  await client.send(request(`${method} ${path}`, fields))
  return await client.response({ method }) // before the client is gone
}

const compressing = (options: boolean | CompressionOptions = true) => serve(RULES, { compressResponse: options })

describe('Accept-Encoding (§12.5.3)', () => {
  test.each([
    { accept: 'gzip', coding: 'gzip' },
    { accept: 'GZIP', coding: 'gzip' },
    { accept: 'br', coding: 'br' },
    { accept: 'gzip, br', coding: 'br' },
    { accept: 'gzip, deflate, br', coding: 'br' },
    { accept: 'br;q=0.5, gzip', coding: 'gzip' },
    { accept: 'br;q=0, gzip;q=0.1', coding: 'gzip' },
    { accept: '*', coding: 'br' },
    { accept: '*, br;q=0', coding: 'gzip' },
    { accept: 'gzip;q=0', coding: undefined },
    { accept: 'x-gzip-like', coding: undefined },
    { accept: 'deflate', coding: undefined },
    { accept: 'identity', coding: undefined },
    { accept: 'gzip;q=0.1, identity', coding: undefined },
    { accept: '', coding: undefined },
    { accept: 'gzip;q=nonsense', coding: undefined },
  ])('$accept: $coding', async ({ accept, coding }) => {
    await using served = await serve(RULES, { compressResponse: { codings: ['br', 'gzip'] } })
    const response = await ask(served, '/', [`Accept-Encoding: ${accept}`])
    expect([response.header('content-encoding'), response.header('vary')]).toEqual([coding, 'Accept-Encoding'])
    const decode = coding === 'br' ? brotliDecompressSync : coding === 'gzip' ? gunzipSync : (bytes: Buffer) => bytes
    expect(decode(response.body).toString()).toBe(TEXT)
    expect(Number(response.header('content-length'))).toBe(response.body.length)
  })

  test('no Accept-Encoding: as it is, and it varies all the same', async () => {
    await using served = await compressing()
    const response = await ask(served, '/', [])
    expect([response.header('content-encoding'), response.header('vary')]).toEqual([undefined, 'Accept-Encoding'])
  })

  test('the codings of the option, in their order', async () => {
    await using served = await compressing({ codings: ['gzip'] })
    expect((await ask(served, '/', ['Accept-Encoding: br, gzip'])).header('content-encoding')).toBe('gzip')
    expect((await ask(served, '/', ['Accept-Encoding: br'])).header('content-encoding')).toBeUndefined()
  })
})

describe('what is not compressed, nor varies', () => {
  test.each([
    { name: 'less than 1 KiB', x: { size: 1023 } },
    { name: 'an image', x: { type: 'image/png' } },
    { name: 'no type that anybody knows', x: { type: 'application/octet-stream' } },
    { name: 'a part (206), whose range counts the bytes as they are', x: { status: 206 } },
    { name: '204', x: { status: 204 } },
  ])('$name', async ({ x }) => {
    await using served = await compressing()
    const response = await ask(served, '/', ['Accept-Encoding: gzip', `X: ${JSON.stringify(x)}`])
    expect([response.header('content-encoding'), response.header('vary')]).toEqual([undefined, undefined])
  })

  test('what is compressed already is so once', async () => {
    await using served = await compressing()
    const response = await ask(served, '/precompressed', ['Accept-Encoding: br, gzip'])
    expect(response.header('content-encoding')).toBe('gzip')
    expect(gunzipSync(response.body).toString()).toBe(TEXT)
  })

  test.each([
    'text/css',
    'TEXT/HTML; charset=utf-8',
    'application/json',
    'application/ld+json',
    'image/svg+xml',
    'application/wasm',
  ])('but %s is', async (type) => {
    await using served = await compressing()
    const response = await ask(served, '/', ['Accept-Encoding: gzip', `X: ${JSON.stringify({ type })}`])
    expect(response.header('content-encoding')).toBe('gzip')
  })

  test('nothing at all without the setting', async () => {
    await using served = await serve(RULES)
    const response = await ask(served, '/', ['Accept-Encoding: gzip'])
    expect([response.header('content-encoding'), response.header('vary')]).toEqual([undefined, undefined])
  })

  test('minSize: 0 compresses the smallest page, but not an empty one', async () => {
    await using served = await compressing({ minSize: 0 })
    const ofSize = (size: number) => ask(served, '/', ['Accept-Encoding: gzip', `X: ${JSON.stringify({ size })}`])
    expect((await ofSize(1)).header('content-encoding')).toBe('gzip')
    expect((await ofSize(0)).header('content-encoding')).toBeUndefined()
  })
})

describe('entity tags and Vary (§8.8.3, §12.5.5)', () => {
  test('the tag of a compressed answer is weak, each way gets its 304, which varies, too', async () => {
    await using served = await compressing()
    const plain = (await ask(served, '/', [])).header('etag')
    const coded = (await ask(served, '/', ['Accept-Encoding: gzip'])).header('etag')
    expect(plain).toMatch(/^"/)
    expect(coded).toBe(`W/${plain}`)
    for (const accept of [[], ['Accept-Encoding: gzip']]) {
      const response = await ask(served, '/', [...accept, `If-None-Match: ${coded}`])
      expect([
        response.status,
        response.header('vary'),
        response.header('content-encoding'),
        response.body.length,
      ]).toEqual([304, 'Accept-Encoding', undefined, 0])
    }
  })

  test.each([
    { etag: '"mine"', sent: 'W/"mine"' },
    { etag: 'W/"mine"', sent: 'W/"mine"' },
  ])('$etag becomes $sent', async ({ etag, sent }) => {
    await using served = await compressing()
    const response = await ask(served, '/', ['Accept-Encoding: gzip', `X: ${JSON.stringify({ etag })}`])
    expect(response.header('etag')).toBe(sent)
  })

  test.each([
    { vary: 'Cookie', sent: 'Cookie, Accept-Encoding' },
    { vary: 'accept-encoding', sent: 'accept-encoding' },
    { vary: '*', sent: '*' },
  ])('Vary: $vary becomes $sent', async ({ vary, sent }) => {
    await using served = await compressing()
    const response = await ask(served, '/', ['Accept-Encoding: gzip', `X: ${JSON.stringify({ vary })}`])
    expect(response.header('vary')).toBe(sent)
  })
})

test.each(['/', '/large', '/failing', '/precompressed'])(
  'HEAD %s has the fields of GET, whatever is accepted (§9.3.2)',
  async (path) => {
    await using served = await compressing({ minSize: 0 })
    for (const accept of ['identity', 'gzip', 'br']) {
      const fields = [`Accept-Encoding: ${accept}`]
      const withoutDate = (all: readonly (readonly [string, string])[]) => all.filter(([name]) => name !== 'Date')
      const [head, get] = [await ask(served, path, fields, 'HEAD'), await ask(served, path, fields)]
      expect(withoutDate(head.fields)).toEqual(withoutDate(get.fields))
      expect(head.body).toHaveLength(0)
    }
  },
)

test('a large page is compressed off the loop, whole', async () => {
  await using served = await compressing()
  const response = await ask(served, '/large', ['Accept-Encoding: gzip'])
  expect(gunzipSync(response.body).toString()).toBe(LARGE)
  expect(Number(response.header('content-length'))).toBe(response.body.length)
})

test('pipelined pages of both kinds come in order', async () => {
  await using served = await compressing()
  await using client = await RawClient.connect(served.port)
  const accept = ['Accept-Encoding: gzip']
  await client.send(request('GET /large', accept) + request('GET /', accept) + request('GET /large'))
  expect(gunzipSync((await client.response()).body).toString()).toBe(LARGE)
  expect(gunzipSync((await client.response()).body).toString()).toBe(TEXT)
  expect((await client.response()).text()).toBe(LARGE)
})

test.each(['gzip', 'br'])('%s: what was flushed can be read before the rest comes', async (coding) => {
  await using served = await compressing()
  await using client = await RawClient.connect(served.port)
  await client.send(request('GET /streamed', [`Accept-Encoding: ${coding}`]))
  expect(await client.head()).toMatch(new RegExp(`Content-Encoding: ${coding}`, 'i'))
  const decoder = coding === 'br' ? createBrotliDecompress() : createGunzip()
  decoder.write(await client.chunk())
  expect(String((await once(decoder, 'data'))[0])).toBe('first ')
  next.open()
  for (let chunk = await client.chunk(); chunk !== undefined; chunk = await client.chunk()) decoder.write(chunk)
  decoder.end()
  expect(String((await once(decoder, 'data'))[0])).toBe('second')
})

test('each event can be read as it comes', async () => {
  await using served = await compressing()
  await using client = await RawClient.connect(served.port)
  await client.send(request('GET /events', ['Accept-Encoding: gzip']))
  await client.head()
  const decoder = createGunzip()
  const text = once(decoder, 'data')
  const feed = async () => {
    for (let chunk = await client.chunk(); chunk !== undefined; chunk = await client.chunk()) decoder.write(chunk)
  }
  const fed = feed().catch(() => undefined) // ends with the connection
  expect(String((await text)[0])).toBe('data: hello\n\n')
  await served.server.server.close({ deadline: 100 })
  await fed
})

test('a length that was announced for the page as it is does not stay on the compressed one', async () => {
  await using served = await compressing()
  const response = await ask(served, '/counted', ['Accept-Encoding: gzip'])
  expect([response.header('content-length'), response.complete]).toEqual([undefined, true])
  expect(gunzipSync(response.body).toString()).toBe(TEXT)
})

test.each([
  [{ minSize: -1 }, /minSize/],
  [{ codings: ['deflate'] }, /codings must be one of/],
  [{ codings: 'gzip' }, /codings must be a list/],
  [{ level: 9 }, /no option level/],
  ['gzip', /compressResponse/],
])('compressResponse: %j is refused', async (given, message) => {
  await expect(serve(RULES, { compressResponse: given as never })).rejects.toThrow(message)
})
