/** Bodies that are not held in memory: uploads on disk, which go with their request, and bodies that are streamed. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HTTPError, RequestHandler } from '@typhoon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, RawClient, request } from './raw-client.ts'
import { gate, getting, type Method, serve, watchProcess } from './served.ts'

watchProcess()

describe('large bodies', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'typhoon-uploads-'))
  })
  afterAll(() => rm(directory, { recursive: true }))
  const upload = (size: number, rest = '\r\n--b--\r\n') =>
    request(
      'POST /',
      ['Content-Type: multipart/form-data; boundary=b'],
      `--b\r\nContent-Disposition: form-data; name="f"; filename="../x"\r\n\r\n${'x'.repeat(size)}${rest}`,
    )

  test.each<{ name: string; post: Method; send: string; status: number }>([
    {
      name: 'a good end',
      async post() {
        return String((await readdir(directory)).length)
      },
      send: upload(5000),
      status: 200,
    },
    {
      name: 'a throw',
      post() {
        throw new HTTPError(418)
      },
      send: upload(5000),
      status: 418,
    },
    {
      name: 'finish()',
      post() {
        this.finish(this.request.files.get('f')?.[0]?.filename ?? 'none')
      },
      send: upload(5000),
      status: 200,
    },
    { name: 'a malformed form', post() {}, send: upload(5000, '\r\n'), status: 400 },
    { name: 'a file over the limit', post() {}, send: upload(50_000), status: 413 },
  ])('an upload on disk is removed after $name', async ({ post, send, status }) => {
    await using served = await serve([['/', getting(post)]], {
      spoolThreshold: 100,
      uploadDirectory: directory,
      maxFileSize: 40_000,
    })
    expect((await ask(served.port, send)).status).toBe(status)
    await served.log.expect(/POST \//)
    await expect.poll(() => readdir(directory)).toEqual([])
  })

  test('an upload on disk is removed when the client goes away while it is sent', async () => {
    await using served = await serve([['/', getting(() => 'x')]], { spoolThreshold: 100, uploadDirectory: directory })
    const client = await RawClient.connect(served.port)
    await client.send(upload(50_000).slice(0, 30_000))
    await expect.poll(() => readdir(directory)).toHaveLength(1)
    client.leave()
    await expect.poll(() => readdir(directory)).toEqual([])
  })

  class Streaming extends RequestHandler {
    static readonly streamRequestBody = true
    static readonly maxBodySize = 100_000
    readonly sizes: number[] = []
    override prepare() {
      if (this.request.query === 'small') this.request.maxBodySize = 10
    }
    override async dataReceived(chunk: Buffer) {
      await new Promise((resolve) => setImmediate(resolve))
      this.sizes.push(chunk.length)
    }
    override post() {
      this.write(String(this.sizes.reduce((sum, size) => sum + size, 0)))
    }
  }
  test.each([
    { line: 'POST /', size: 100_000, status: 200 },
    { line: 'POST /', size: 100_001, status: 413 },
    { line: 'POST /?small', size: 11, status: 413 },
    { line: 'POST /?small', size: 10, status: 200 },
  ])('dataReceived: $line with $size bytes → $status', async ({ line, size, status }) => {
    await using served = await serve([['/', Streaming]])
    const response = await ask(served.port, request(line, [], 'x'.repeat(size)))
    expect(response.status).toBe(status)
    expect(response.text()).toContain(status === 200 ? String(size) : '413')
  })

  test('for await: what is not taken is not read, so that the sender has to wait', async () => {
    const asked = gate()
    class Slow extends RequestHandler {
      static readonly streamRequestBody = true
      override async post() {
        await asked.opened
        let size = 0
        for await (const chunk of this.request.body) size += chunk.length
        this.write(String(size))
      }
    }
    await using served = await serve([['/', Slow]])
    await using client = await RawClient.connect(served.port)
    const size = 60_000_000
    await client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`)
    let isSent = false
    const sending = client.send(Buffer.alloc(size)).then(() => (isSent = true))
    for (let i = 0; i < 50; i++) await ask(served.port, request('GET /')) // the server had all the time to read on
    expect(isSent).toBe(false)
    asked.open()
    await sending
    expect((await client.response()).text()).toBe(String(size))
  })
})
