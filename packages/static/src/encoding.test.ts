import { describe, expect, test } from 'vitest'
import { chooseEncoding, ENCODINGS, isCompressible, mayHaveSiblings } from './encoding.ts'

describe('chooseEncoding (RFC 9110 §12.5.3)', () => {
  test.each([
    { accept: 'gzip, br, zstd', chosen: 'br', why: 'our order where the client has none' },
    { accept: 'gzip, br;q=0.9', chosen: 'gzip', why: 'the weight decides' },
    { accept: 'gzip;q=0', chosen: 'identity', why: 'refused' },
    { accept: 'x-gzip', chosen: 'identity', why: 'no part of a name' },
    { accept: 'identity;q=0, *;q=0', chosen: 'identity', why: 'better than nothing' },
    { accept: 'GZIP', chosen: 'gzip', why: 'case does not matter' },
  ])('$accept: $chosen, $why', ({ accept, chosen }) => {
    expect(chooseEncoding(accept, ENCODINGS)).toBe(chosen)
    expect(chooseEncoding(accept, ENCODINGS)).toBe(chosen) // from memory
  })

  test('what is not on offer is not chosen', () => {
    expect(chooseEncoding('br, gzip;q=0.1', ['gzip'])).toBe('gzip')
  })
})

test.each([
  { type: 'text/css', compressible: true, siblings: true },
  { type: 'application/json', compressible: true, siblings: true },
  { type: 'application/ld+json', compressible: true, siblings: true },
  { type: 'image/svg+xml', compressible: true, siblings: true },
  { type: 'application/octet-stream', compressible: false, siblings: true },
  { type: 'image/png', compressible: false, siblings: false },
  { type: 'video/mp4', compressible: false, siblings: false },
  { type: 'font/woff2', compressible: false, siblings: true },
])('$type: compressible $compressible, siblings $siblings', ({ type, compressible, siblings }) => {
  expect(isCompressible(type)).toBe(compressible)
  expect(mayHaveSiblings(type)).toBe(siblings)
})
