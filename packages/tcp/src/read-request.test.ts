import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ReadBuffer } from './read-buffer.ts'
import { bytesRequest, delimiterRequest, intoRequest, type ReadRequest, regexRequest } from './read-request.ts'

const MAX_BUFFER = 64

type Read =
  | { kind: 'bytes'; size: number }
  | { kind: 'into'; size: number }
  | { kind: 'until'; delimiter: string; maxBytes: number | undefined }
  | { kind: 'regex'; regex: RegExp; maxBytes: number | undefined; maxMatchSize: number }

const reads: fc.Arbitrary<Read> = fc.oneof(
  fc.record({ kind: fc.constant('bytes' as const), size: fc.integer({ min: 0, max: MAX_BUFFER }) }),
  fc.record({ kind: fc.constant('into' as const), size: fc.integer({ min: 0, max: MAX_BUFFER * 2 }) }),
  fc.record({
    kind: fc.constant('until' as const),
    delimiter: fc.constantFrom('\n', '\r\n', 'aab', 'aa'),
    maxBytes: fc.option(fc.integer({ min: 1, max: MAX_BUFFER * 2 }), { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('regex' as const),
    regex: fc.constantFrom(/\r?\n/, /\n\n|b\n/, /^a\n/, /(?<=a)\r\n/, /\bb\n/g, /b\ra\n/y),
    maxBytes: fc.option(fc.integer({ min: 1, max: MAX_BUFFER * 2 }), { nil: undefined }),
    maxMatchSize: fc.integer({ min: 4, max: 20 }),
  }),
)
const bytes = fc.array(fc.constantFrom('a', 'b', '\r', '\n'), { maxLength: 300 }).map((all) => all.join(''))

function request(read: Read): ReadRequest<string> {
  const make = (): ReadRequest<Buffer | number> => {
    if (read.kind === 'bytes') return bytesRequest(read.size, false, MAX_BUFFER)
    if (read.kind === 'until') return delimiterRequest(read.delimiter, read.maxBytes, MAX_BUFFER)
    if (read.kind === 'regex') return regexRequest(read.regex, read, MAX_BUFFER)
    return intoRequest(target, false)
  }
  const target = Buffer.alloc(read.kind === 'into' ? read.size : 0)
  const inner = make()
  return {
    name: inner.name,
    attempt(buffer) {
      const result = inner.attempt(buffer)
      return typeof result === 'number' ? target.toString('latin1', 0, result) : result?.toString('latin1')
    },
    giveBack: (buffer) => inner.giveBack?.(buffer),
  }
}

/** What the reads give, one after the other, when the chunks arrive as they do; the last word is why it ended and what is left. */
function outcome(plan: readonly Read[], chunks: readonly string[]): string[] {
  const buffer = new ReadBuffer()
  const waiting = chunks.map((chunk) => Buffer.from(chunk, 'latin1'))
  const results: string[] = []
  const rest = () => {
    for (const chunk of waiting) buffer.append(chunk)
    return buffer.take(buffer.length).toString('latin1')
  }
  for (const read of plan) {
    const pending = request(read)
    try {
      let result = pending.attempt(buffer)
      while (result === undefined) {
        const chunk = waiting.shift()
        if (chunk === undefined) {
          pending.giveBack?.(buffer)
          return [...results, 'end', rest()]
        }
        buffer.append(chunk)
        result = pending.attempt(buffer)
      }
      results.push(result)
    } catch (error) {
      return [...results, (error as Error).name, rest()]
    }
  }
  return [...results, 'done', rest()]
}

/** The same, plainly: on the whole text. */
function model(plan: readonly Read[], text: string): string[] {
  const results: string[] = []
  let left = text
  for (const read of plan) {
    const size = modelSize(read, left)
    if (typeof size === 'string') return [...results, size, left]
    results.push(left.slice(0, size))
    left = left.slice(size)
  }
  return [...results, 'done', left]
}

function modelSize(read: Read, text: string): number | string {
  if (read.kind === 'bytes' || read.kind === 'into') return read.size <= text.length ? read.size : 'end'
  const limit = Math.min(read.maxBytes ?? MAX_BUFFER, MAX_BUFFER)
  const seen = text.slice(0, limit)
  const pattern = read.kind === 'until' ? new RegExp(read.delimiter) : new RegExp(read.regex.source)
  const match = pattern.exec(seen)
  if (match !== null) return match.index + match[0].length
  if (text.length < limit) return 'end'
  return read.maxBytes !== undefined && read.maxBytes <= MAX_BUFFER ? 'UnsatisfiableReadError' : 'StreamBufferFullError'
}

function cut(text: string, positions: readonly number[]): string[] {
  const sorted = [...new Set([0, ...positions.map((each) => each % (text.length + 1)), text.length])].toSorted(
    (a, b) => a - b,
  )
  return sorted.slice(1).map((end, index) => text.slice(sorted[index], end))
}

describe('reads', () => {
  test('any chunking of the same bytes: the same results, errors and rest', () => {
    fc.assert(
      fc.property(
        fc.array(reads, { maxLength: 12 }),
        bytes,
        fc.array(fc.nat(300), { maxLength: 40 }),
        (plan, text, positions) => {
          const expected = model(plan, text)
          expect(outcome(plan, [text])).toEqual(expected)
          expect(outcome(plan, cut(text, positions))).toEqual(expected)
          expect(outcome(plan, text.split(''))).toEqual(expected)
        },
      ),
      { numRuns: 500 },
    )
  })

  test.each([
    { limit: 6, chunks: ['hello\n'], result: ['hello\n', 'done', ''], why: 'the delimiter is the last byte allowed' },
    { limit: 5, chunks: ['hello\n'], result: ['UnsatisfiableReadError', 'hello\n'], why: 'one byte too far' },
    {
      limit: 5,
      chunks: ['hell', 'o'],
      result: ['UnsatisfiableReadError', 'hello'],
      why: 'known before the delimiter comes',
    },
    { limit: 9, chunks: ['hello'], result: ['end', 'hello'], why: 'too little, nothing is lost' },
  ])('maxBytes $limit of $chunks: $why', ({ limit, chunks, result }) => {
    expect(outcome([{ kind: 'until', delimiter: '\n', maxBytes: limit }], chunks)).toEqual(result)
  })

  test('a match longer than maxMatchSize: unsatisfiable, it could be missed in smaller chunks', () => {
    const read = regexRequest(/a+\n/, { maxMatchSize: 10 }, 1000)
    const buffer = new ReadBuffer()
    buffer.append(Buffer.from(`${'a'.repeat(10)}\n`))
    expect(() => read.attempt(buffer)).toThrow('a match of 11 bytes; maxMatchSize is 10')
  })

  test('bytes above 127: one character each to the regex', () => {
    const buffer = new ReadBuffer()
    buffer.append(Buffer.from([0xc3, 0xa4, 0xff, 0x0a]))
    expect(regexRequest(/\xff\n/, {}, 1000).attempt(buffer)).toEqual(Buffer.from([0xc3, 0xa4, 0xff, 0x0a]))
  })

  test.each([
    { name: 'no delimiter', make: () => delimiterRequest('', undefined, 10) },
    { name: 'maxBytes 0', make: () => delimiterRequest('a', 0, 10) },
    { name: 'more bytes than maxBufferSize', make: () => bytesRequest(11, false, 10) },
    { name: 'a negative number of bytes', make: () => bytesRequest(-1, true, 10) },
    { name: 'maxMatchSize 0', make: () => regexRequest(/a/, { maxMatchSize: 0 }, 10) },
    { name: 'a string to read into', make: () => intoRequest('text' as unknown as Uint8Array, false) }, // as from JavaScript
  ])('$name: refused', ({ make }) => {
    expect(make).toThrow(expect.objectContaining({ name: 'TCPOptionError', code: 'TYPHOON_OPTION' }))
  })
})

describe('cost of a line that arrives byte by byte', () => {
  /** Counts the bytes that the searches of a read look at. */
  function searched(read: ReadRequest<Buffer>, size: number): number {
    let count = 0
    class CountingBuffer extends ReadBuffer {
      override indexOf(needle: Uint8Array, from: number, to: number): number {
        count += to - from
        return super.indexOf(needle, from, to)
      }
      override latin1(from: number, to: number): string {
        count += to - from
        return super.latin1(from, to)
      }
    }
    const buffer = new CountingBuffer()
    for (let i = 0; i < size; i += 1) {
      buffer.append(Buffer.from('a'))
      expect(read.attempt(buffer)).toBeUndefined()
    }
    return count
  }

  test('readUntil: each byte is looked at once, but for the length of the delimiter', () => {
    expect(searched(delimiterRequest('\r\n', undefined, 1_000_000), 20_000)).toBeLessThanOrEqual(2 * 20_000)
  })

  test('readUntilRegex: a window, not all that has come', () => {
    const count = searched(regexRequest(/\r?\n/, { maxMatchSize: 16 }, 1_000_000), 20_000)
    expect(count).toBeLessThanOrEqual((2 * 16 + 1) * 20_000)
  })
})
