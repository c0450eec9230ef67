import { randomBytes } from 'node:crypto'
import zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { acceptedCodings, decodeContent } from './content-decoding.ts'

const MIB = 1024 * 1024
const TEXT = Buffer.from('Typhoon and Tornado and Typhoon again, '.repeat(20))
// Node 20 has no zstd, and the types are those of Node 20.
const { zstdCompressSync } = zlib as unknown as { zstdCompressSync?: (bytes: Buffer) => Buffer }
/** Versions 22 have it, but do not notice that data is cut short. */
const readsZstd = zstdCompressSync !== undefined && !process.versions.node.startsWith('22.')
const FAST = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }

interface Encoder {
  readonly coding: string
  readonly kind: string
  readonly encode: (bytes: Buffer) => Buffer
}

const ENCODERS: Encoder[] = [
  { coding: 'gzip', kind: 'gzip', encode: zlib.gzipSync },
  { coding: 'deflate', kind: 'deflate with its zlib wrapper', encode: zlib.deflateSync },
  { coding: 'deflate', kind: 'raw deflate', encode: zlib.deflateRawSync },
  { coding: 'br', kind: 'br', encode: (bytes) => zlib.brotliCompressSync(bytes, FAST) },
]
if (zstdCompressSync && readsZstd) ENCODERS.push({ coding: 'zstd', kind: 'zstd', encode: zstdCompressSync })

/** The bytes in chunks of `size`; `state` tells how far the reader got and whether it left. */
function chunked(bytes: Buffer, size: number, state = { taken: 0, closed: false }): AsyncIterable<Buffer> {
  async function* read(): AsyncGenerator<Buffer, void> {
    try {
      for (let at = 0; at < bytes.length; at += size) {
        state.taken++
        yield bytes.subarray(at, at + size)
      }
    } finally {
      state.closed = true
    }
  }
  return read()
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const repeat = (bytes: Buffer, times: number): Buffer => Buffer.alloc(bytes.length * times, bytes)
const decodeAll = (bytes: Buffer, coding: string, limit = MIB, size = 64): Promise<Buffer> =>
  collect(decodeContent(chunked(bytes, size), coding, limit))

describe.each(ENCODERS)('decodeContent: $kind (RFC 9110 §8.4.1)', ({ coding, encode }) => {
  test('any bytes in chunks of any size: what was encoded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), fc.integer({ min: 1, max: 500 }), async (given, size) => {
        const bytes = Buffer.from(given)
        expect(await decodeAll(encode(bytes), coding, MIB, size)).toEqual(bytes)
      }),
      { numRuns: 50 },
    )
  })

  test('cut short at any byte: 400', async () => {
    const encoded = encode(TEXT)
    for (let length = 1; length < encoded.length; length++) {
      await expect(decodeAll(encoded.subarray(0, length), coding), `${length} bytes`).rejects.toMatchObject({
        status: 400,
      })
    }
  })

  test.each(['\0', '\0\0\0\0', 'x', 'tail that is longer than one chunk of sixty-four bytes, so that another follows'])(
    'followed by %j: 400',
    async (tail) => {
      const bytes = Buffer.concat([encode(TEXT), Buffer.from(tail)])
      for (const size of [1, 64, bytes.length - tail.length, bytes.length]) {
        await expect(decodeAll(bytes, coding, MIB, size), `chunks of ${size}`).rejects.toMatchObject({ status: 400 })
      }
    },
  )

  test('garbage: 400 with the reason as its cause', async () => {
    const garbage = Buffer.from('\xffthis was never compressed', 'latin1')
    await expect(decodeAll(garbage, coding)).rejects.toMatchObject({ status: 400, cause: expect.any(Error) })
  })

  test('exactly the limit passes, one byte more is 413', async () => {
    const encoded = encode(TEXT)
    expect(await decodeAll(encoded, coding, TEXT.length)).toEqual(TEXT)
    await expect(decodeAll(encoded, coding, TEXT.length - 1)).rejects.toMatchObject({ status: 413 })
  })

  test('a bomb: stopped where it crosses the limit, with most of it never looked at', async () => {
    const state = { taken: 0, closed: false }
    const bomb = encode(Buffer.alloc(64 * MIB))
    const size = Math.ceil(bomb.length / 64)
    let decoded = 0
    const reading = async (): Promise<void> => {
      for await (const chunk of decodeContent(chunked(bomb, size, state), coding, MIB)) decoded += chunk.length
    }
    await expect(reading()).rejects.toMatchObject({ status: 413 })
    expect(decoded).toBeLessThanOrEqual(MIB)
    expect(state.taken).toBeLessThan(bomb.length > 4096 ? 8 : 65)
    expect(state.closed).toBe(true)
  })

  test('a reader that waits: the source waits too', async () => {
    const state = { taken: 0, closed: false }
    const encoded = encode(randomBytes(4 * MIB))
    const reader = decodeContent(chunked(encoded, 16 * 1024, state), coding, 8 * MIB)[Symbol.asyncIterator]()
    await reader.next()
    const taken = state.taken
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(state.taken).toBe(taken)
    expect(taken).toBeLessThan(40)
    await reader.return?.()
    expect(state.closed).toBe(true)
  })

  test('a source that fails: its own error, not a 400', async () => {
    const gone = new Error('gone')
    const encoded = encode(TEXT)
    async function* failing(): AsyncGenerator<Buffer, void> {
      yield encoded.subarray(0, 10)
      throw gone
    }
    await expect(collect(decodeContent(failing(), coding, MIB))).rejects.toBe(gone)
  })

  test('no bytes at all: an empty body', async () => {
    expect(await decodeAll(Buffer.alloc(0), coding)).toHaveLength(0)
  })

  test('empty chunks: skipped', async () => {
    const encoded = encode(TEXT)
    async function* source(): AsyncGenerator<Buffer, void> {
      yield Buffer.alloc(0)
      yield encoded.subarray(0, 5)
      yield Buffer.alloc(0)
      yield encoded.subarray(5)
      yield Buffer.alloc(0)
    }
    expect(await collect(decodeContent(source(), coding, MIB))).toEqual(TEXT)
  })
})

describe('decodeContent: the decoder is closed, not left to the garbage collector', () => {
  test.each([
    { ending: 'a reader that leaves', limit: MIB, encoded: zlib.gzipSync(TEXT) },
    { ending: 'a limit that is crossed', limit: 100, encoded: zlib.gzipSync(TEXT) },
    { ending: 'a body that is cut short', limit: MIB, encoded: zlib.gzipSync('').subarray(0, -1) },
  ])('$ending', async ({ limit, encoded }) => {
    const making = vi.spyOn(zlib, 'createGunzip') // watched, not replaced
    const reader = decodeContent(chunked(encoded, 64), 'gzip', limit)[Symbol.asyncIterator]()
    await Promise.allSettled([reader.next()])
    await reader.return?.()
    expect(making.mock.results.map(({ value }) => (value as zlib.Gunzip).destroyed)).toEqual([true])
    making.mockRestore()
  })
})

describe('decodeContent: the field value', () => {
  test.each(['gzip', 'GZip', 'x-gzip', ' gzip ', 'identity, gzip', 'gzip,'])('%j: gzip', async (value) => {
    expect(await decodeAll(zlib.gzipSync(TEXT), value)).toEqual(TEXT)
  })

  test('identity: as it came', async () => {
    expect(await decodeAll(TEXT, 'identity')).toEqual(TEXT)
    await expect(decodeAll(TEXT, 'identity', 10)).rejects.toMatchObject({ status: 413 })
  })

  test('gzip, br: undone in reverse order', async () => {
    const encoded = zlib.brotliCompressSync(zlib.gzipSync(TEXT))
    expect(await decodeAll(encoded, 'gzip, br')).toEqual(TEXT)
    await expect(decodeAll(encoded, 'br, gzip')).rejects.toMatchObject({ status: 400 })
  })

  test('a bomb within a bomb: 413 although its inner text would be small', async () => {
    const inner = repeat(zlib.gzipSync(''), 200_000)
    await expect(decodeAll(zlib.gzipSync(inner), 'gzip, gzip', MIB)).rejects.toMatchObject({ status: 413 })
  })

  test('encoded bytes that decode to nothing for ever: 413', async () => {
    const nothing = zlib.gzipSync('')
    const many = repeat(nothing, 1000)
    expect(await decodeAll(many, 'gzip', many.length)).toHaveLength(0)
    await expect(decodeAll(many, 'gzip', many.length - 1)).rejects.toMatchObject({ status: 413 })
  })

  test.each(['compress', 'gzip;q=1', 'gzip2', 'bzip2, gzip', 'gzip, gzip, gzip', 'aws-chunked'])(
    '%j: 415 with what is supported (RFC 9110 §15.5.16)',
    (value) => {
      const decoding = (): unknown => decodeContent(chunked(TEXT, 64), value, MIB)
      expect(decoding).toThrow(
        expect.objectContaining({ status: 415, headers: { 'Accept-Encoding': acceptedCodings() } }),
      )
    },
  )

  test('gzip in two members: both (RFC 1952 §2.2)', async () => {
    const two = Buffer.concat([zlib.gzipSync('one '), zlib.gzipSync('two')])
    for (const size of [1, 7, 64]) expect((await decodeAll(two, 'gzip', MIB, size)).toString()).toBe('one two')
  })

  test('zstd is listed where Node has it and reads it well', () => {
    expect(acceptedCodings()).toBe(readsZstd ? 'gzip, deflate, br, zstd' : 'gzip, deflate, br')
  })
})
