import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { AsyncHTTPClient, type DownloadProgress } from '@typhoon/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { httpServer, rawServer } from './servers.ts'

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251))
const client = new AsyncHTTPClient()
let directory: string
let path: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'client-download-'))
  path = join(directory, 'file.bin')
})
afterEach(() => rm(directory, { recursive: true }))

interface Behaviour {
  content?: Buffer
  fields?: Record<string, string>
  /** Breaks the connection after so many bytes, once. */
  cutAt?: number
  /** What the cut waits for; by default that the bytes have been sent. */
  cutWhen?: Promise<void>
  ranges?: boolean
  /** Answers every range as if it began here. */
  rangeStart?: number
}

/** A server of one file, with ranges. */
function fileServer(behaviour: Behaviour): { listener: RequestListener; seen: (string | undefined)[] } {
  const seen: (string | undefined)[] = []
  const listener: RequestListener = ({ headers }, response) => {
    const { content = CONTENT, fields = { ETag: '"v1"' }, ranges = true } = behaviour
    seen.push(headers.range)
    const matches =
      headers['if-range'] === undefined || headers['if-range'] === (fields['ETag'] ?? fields['Last-Modified'])
    const asked = Number(/^bytes=([0-9]+)-$/.exec(headers.range ?? '')?.[1] ?? -1)
    if (asked >= content.length && ranges && matches) {
      return response.writeHead(416, { ...fields, 'Content-Range': `bytes */${content.length}` }).end()
    }
    const partial = asked >= 0 && ranges && matches
    const start = partial ? (behaviour.rangeStart ?? asked) : 0
    const range = partial ? { 'Content-Range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}
    response.writeHead(partial ? 206 : 200, { ...fields, ...range, 'Content-Length': content.length - start })
    if (behaviour.cutAt === undefined) return response.end(content.subarray(start))
    const { cutWhen = Promise.resolve() } = behaviour
    response.write(content.subarray(start, behaviour.cutAt), () => void cutWhen.then(() => response.destroy()))
    delete behaviour.cutAt
  }
  return { listener, seen }
}

describe('download', () => {
  test('the whole file, its size, and progress to the end', async () => {
    await using server = await httpServer(fileServer({}).listener)
    const progress: DownloadProgress[] = []
    const result = await client.download(server.url, path, { onProgress: (each) => progress.push(each) })
    expect(result).toMatchObject({ code: 200, path, size: CONTENT.length, resumedFrom: 0 })
    expect(result.timeInfo.total).toBeGreaterThanOrEqual(result.timeInfo.headers + result.timeInfo.body)
    expect(result.timeInfo.body).toBeGreaterThan(0)
    expect(hash(await readFile(path))).toBe(hash(CONTENT))
    expect(progress[0]).toEqual({ received: 0, total: CONTENT.length })
    expect(progress.at(-1)).toEqual({ received: CONTENT.length, total: CONTENT.length })
    expect(await readdir(directory)).toEqual(['file.bin'])
  })

  test('a file that is there is replaced when all has come, not before', async () => {
    await writeFile(path, 'old')
    await using server = await httpServer(fileServer({ cutAt: 100_000 }).listener)
    await expect(client.download(server.url, path)).rejects.toMatchObject({ phase: 'body' })
    expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(directory)).toEqual(['file.bin'])
    await client.download(server.url, path)
    expect(hash(await readFile(path))).toBe(hash(CONTENT))
  })

  test('a directory: refused before anything is asked for', async () => {
    const { listener, seen } = fileServer({})
    await using server = await httpServer(listener)
    await expect(client.download(server.url, directory)).rejects.toThrow(`${directory} is a directory`)
    expect(seen).toEqual([])
  })

  test('an error page is not a file', async () => {
    await using server = await httpServer((_request, response) => response.writeHead(404).end('no such file'))
    await expect(client.download(server.url, path)).rejects.toMatchObject({ code: 404 })
    expect(await readdir(directory)).toEqual([])
  })

  test('a body that comes encoded is decoded, its total unknown', async () => {
    await using server = await httpServer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(CONTENT))
    })
    const progress: DownloadProgress[] = []
    await client.download(server.url, path, { onProgress: (each) => progress.push(each) })
    expect(progress.at(-1)).toEqual({ received: CONTENT.length, total: undefined })
  })

  test('maxBodySize and signal end it, and nothing is left', async () => {
    await using server = await httpServer(fileServer({}).listener)
    await expect(client.download(server.url, path, { maxBodySize: 1000 })).rejects.toThrow('maxBodySize')
    const controller = new AbortController()
    const onProgress = () => controller.abort(new Error('enough'))
    await expect(client.download(server.url, path, { signal: controller.signal, onProgress })).rejects.toThrow('enough')
    expect(await readdir(directory)).toEqual([])
  })
})

describe('download with resume', () => {
  const resume = true

  /** A first attempt that is cut off, then a second one to the end. */
  async function twice(first: Behaviour, then: Behaviour = {}) {
    let arrived = () => {}
    const cutWhen = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const behaviour: Behaviour = { cutAt: 100_000, cutWhen, ...first }
    const { listener, seen } = fileServer(behaviour)
    await using server = await httpServer(listener)
    const onProgress = ({ received }: DownloadProgress) => {
      if (received > 0) arrived() // what is in the file is not lost with the connection
    }
    await expect(client.download(server.url, path, { resume, onProgress })).rejects.toMatchObject({ phase: 'body' })
    expect(await readdir(directory)).toContain('file.bin.part')
    Object.assign(behaviour, then)
    const result = await client.download(server.url, path, { resume })
    expect(hash(await readFile(path))).toBe(hash(then.content ?? CONTENT))
    expect(await readdir(directory)).toEqual(['file.bin'])
    return { result, seen }
  }

  test.each([
    { fields: { ETag: '"v1"' }, why: 'a strong entity tag' },
    { fields: { 'Last-Modified': 'Sun, 06 Nov 1994 08:49:37 GMT' }, why: 'an old date' },
  ])('$why: only the rest is asked for', async ({ fields }) => {
    const { result, seen } = await twice({ fields })
    expect(result).toMatchObject({ code: 206, size: CONTENT.length })
    expect(result.resumedFrom).toBeGreaterThan(0)
    expect(seen).toEqual([undefined, `bytes=${result.resumedFrom}-`])
  })

  test.each([
    { fields: { ETag: 'W/"v1"' }, why: 'a weak entity tag' },
    {
      fields: { 'Last-Modified': new Date(Date.now() + 3_600_000).toUTCString() },
      why: 'a date that may still change',
    },
    { fields: {}, why: 'no validator' },
  ])('$why: from the beginning', async ({ fields }) => {
    const { result, seen } = await twice({ fields: fields as Record<string, string> })
    expect(result).toMatchObject({ code: 200, resumedFrom: 0 })
    expect(seen).toEqual([undefined, undefined])
  })

  test('what has arrived when the connection breaks is kept, however fast it came', async () => {
    const size = 60_000
    await using server = await rawServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 100000\r\n\r\n')
        socket.end(Buffer.alloc(size)) // head, bytes and end in one go
      })
    })
    await expect(client.download(server.url, path, { resume })).rejects.toMatchObject({ phase: 'body' })
    expect((await readFile(`${path}.part`)).length).toBe(size)
  })

  test('the file has changed: the new one, whole', async () => {
    const content = Buffer.from('something else')
    const { result } = await twice({}, { content, fields: { ETag: '"v2"' } })
    expect(result).toMatchObject({ code: 200, resumedFrom: 0, size: content.length })
  })

  test('the server has no ranges: from the beginning', async () => {
    expect((await twice({ ranges: false })).result).toMatchObject({ code: 200, resumedFrom: 0 })
  })

  test('a range that begins elsewhere is not taken', async () => {
    const { result } = await twice({}, { rangeStart: 5 })
    expect(result).toMatchObject({ code: 200, resumedFrom: 0 })
  })

  test('everything had arrived but the end: 416 says so', async () => {
    const { listener, seen } = fileServer({})
    await using server = await httpServer(listener)
    await writeFile(`${path}.part`, CONTENT)
    await writeFile(`${path}.part.json`, JSON.stringify({ url: `${server.url}/`, validator: '"v1"' }))
    expect(await client.download(server.url, path, { resume })).toMatchObject({ code: 416, size: CONTENT.length })
    expect(hash(await readFile(path))).toBe(hash(CONTENT))
    expect(seen[0]).toBe(`bytes=${CONTENT.length}-`)
  })

  test('a part that is longer than the file: from the beginning', async () => {
    await using server = await httpServer(fileServer({}).listener)
    await writeFile(`${path}.part`, Buffer.alloc(CONTENT.length + 1))
    await writeFile(`${path}.part.json`, JSON.stringify({ url: `${server.url}/`, validator: '"v1"' }))
    expect(await client.download(server.url, path, { resume })).toMatchObject({ code: 200, size: CONTENT.length })
    expect(hash(await readFile(path))).toBe(hash(CONTENT))
  })

  test.each(['', '{', '[]', 'null', '{"url":"http://other/","validator":"\\"v1\\""}'])(
    'a note %j that cannot be used: from the beginning',
    async (note) => {
      await using server = await httpServer(fileServer({}).listener)
      await writeFile(`${path}.part`, 'xyz')
      await writeFile(`${path}.part.json`, note)
      expect(await client.download(server.url, path, { resume })).toMatchObject({ resumedFrom: 0 })
      expect(hash(await readFile(path))).toBe(hash(CONTENT))
    },
  )
})

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
