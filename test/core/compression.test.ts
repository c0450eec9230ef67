/** Compression of responses: negotiated, never twice, streams readable piece by piece. */
import { brotliDecompressSync, createBrotliDecompress, gunzipSync } from 'node:zlib'
import { EventStreamHandler } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { ask, RawClient, request } from './raw-client.ts'
import { getting, type Method, serve, watchProcess } from './served.ts'

watchProcess()

describe('compression (RFC 9110 §8.4, §12.5.3)', () => {
  const TEXT = 'All work and no play makes Jack a dull boy. '.repeat(100)
  const text: Method = function () {
    this.write(TEXT)
  }

  test.each([
    { accept: 'gzip', coding: 'gzip' },
    { accept: 'br, gzip', coding: 'br' },
    { accept: 'GZIP', coding: 'gzip' },
    { accept: 'br;q=0.1, gzip;q=0.9', coding: 'gzip' },
    { accept: 'gzip;q=0', coding: undefined },
    { accept: 'x-unknown', coding: undefined },
    { accept: 'identity, gzip;q=0', coding: undefined },
    { accept: '', coding: undefined },
  ])('Accept-Encoding: $accept → $coding; HEAD agrees', async ({ accept, coding }) => {
    await using served = await serve([['/', getting(text)]], { compressResponse: true })
    const response = await ask(served.port, request('GET /', [`Accept-Encoding: ${accept}`]))
    const head = await ask(served.port, request('HEAD /', [`Accept-Encoding: ${accept}`]))
    expect([response.header('content-encoding'), response.header('vary')]).toEqual([coding, 'Accept-Encoding'])
    expect(decode(response.body, coding)).toBe(TEXT)
    const shown = (answer: typeof head) =>
      ['content-length', 'content-encoding', 'etag', 'vary'].map((name) => answer.header(name))
    expect(shown(head)).toEqual(shown(response))
    expect(response.header('etag')?.startsWith('W/')).toBe(coding !== undefined)
    const again = await ask(
      served.port,
      request('GET /', [`Accept-Encoding: ${accept}`, `If-None-Match: ${response.header('etag')}`]),
    )
    expect([again.status, again.header('vary'), again.header('content-encoding')]).toEqual([
      304,
      'Accept-Encoding',
      undefined,
    ])
  })

  test.each<{ name: string; get: Method; vary: string | undefined }>([
    {
      name: 'a small body',
      get() {
        this.write('small')
      },
      vary: undefined,
    },
    {
      name: 'an image',
      get() {
        this.setHeader('Content-Type', 'image/png')
        this.write(TEXT)
      },
      vary: undefined,
    },
    {
      name: '204',
      get() {
        this.setStatus(204)
      },
      vary: undefined,
    },
    {
      name: '206',
      get() {
        this.setStatus(206)
        this.write(TEXT)
      },
      vary: undefined,
    },
  ])('never: $name', async ({ get, vary }) => {
    await using served = await serve([['/', getting(get)]], { compressResponse: true })
    const response = await ask(served.port, request('GET /', ['Accept-Encoding: gzip, br']))
    expect([response.header('content-encoding'), response.header('vary')]).toEqual([undefined, vary])
  })

  test('never twice: a body that is encoded already stays as it is', async () => {
    await using served = await serve(
      [
        [
          '/',
          getting(function () {
            this.setHeader('Content-Encoding', 'x-own')
            this.write(TEXT)
          }),
        ],
      ],
      { compressResponse: true },
    )
    const response = await ask(served.port, request('GET /', ['Accept-Encoding: gzip']))
    expect([response.header('content-encoding'), response.text()]).toEqual(['x-own', TEXT])
  })

  test('a large body, compressed off the event loop, keeps its place among pipelined answers', async () => {
    const large = TEXT.repeat(50)
    await using served = await serve(
      [
        [
          '/',
          getting(function () {
            this.write(large)
          }),
        ],
      ],
      { compressResponse: true },
    )
    await using client = await RawClient.connect(served.port)
    await client.send(request('GET /', ['Accept-Encoding: gzip']) + request('GET /'))
    expect(decode((await client.response()).body, 'gzip')).toBe(large)
    expect((await client.response()).text()).toBe(large)
  })

  test('an event stream: each event can be read as soon as it is sent', async () => {
    class Events extends EventStreamHandler {
      override async open() {
        await this.sendEvent({ data: 'one', id: '1' })
        await this.sendEvent('two')
      }
    }
    await using served = await serve([['/', Events]], { compressResponse: true })
    await using client = await RawClient.connect(served.port)
    await client.send(request('GET /', ['Accept-Encoding: br']))
    expect(await client.head()).toMatch(/content-encoding: br/i)
    const decoder = createBrotliDecompress()
    let seen = ''
    decoder.on('data', (bytes: Buffer) => (seen += bytes.toString()))
    while (!seen.includes('data: two\n\n')) {
      const chunk = await client.chunk()
      await new Promise((resolve) => decoder.write(chunk ?? '', resolve))
    }
    expect(seen).toBe('id: 1\ndata: one\n\ndata: two\n\n')
  })
})

function decode(body: Buffer, coding: string | undefined): string {
  if (coding === 'gzip') return gunzipSync(body).toString()
  return coding === 'br' ? brotliDecompressSync(body).toString() : body.toString()
}
