import { randomBytes } from 'node:crypto'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { AVAILABLE_ENCODINGS, CompressedContents } from './compressed-content.ts'

const TEXT = Buffer.from('A line that repeats.\n'.repeat(500))

test('compressed content is the content', async () => {
  const contents = new CompressedContents(1_000_000)
  const gzip = await contents.of('v', 'gzip', TEXT)
  const br = await contents.of('v', 'br', TEXT)
  expect(gunzipSync(gzip.content ?? '').equals(TEXT)).toBe(true)
  expect(brotliDecompressSync(br.content ?? '').equals(TEXT)).toBe(true)
  expect(br.version).not.toBe(gzip.version)
})

test('every version is compressed once, whoever asks and when', async () => {
  const contents = new CompressedContents(1_000_000)
  const [first, second] = await Promise.all([contents.of('v', 'gzip', TEXT), contents.of('v', 'gzip', TEXT)])
  expect(second).toBe(first)
  expect(contents.peek('v', 'gzip')).toBe(first)
  expect(contents.peek('w', 'gzip')).toBeUndefined()
})

test('what does not become smaller is remembered as such', async () => {
  const contents = new CompressedContents(1_000_000)
  const noise = randomBytes(5000)
  expect((await contents.of('noise', 'gzip', noise)).content).toBeUndefined()
  expect(contents.peek('noise', 'gzip')).toMatchObject({ content: undefined })
})

test('nothing is kept beyond the limit', async () => {
  const contents = new CompressedContents(0)
  await contents.of('v', 'gzip', TEXT)
  expect(contents.peek('v', 'gzip')).toBeUndefined()
})

test('br and gzip can always be made', () => {
  expect(AVAILABLE_ENCODINGS).toEqual(expect.arrayContaining(['br', 'gzip']))
})
