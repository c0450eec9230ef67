import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  type ContentCoding,
  chooseCoding,
  compress,
  markEncoded,
  resolveCompression,
  StreamEncoder,
} from './compression.ts'
import { ResponseHeaders } from './response-headers.ts'

const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync }
const CODINGS = Object.keys(DECODERS) as (keyof typeof DECODERS)[]
const OPTIONS = resolveCompression({ codings: ['br', 'gzip'] })
if (OPTIONS === undefined) throw new Error('compression is on')

const choose = (
  accept: string | undefined,
  status = 200,
  size: number | undefined = 5000,
  fields: string[] = ['Content-Type', 'text/html'],
) => {
  const headers = new ResponseHeaders(fields)
  return { coding: chooseCoding(OPTIONS, accept, status, headers, size), vary: headers.get('Vary') }
}

describe('chooseCoding (RFC 9110 §12.5.3)', () => {
  test.each([
    { accept: 'gzip', is: { coding: 'gzip', vary: 'Accept-Encoding' } },
    { accept: undefined, is: { coding: undefined, vary: 'Accept-Encoding' } },
    { accept: 'identity;q=0', is: { coding: undefined, vary: 'Accept-Encoding' } },
  ])('$accept', ({ accept, is }) => {
    expect(choose(accept)).toEqual(is)
  })

  test.each([
    { name: '206', found: choose('gzip', 206) },
    { name: 'too small', found: choose('gzip', 200, 1023) },
    {
      name: 'encoded already',
      found: choose('gzip', 200, 5000, ['Content-Type', 'text/html', 'Content-Encoding', 'br']),
    },
    { name: 'an image', found: choose('gzip', 200, 5000, ['Content-Type', 'image/jpeg']) },
    { name: 'no type', found: choose('gzip', 200, 5000, []) },
  ])('$name: as it is, and no Vary', ({ found }) => {
    expect(found).toEqual({ coding: undefined, vary: undefined })
  })

  test('a streamed body, whose size nobody knows, is compressed', () => {
    const headers = new ResponseHeaders(['Content-Type', 'text/html'])
    expect(chooseCoding(OPTIONS, 'gzip', 200, headers, undefined)).toBe('gzip')
  })
})

test.each([
  ['"a"', 'W/"a"'],
  ['W/"a"', 'W/"a"'],
])('markEncoded: ETag %s becomes %s, the length goes', (etag, sent) => {
  const headers = new ResponseHeaders(['ETag', etag, 'Content-Length', '5'])
  markEncoded(headers, 'gzip')
  expect(headers.fields).toEqual(['ETag', sent, 'Content-Encoding', 'gzip'])
})

describe.each(CODINGS)('%s', (coding) => {
  test.each([0, 1, 16 * 1024, 16 * 1024 + 1, 300_000])('compress: %i bytes come back', async (size) => {
    const body = 'hällo '.repeat(size).slice(0, size)
    expect(DECODERS[coding](await compress(coding, body)).toString()).toBe(body)
  })

  test('StreamEncoder: after each piece all of it can be read, in whatever sizes they come', async () => {
    const encoder = new StreamEncoder(coding as ContentCoding)
    const pieces = ['a', '', 'bc'.repeat(50_000), 'd']
    const output: Buffer[] = []
    for (const piece of pieces) output.push(await encoder.encode(piece))
    expect(output[0]?.length).toBeGreaterThan(0)
    output.push(await encoder.end('end'))
    expect(DECODERS[coding](Buffer.concat(output)).toString()).toBe(`${pieces.join('')}end`)
  })
})
