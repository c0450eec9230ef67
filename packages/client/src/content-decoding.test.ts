import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import zlib, { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ACCEPT_ENCODING, codingsOf, decoded, limited } from './content-decoding.ts'

/** Since Node 22.15; the types are those of 20. */
const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer }
const TEXT = Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(50))
const invalid = (cause: unknown) => new Error('invalid', { cause })

/** The same bytes in pieces of `size`. */
async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer, void, void> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

function decode(bytes: Buffer, codings: string, size = 7): Promise<Buffer> {
  return buffer(Readable.from(decoded(pieces(bytes, size), codingsOf(codings) ?? [], invalid)))
}

describe('content codings (RFC 9110 §8.4)', () => {
  test.each([
    { coding: 'gzip', bytes: gzipSync(TEXT) },
    { coding: 'x-gzip', bytes: gzipSync(TEXT) },
    { coding: 'GZIP', bytes: gzipSync(TEXT) },
    { coding: 'deflate', bytes: deflateSync(TEXT) },
    { coding: 'deflate', bytes: deflateRawSync(TEXT) },
    { coding: 'br', bytes: brotliCompressSync(TEXT) },
    { coding: 'gzip, br', bytes: brotliCompressSync(gzipSync(TEXT)) },
    { coding: 'deflate, gzip', bytes: gzipSync(deflateSync(TEXT)) },
    { coding: 'gzip, deflate', bytes: deflateRawSync(gzipSync(TEXT)) },
    { coding: 'br, deflate, gzip', bytes: gzipSync(deflateRawSync(brotliCompressSync(TEXT))) },
    { coding: 'identity, gzip', bytes: gzipSync(TEXT) },
    { coding: 'gzip', bytes: Buffer.concat([gzipSync(TEXT.subarray(0, 9)), gzipSync(TEXT.subarray(9))]) },
  ])('$coding: decoded, in pieces of any size', async ({ coding, bytes }) => {
    for (const size of [1, 2, 3, 100, 100_000]) expect((await decode(bytes, coding, size)).equals(TEXT)).toBe(true)
  })

  test.skipIf(!ACCEPT_ENCODING.includes('zstd'))('zstd, where Node reads it well', async () => {
    expect((await decode(zstdCompressSync?.(TEXT) ?? TEXT, 'zstd')).equals(TEXT)).toBe(true)
  })

  test('whatever is encoded comes back', async () => {
    const bytes = fc.uint8Array({ maxLength: 2000 })
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 500 }), async (content, size) => {
        expect((await decode(gzipSync(content), 'gzip', size)).equals(Buffer.from(content))).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('an empty body is empty', async () => {
    expect(await decode(Buffer.alloc(0), 'gzip')).toHaveLength(0)
  })

  test.each([
    { coding: 'gzip', bytes: Buffer.from('plain text'), why: 'not what it says' },
    { coding: 'gzip', bytes: gzipSync(TEXT).subarray(0, -9), why: 'cut off' },
    { coding: 'deflate', bytes: deflateSync(TEXT).subarray(0, -5), why: 'cut off' },
    { coding: 'br', bytes: brotliCompressSync(TEXT).subarray(0, -3), why: 'cut off' },
    { coding: 'gzip, br', bytes: brotliCompressSync(TEXT), why: 'the inner one is not what it says' },
    { coding: 'gzip, br', bytes: gzipSync(TEXT), why: 'the outer one is not what it says' },
  ])('$coding, $why: an error', async ({ coding, bytes }) => {
    await expect(decode(bytes, coding)).rejects.toThrow('invalid')
  })

  test('an error of the body is no error of the coding', async () => {
    const broken = async function* () {
      yield gzipSync(TEXT).subarray(0, 20)
      throw new Error('the connection closed')
    }
    await expect(buffer(Readable.from(decoded(broken(), ['gzip'], invalid)))).rejects.toThrow('the connection closed')
  })

  test.each([
    { value: null, codings: undefined },
    { value: '', codings: undefined },
    { value: 'identity', codings: undefined },
    { value: 'compress', codings: undefined },
    { value: 'gzip, aes128gcm', codings: undefined },
    { value: 'gzip , br', codings: ['br', 'gzip'] },
    { value: 'constructor', codings: undefined },
  ])('$value: $codings', ({ value, codings }) => {
    expect(codingsOf(value)).toEqual(codings)
  })

  test('four layers: refused', () => {
    expect(() => codingsOf('gzip, gzip, gzip, gzip')).toThrow(/4 content codings/)
  })
})

describe('limited', () => {
  const tooLarge = () => new Error('too large')

  test('exactly as much as is allowed passes, one byte more does not', async () => {
    expect(await buffer(Readable.from(limited(pieces(TEXT, 10), TEXT.length, tooLarge)))).toHaveLength(TEXT.length)
    await expect(buffer(Readable.from(limited(pieces(TEXT, 10), TEXT.length - 1, tooLarge)))).rejects.toThrow(
      'too large',
    )
  })
})
