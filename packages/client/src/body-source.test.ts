import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type BodyOptions,
  type BodyProducer,
  declareLength,
  type RequestBody,
  requestBody,
  searchParams,
} from './body-source.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'client-body-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function read(body: RequestBody | undefined): Promise<string> {
  const opened = body?.open() ?? []
  const chunks: Uint8Array[] = []
  if (opened instanceof Uint8Array) chunks.push(opened)
  else for await (const chunk of opened) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const writeTwice: BodyProducer = async (write) => {
  await write('a')
  await write('b')
}

describe('the body of a request', () => {
  const FORM = 'application/x-www-form-urlencoded'
  test.each<{
    options: BodyOptions
    type: string | undefined
    text: string
    length: number | undefined
    replayable?: boolean
  }>([
    { options: { form: { a: 'x y', b: [1, true], c: undefined } }, type: FORM, text: 'a=x+y&b=1&b=true', length: 16 },
    { options: { form: [['ü', '&']] }, type: FORM, text: '%C3%BC=%26', length: 10 },
    { options: { json: { a: null } }, type: 'application/json', text: '{"a":null}', length: 10 },
    { options: { json: null }, type: 'application/json', text: 'null', length: 4 },
    { options: { body: 'ü' }, type: 'text/plain;charset=UTF-8', text: 'ü', length: 2 },
    { options: { body: '' }, type: 'text/plain;charset=UTF-8', text: '', length: 0 },
    { options: { body: Buffer.from('abc') }, type: undefined, text: 'abc', length: 3 },
    { options: { body: new URLSearchParams('a=1') }, type: FORM, text: 'a=1', length: 3 },
    { options: { body: new Blob(['abc'], { type: 'image/png' }) }, type: 'image/png', text: 'abc', length: 3 },
    {
      options: { body: Readable.from(['a', '', Buffer.from('b')]) },
      type: undefined,
      text: 'ab',
      length: undefined,
      replayable: false,
    },
    {
      options: { body: new Blob(['abc']).stream() },
      type: undefined,
      text: 'abc',
      length: undefined,
      replayable: false,
    },
    {
      options: { bodyProducer: writeTwice },
      type: undefined,
      text: 'ab',
      length: undefined,
    },
  ])('$options: $text as $type', async ({ options, type, text, length, replayable = true }) => {
    const body = await requestBody(options)
    expect(body).toMatchObject({ contentType: type, length, replayable })
    expect(await read(body)).toBe(text)
    expect(await (replayable ? read(body) : text)).toBe(text)
  })

  test('a file: its size, and its bytes as often as they are wanted', async () => {
    const path = join(directory, 'a.txt')
    await writeFile(path, 'x'.repeat(300_000))
    const body = await requestBody({ body: { path } })
    expect(body).toMatchObject({ length: 300_000, replayable: true })
    for (const _ of [1, 2]) expect(await read(body)).toHaveLength(300_000)
    await writeFile(path, 'x'.repeat(300_001))
    expect(await read(body)).toHaveLength(300_000)
    await writeFile(path, 'short')
    await expect(read(body)).rejects.toThrow('ended after 5 of its declared 300000 bytes')
  })

  test('an empty file is an empty body', async () => {
    const path = join(directory, 'empty')
    await writeFile(path, '')
    expect(await read(await requestBody({ body: { path } }))).toBe('')
  })

  test.each([{ body: 5 }, { body: { path: 5 } }, { body: {} }, { json: () => {} }])('%o: refused', async (options) => {
    await expect(requestBody(options as BodyOptions)).rejects.toThrow(TypeError)
  })

  test('a missing file: the error of the system', async () => {
    await expect(requestBody({ body: { path: join(directory, 'none') } })).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('a declared length', () => {
  async function declared(length: string): Promise<string> {
    return read(declareLength((await requestBody({ body: Readable.from(['a', 'bc']) })) as RequestBody, length))
  }

  test('3 for three bytes: sent', async () => {
    expect(await declared('3')).toBe('abc')
  })

  test.each([
    { length: '2', error: /longer than its declared 2/ },
    { length: '4', error: /ended after 3/ },
  ])('$length for three bytes: an error', async ({ length, error }) => {
    await expect(declared(length)).rejects.toThrow(error)
  })

  test.each(['-1', '', 'x', '4'])('%j for three known bytes: refused', async (declared) => {
    const body = (await requestBody({ body: 'abc' })) as RequestBody
    expect(() => declareLength(body, declared)).toThrow(/Content-Length must be 3/)
  })
})

describe('a body that a function writes', () => {
  test('write() settles when the chunk has been taken', async () => {
    const log: string[] = []
    const body = await requestBody({
      bodyProducer: async (write) => {
        await write('a')
        log.push('a taken')
        await write('b')
      },
    })
    const iterator = body?.open() as AsyncGenerator<Uint8Array>
    await iterator.next()
    expect(log).toEqual([])
    await iterator.next()
    expect(log).toEqual(['a taken'])
  })

  test('what it throws ends the body', async () => {
    const body = await requestBody({ bodyProducer: () => Promise.reject(new Error('no more')) })
    await expect(read(body)).rejects.toThrow('no more')
  })

  test('the request ends before: write() throws', async () => {
    let result: Promise<void> | undefined
    const body = await requestBody({
      bodyProducer: (write) => {
        void write('a').catch(() => {})
        result = write('b')
        return result
      },
    })
    const opened = body?.open() as AsyncGenerator<Uint8Array>
    await opened.next()
    await opened.return(undefined)
    await expect(result).rejects.toThrow('the request ended before its body')
  })
})

test('searchParams takes what URLSearchParams takes', () => {
  expect(searchParams(new URLSearchParams('a=1&a=2')).toString()).toBe('a=1&a=2')
})
