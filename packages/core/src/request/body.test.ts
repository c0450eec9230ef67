import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { readBody } from './body.ts'

/** A source that says how many chunks were taken from it, and whether it was left before its end. */
function watched(chunks: readonly string[]): {
  source: AsyncIterable<Buffer>
  taken: () => number
  left: () => boolean
} {
  let taken = 0
  let left = false
  async function* read(): AsyncGenerator<Buffer, void> {
    left = true
    try {
      for (const chunk of chunks) {
        taken++
        yield Buffer.from(chunk)
      }
      left = false
    } finally {
      // `left` is still true if the reader went away at a yield
    }
  }
  return { source: read(), taken: () => taken, left: () => left }
}

describe('readBody', () => {
  test.each([
    { chunks: [], body: '', why: 'no content' },
    { chunks: ['abc'], body: 'abc', why: 'one chunk' },
    { chunks: ['ab', '', 'cdef', 'ghij'], body: 'abcdefghij', why: 'exactly the limit' },
  ])('$chunks: $why', async ({ chunks, body }) => {
    expect((await readBody(watched(chunks).source, { maxBodySize: 10 })).toString()).toBe(body)
  })

  test('a stream of Node: read to its end', async () => {
    const source = Readable.from([Buffer.from('a'), Buffer.from('b')])
    expect((await readBody(source, { maxBodySize: 10, contentLength: 2 })).toString()).toBe('ab')
  })

  test('announced too large: 413 before anything is read (RFC 9110 §15.5.14)', async () => {
    const { source, taken } = watched(['abc'])
    await expect(readBody(source, { maxBodySize: 2, contentLength: 3 })).rejects.toMatchObject({ status: 413 })
    expect(taken()).toBe(0)
  })

  test('not announced: 413 with the chunk that is too much, and the source is left', async () => {
    const { source, taken, left } = watched(['ab', 'cd', 'ef', 'gh'])
    await expect(readBody(source, { maxBodySize: 3 })).rejects.toMatchObject({ status: 413 })
    expect(taken()).toBe(2)
    expect(left()).toBe(true)
  })

  test('a limit of 0: an empty body only', async () => {
    expect(await readBody(watched(['']).source, { maxBodySize: 0 })).toHaveLength(0)
    await expect(readBody(watched(['a']).source, { maxBodySize: 0 })).rejects.toMatchObject({ status: 413 })
  })

  test('a source that fails: its own error', async () => {
    const gone = new Error('gone')
    async function* failing(): AsyncGenerator<Buffer, void> {
      yield Buffer.from('a')
      throw gone
    }
    await expect(readBody(failing(), { maxBodySize: 10 })).rejects.toBe(gone)
  })
})
