import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type BodyLimits, resolveBodyLimits } from './body-limits.ts'
import { type RequestBody, readRequestBody } from './form.ts'

const URLENCODED = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data; boundary=b'
const PART = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
const FILE = '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'
const KIB = 1024

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'form-test-'))
})
afterEach(async () => {
  assert.deepEqual(await readdir(folder), [])
  await rm(folder, { recursive: true })
})

interface Message {
  contentType?: string
  contentEncoding?: string
  contentLength?: number
  body: string | Buffer
  limits?: BodyLimits
}

const sourceOf = async function* (body: string | Buffer, state = { started: false }): AsyncGenerator<Buffer, void> {
  state.started = true
  const bytes = Buffer.from(body)
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}

function read(message: Message, state = { started: false }): Promise<RequestBody> {
  return readRequestBody({
    contentType: message.contentType,
    contentEncoding: message.contentEncoding,
    contentLength: message.contentLength,
    source: sourceOf(message.body, state),
    limits: resolveBodyLimits({ uploadDirectory: folder, ...message.limits }),
  })
}

describe('readRequestBody: the media type decides (Tornado: parse_body_arguments)', () => {
  test.each([
    { contentType: URLENCODED, body: 'a=1&a=2', pairs: [['a', ['1', '2']]], left: 'a=1&a=2' },
    {
      contentType: 'Application/X-WWW-Form-Urlencoded ; charset=UTF-8',
      body: 'a=1',
      pairs: [['a', ['1']]],
      left: 'a=1',
    },
    { contentType: MULTIPART, body: `${PART}--b--`, pairs: [['a', ['1']]], left: '' },
    { contentType: 'Multipart/Form-Data; Boundary="b"', body: `${PART}--b--`, pairs: [['a', ['1']]], left: '' },
    { contentType: 'application/json', body: '{"a":1}', pairs: [], left: '{"a":1}' },
    { contentType: 'text/plain', body: 'a=1', pairs: [], left: 'a=1' },
    { contentType: 'application/x-www-form-urlencoded2', body: 'a=1', pairs: [], left: 'a=1' },
    { contentType: 'multipart/mixed; boundary=b', body: `${PART}--b--`, pairs: [], left: `${PART}--b--` },
    { contentType: '', body: 'a=1', pairs: [], left: 'a=1' },
    { contentType: undefined, body: 'a=1', pairs: [], left: 'a=1' },
    { contentType: URLENCODED, body: '', pairs: [], left: '' },
  ])('$contentType with $body', async ({ contentType, body, pairs, left }) => {
    const result = await read(contentType === undefined ? { body } : { contentType, body })
    expect([...result.bodyArguments]).toEqual(pairs)
    expect(result.body.toString()).toBe(left)
    expect(result.files.size).toBe(0)
    await result.remove?.()
  })

  test('a file: on disk until remove()', async () => {
    const body = `${FILE}${'x'.repeat(5000)}\r\n--b--`
    const result = await read({ contentType: MULTIPART, body, limits: { spoolThreshold: 1000 } })
    expect(result.files.get('f')?.[0]?.size).toBe(5000)
    expect(await readdir(folder)).toHaveLength(1)
    await result.remove?.()
  })
})

describe('readRequestBody: compressed', () => {
  test.each([
    { contentEncoding: 'gzip', encode: gzipSync },
    { contentEncoding: 'br', encode: brotliCompressSync },
  ])('$contentEncoding: forms and other bodies as if they were not', async ({ contentEncoding, encode }) => {
    const urlencoded = await read({ contentType: URLENCODED, contentEncoding, body: encode('a=1') })
    expect([...urlencoded.bodyArguments]).toEqual([['a', ['1']]])
    const multipart = await read({ contentType: MULTIPART, contentEncoding, body: encode(`${PART}--b--`) })
    expect([...multipart.bodyArguments]).toEqual([['a', ['1']]])
    const json = await read({ contentType: 'application/json', contentEncoding, body: encode('{}') })
    expect(json.body.toString()).toBe('{}')
  })

  test('an empty Content-Encoding: none', async () => {
    expect((await read({ contentEncoding: '', body: 'abc' })).body.toString()).toBe('abc')
  })
})

describe('readRequestBody: refusals', () => {
  const upload = `${FILE}${'x'.repeat(300 * KIB)}\r\n--b--`
  test.each<Message & { status: number; why: string }>([
    { body: 'x'.repeat(101), limits: { maxBodySize: 100 }, status: 413, why: 'a body past maxBodySize' },
    {
      contentType: URLENCODED,
      body: `a=${'x'.repeat(99)}`,
      limits: { maxBodySize: 100 },
      status: 413,
      why: 'a form too',
    },
    { contentType: MULTIPART, body: upload, limits: { maxUploadSize: 200 * KIB }, status: 413, why: 'an upload' },
    { contentType: URLENCODED, body: 'a&b&c', limits: { maxFields: 2 }, status: 400, why: 'too many fields' },
    { contentType: URLENCODED, body: 'a=%ff', status: 400, why: 'an argument that is not UTF-8' },
    { contentType: 'multipart/form-data', body: upload, status: 400, why: 'no boundary' },
    { contentType: MULTIPART, body: '', status: 400, why: 'an empty multipart body' },
    { contentEncoding: 'lzma', body: 'x', status: 415, why: 'an unknown coding' },
    { contentEncoding: 'gzip', body: 'x', status: 400, why: 'damaged data' },
    { contentEncoding: 'gzip', body: gzipSync(Buffer.alloc(20_000_000)), status: 413, why: 'a bomb' },
    {
      contentType: MULTIPART,
      contentEncoding: 'gzip',
      body: gzipSync(upload),
      limits: { maxUploadSize: 200 * KIB },
      status: 413,
      why: 'a bomb of a file',
    },
    {
      contentType: MULTIPART,
      contentEncoding: 'gzip',
      body: gzipSync(upload).subarray(0, -9),
      status: 400,
      why: 'a file cut short',
    },
  ])('$why: $status', async ({ status, why, ...message }) => {
    const limits = { spoolThreshold: 0, ...message.limits }
    await expect(read({ ...message, limits }), `${why}`).rejects.toMatchObject({ status })
  })

  test.each([undefined, URLENCODED, MULTIPART])(
    '%s announced too large: 413 before anything is read',
    async (contentType) => {
      const state = { started: false }
      const limits = { maxBodySize: 5, maxUploadSize: 5 }
      const message = { body: 'abcdef', contentLength: 6, limits }
      await expect(read(contentType ? { ...message, contentType } : message, state)).rejects.toMatchObject({
        status: 413,
      })
      expect(state.started).toBe(false)
    },
  )

  test('an upload may be larger than other bodies', async () => {
    const limits = { maxBodySize: 100, spoolThreshold: 1 << 20 }
    const result = await read({ contentType: MULTIPART, body: upload, contentLength: upload.length, limits })
    expect(result.files.get('f')?.[0]?.size).toBe(300 * KIB)
  })
})
