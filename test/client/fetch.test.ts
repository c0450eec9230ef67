import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import {
  AsyncHTTPClient,
  CookieJar,
  HTTPClientError,
  HTTPClientOptionError,
  HTTPRequest,
  type RequestOptions,
} from '@typhoon/client'
import { Application, HTTPError, RequestHandler } from '@typhoon/core'
import { type TestServer, testServer } from '@typhoon/core/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unusedPort } from './servers.ts'

class EchoHandler extends RequestHandler {
  #answer() {
    const { method, uri, body, headers, files } = this.request
    this.write({
      method,
      uri,
      fields: Object.fromEntries(this.request.bodyArguments),
      files: [...files.values()].flat().map(({ filename, contentType, size }) => ({ filename, contentType, size })),
      body: body.toString(),
      headers: Object.fromEntries([...headers].map(([name, value]) => [name.toLowerCase(), value])),
    })
  }
  override get() {
    this.#answer()
  }
  override post() {
    this.#answer()
  }
  override put() {
    this.#answer()
  }
  override patch() {
    this.#answer()
  }
  override delete() {
    this.#answer()
  }
}

class CookieHandler extends RequestHandler {
  override get() {
    this.write(this.getCookie('visits', 'none'))
    this.setCookie('visits', String(Number(this.getCookie('visits', '0')) + 1))
  }
}

class StatusHandler extends RequestHandler {
  override get(status: string) {
    if (Number(status) >= 400) throw new HTTPError(Number(status))
    this.setStatus(Number(status))
    if (status === '200') this.write('ok')
  }
}

class ChunksHandler extends RequestHandler {
  override async get(count: string) {
    for (let i = 0; i < Number(count); i++) {
      this.write(`${i}\n`)
      await this.flush()
    }
  }
}

interface Echo {
  method: string
  uri: string
  fields: Record<string, string[]>
  files: { filename: string; contentType: string; size: number }[]
  body: string
  headers: Record<string, string>
}

let server: TestServer
let client: AsyncHTTPClient
let directory: string

beforeAll(async () => {
  const rules = [
    [/\/echo/, EchoHandler],
    [/\/cookie/, CookieHandler],
    [/\/status\/([0-9]+)/, StatusHandler],
    [/\/chunks\/([0-9]+)/, ChunksHandler],
  ] as const
  server = await testServer(new Application([...rules], { logger: false, compressResponse: true }))
  client = new AsyncHTTPClient()
  directory = await mkdtemp(join(tmpdir(), 'client-fetch-'))
})
afterAll(async () => {
  await client.close()
  await server.close()
  await rm(directory, { recursive: true })
})

async function echo(options: RequestOptions = {}, path = '/echo'): Promise<Echo> {
  return (await client.fetch(server.url + path, options)).json() as Echo
}

describe('fetch', () => {
  test('the answer: status, reason, fields, body, URL and times', async () => {
    const response = await client.fetch(`${server.url}/status/200`)
    expect(response).toMatchObject({ code: 200, reason: 'OK', effectiveUrl: `${server.url}/status/200` })
    expect(response.headers.get('Content-Type')).toMatch(/^text\/html/)
    expect(response.body).toEqual(Buffer.from('ok'))
    expect(response.text()).toBe('ok')
    expect(response.requestTime).toBeGreaterThan(0)
    expect(response.requestTime).toBeGreaterThanOrEqual(response.timeInfo.headers + response.timeInfo.body)
    expect(response.request).toBeInstanceOf(HTTPRequest)
  })

  test('query: added to what the URL has', async () => {
    const { uri } = await echo({ query: { q: 'a b', n: [1, 2], none: undefined } }, '/echo?x=1')
    expect(uri).toBe('/echo?x=1&q=a+b&n=1&n=2')
  })

  test('form, JSON, text, bytes: as the server reads them', async () => {
    expect((await echo({ method: 'POST', form: { name: 'Ännchen', n: 1 } })).fields).toEqual({
      name: ['Ännchen'],
      n: ['1'],
    })
    const json = await echo({ method: 'PUT', json: { a: [1] } })
    expect(json).toMatchObject({ body: '{"a":[1]}', headers: { 'content-type': 'application/json' } })
    const text = await echo({ method: 'PATCH', body: 'Grüße' })
    expect(text).toMatchObject({ body: 'Grüße', headers: { 'content-type': 'text/plain;charset=UTF-8' } })
    expect(await echo({ method: 'DELETE', body: Buffer.from('x') })).toMatchObject({ body: 'x', method: 'DELETE' })
  })

  test('a POST without a body says that it has none', async () => {
    expect((await echo({ method: 'POST' })).headers).toMatchObject({ 'content-length': '0' })
  })

  test('multipart: a field, a file on disk, a Blob and a stream', async () => {
    const path = join(directory, 'upload.bin')
    await writeFile(path, Buffer.alloc(200_000))
    const multipart = {
      title: 'Grüße',
      disk: { path, contentType: 'application/x-disk' },
      blob: new Blob(['abc'], { type: 'text/plain' }),
      stream: { content: Readable.from(['1', '2', '3']), filename: 'a "quoted" name' },
    }
    const { fields, files, headers } = await echo({ method: 'POST', multipart })
    expect(fields).toEqual({ title: ['Grüße'] })
    expect(files).toEqual([
      { filename: 'upload.bin', contentType: 'application/x-disk', size: 200_000 },
      { filename: 'blob', contentType: 'text/plain', size: 3 },
      { filename: 'a %22quoted%22 name', contentType: 'application/octet-stream', size: 3 },
    ])
    expect(headers['transfer-encoding']).toBe('chunked')
  })

  test('multipart: whatever the values are, the server reads them', async () => {
    const values = fc.array(
      fc.string({ unit: 'binary' }).filter((text) => Buffer.from(text).toString() === text),
      { minLength: 1 },
    )
    await fc.assert(
      fc.asyncProperty(values, fc.uint8Array(), async (texts, bytes) => {
        const { fields, files } = await echo({ method: 'POST', multipart: { text: texts, file: bytes } })
        expect(fields['text']).toEqual(texts)
        expect(files[0]?.size).toBe(bytes.length)
      }),
      { numRuns: 25 },
    )
  })

  test('multipart without streams: its length is known', async () => {
    const { headers } = await echo({ method: 'POST', multipart: { a: '1', f: Buffer.from('x') } })
    expect(Number(headers['content-length'])).toBeGreaterThan(100)
  })

  test('a stream with a declared length is not sent in chunks', async () => {
    const { headers, body } = await echo({
      method: 'PUT',
      body: Readable.from(['ab', 'c']),
      headers: { 'Content-Length': '3' },
    })
    expect(body).toBe('abc')
    expect(headers['content-length']).toBe('3')
    expect(headers['transfer-encoding']).toBeUndefined()
  })

  test('a body stream that fails: its own error', async () => {
    const broken = Readable.from(
      (async function* () {
        yield 'a'
        throw new Error('the disk is gone')
      })(),
    )
    await expect(echo({ method: 'PUT', body: broken })).rejects.toThrow('the disk is gone')
  })

  test('a stream that nobody comes to read is closed', async () => {
    const bodies = () => [Readable.from(['x']), new ReadableStream()] as const
    const refused = 'ECONNREFUSED'
    const unreachable = `http://127.0.0.1:${await unusedPort()}/`
    for (const expect100Continue of [false, true]) {
      const [stream, web] = bodies()
      await expect(client.fetch(unreachable, { method: 'PUT', body: stream, expect100Continue })).rejects.toThrow(
        refused,
      )
      expect(stream.destroyed).toBe(true)
      await expect(client.fetch(unreachable, { method: 'PUT', body: web, expect100Continue })).rejects.toThrow(refused)
      await web.getReader().closed
    }
    const [part] = bodies()
    const multipart = { file: { content: part, filename: 'x' } }
    await expect(client.fetch(unreachable, { method: 'POST', multipart })).rejects.toThrow(refused)
    expect(part.destroyed).toBe(true)
  })

  test.each([
    { declared: '2', message: /longer than its declared/ },
    { declared: '9', message: /ended after 3/ },
  ])('a stream of three bytes that is declared as $declared: refused', async ({ declared, message }) => {
    const options = { method: 'PUT', body: Readable.from(['abc']), headers: { 'Content-Length': declared } }
    await expect(echo(options)).rejects.toThrow(message)
  })

  test('bodyProducer', async () => {
    const bodyProducer: RequestOptions['bodyProducer'] = async (write) => {
      for (const part of ['a', 'b', 'c']) await write(part)
    }
    expect((await echo({ method: 'POST', bodyProducer })).body).toBe('abc')
  })

  test('User-Agent, auth, and fields of the client overlaid with those of the fetch', async () => {
    await using own = new AsyncHTTPClient({
      userAgent: 'Spider/1',
      auth: { bearer: 't0' },
      headers: { 'X-A': '1', 'X-B': '1' },
    })
    const { headers } = (await own.fetch(`${server.url}/echo`, { headers: { 'x-a': '2' } })).json() as Echo
    expect(headers).toMatchObject({ 'user-agent': 'Spider/1', authorization: 'Bearer t0', 'x-a': '2', 'x-b': '1' })
    const basic = await echo({ auth: { username: 'ann', password: 'ü:' } })
    expect(basic.headers['authorization']).toBe(`Basic ${Buffer.from('ann:ü:').toString('base64')}`)
  })

  test('name and password in the URL: sent as a field, and nowhere else', async () => {
    const url = server.url.replace('//', '//ann:p%40ss@')
    const response = await client.fetch(`${url}/echo`)
    expect((response.json() as Echo).headers['authorization']).toBe(
      `Basic ${Buffer.from('ann:p@ss').toString('base64')}`,
    )
    expect(response.effectiveUrl).not.toContain('ann')
    await expect(client.fetch(`${url}/status/500`)).rejects.not.toThrow(/p%40ss/)
  })

  test('an HTTPRequest can be sent again, with changes', async () => {
    const request = new HTTPRequest(`${server.url}/echo`, { method: 'POST', form: { a: '1' } })
    expect(((await client.fetch(request)).json() as Echo).fields).toEqual({ a: ['1'] })
    expect(((await client.fetch(request, { headers: { 'X-Try': '2' } })).json() as Echo).headers['x-try']).toBe('2')
  })

  test.each(['http://%zz@a.example/', 'http://ann:%ff@a.example/'])('%s: an option that cannot be used', (url) => {
    expect(() => new HTTPRequest(url)).toThrow(HTTPClientOptionError)
  })

  test.each(['ftp://a.example/', 'nonsense', 'http://%zz@a.example'])(
    'proxy %s: an option that cannot be used',
    (proxy) => {
      expect(() => new AsyncHTTPClient({ proxy })).toThrow(HTTPClientOptionError)
      expect(() => new HTTPRequest('http://a.example', { proxy })).toThrow(HTTPClientOptionError)
    },
  )

  test('a proxy of the environment that cannot be used: the same error', async () => {
    process.env['HTTP_PROXY'] = 'ftp://a.example/'
    const error = client.fetch(server.url, { proxy: 'environment' })
    await expect(error).rejects.toBeInstanceOf(HTTPClientOptionError)
    delete process.env['HTTP_PROXY']
  })

  test.each(['no-url', 'ftp://a.example/', '//a.example/'])('%s: refused', async (url) => {
    await expect(client.fetch(url)).rejects.toThrow(TypeError)
  })

  test('a Content-Length without a body: refused', async () => {
    await expect(echo({ headers: { 'Content-Length': '3' } })).rejects.toThrow('without a body')
  })

  test.each<RequestOptions>([{ headers: { 'X-A': 'a\r\nX-B: b' } }, { method: 'GET\r\n' }, { userAgent: 'a\nb' }])(
    '%j: refused before anything is sent',
    async (options) => {
      await expect(client.fetch('http://127.0.0.1:1/', options)).rejects.toThrow(TypeError)
    },
  )

  test('status 400 and above throws, with the answer', async () => {
    const error = await client.fetch(`${server.url}/status/404`).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(HTTPClientError)
    expect(error).toMatchObject({ code: 404, method: 'GET', url: `${server.url}/status/404` })
    expect((error as HTTPClientError).response?.text()).toContain('404')
    expect((error as HTTPClientError).message).toBe(`HTTP 404 Not Found (GET ${server.url}/status/404)`)
  })

  test('an error in a log: no passwords', async () => {
    const options = { auth: { username: 'ann', password: 'secret' }, headers: { 'X-Key': 'secret' } }
    const error: unknown = await client.fetch(`${server.url}/status/404`, options).catch((thrown: unknown) => thrown)
    expect(JSON.stringify(error)).toContain('/status/404')
    expect(JSON.stringify(error)).not.toContain('secret')
    expect(inspect(error, { depth: 20 })).toContain(`HTTPRequest { GET ${server.url}/status/404 }`)
    expect(inspect(error, { depth: 20 })).not.toContain('secret')
  })

  test('raiseError: false: it is an answer', async () => {
    expect((await client.fetch(`${server.url}/status/503`, { raiseError: false })).code).toBe(503)
  })

  test('HEAD: the fields and no body', async () => {
    const response = await client.fetch(`${server.url}/status/200`, { method: 'HEAD' })
    expect(response.headers.get('content-length')).toBe('2')
    expect(response.body).toHaveLength(0)
  })

  test('cookies come back', async () => {
    const cookies = new CookieJar()
    const visit = async () => (await client.fetch(`${server.url}/cookie`, { cookies })).text()
    expect([await visit(), await visit(), await visit()]).toEqual(['none', '1', '2'])
    const own = await client.fetch(`${server.url}/echo`, { cookies, headers: { Cookie: 'theme=dark' } })
    expect((own.json() as Echo).headers['cookie']).toBe('theme=dark; visits=3')
  })

  test('many at once over few connections', async () => {
    await using few = new AsyncHTTPClient({ maxClientsPerHost: 3 })
    const codes = await Promise.all(
      Array.from({ length: 100 }, async () => (await few.fetch(`${server.url}/status/200`)).code),
    )
    expect(codes).toEqual(Array(100).fill(200))
  })
})

describe('the body as it arrives', () => {
  test('stream: true: the head first, then its parts', async () => {
    await using response = await client.fetch(`${server.url}/chunks/5`, { stream: true })
    expect(response.code).toBe(200)
    let text = ''
    for await (const chunk of response) text += chunk.toString()
    expect(text).toBe('0\n1\n2\n3\n4\n')
  })

  test('stream: true: read once, and no second time', async () => {
    const response = await client.fetch(`${server.url}/chunks/1`, { stream: true })
    expect((await readAll(response)).toString()).toBe('0\n')
    expect(response.timeInfo.total).toBeGreaterThan(0)
    expect(response.timeInfo.total).toBe(response.timeInfo.total) // it has ended
    await expect(readAll(response)).rejects.toThrow('only once')
  })

  test('left early: the place is free for the next', async () => {
    await using one = new AsyncHTTPClient({ maxClients: 1 })
    for (let i = 0; i < 3; i++) {
      for await (const _ of await one.fetch(`${server.url}/chunks/100`, { stream: true })) break
    }
    const unread = await one.fetch(`${server.url}/chunks/100`, { stream: true })
    unread.close()
    expect((await one.fetch(`${server.url}/status/200`)).code).toBe(200)
  })

  test('stream: true and status 404: an error with the page', async () => {
    await expect(client.fetch(`${server.url}/status/404`, { stream: true })).rejects.toMatchObject({ code: 404 })
  })

  test('streamingCallback: each part is waited for, and the response has no body', async () => {
    let text = ''
    let running = 0
    const response = await client.fetch(`${server.url}/chunks/5`, {
      streamingCallback: async (chunk) => {
        expect(++running).toBe(1)
        await new Promise((resolve) => setImmediate(resolve))
        text += chunk.toString()
        running--
      },
    })
    expect(text).toBe('0\n1\n2\n3\n4\n')
    expect(response.body).toHaveLength(0)
  })

  test('streamingCallback throws: so does fetch', async () => {
    const streamingCallback = () => {
      throw new Error('full')
    }
    await expect(client.fetch(`${server.url}/chunks/5`, { streamingCallback })).rejects.toThrow('full')
  })

  test('headerCallback: before the body', async () => {
    const log: string[] = []
    await client.fetch(`${server.url}/chunks/1`, {
      headerCallback: ({ code }) => void log.push(`${code}`),
      streamingCallback: (chunk) => void log.push(chunk.toString()),
    })
    expect(log).toEqual(['200', '0\n'])
  })
})

describe('the end of a client', () => {
  test('close(): what is under way ends, what comes later is refused', async () => {
    const own = new AsyncHTTPClient({ maxClients: 1 })
    const streaming = await own.fetch(`${server.url}/chunks/100`, { stream: true })
    const waiting = own.fetch(`${server.url}/status/200`)
    const ended = waiting.catch((error: unknown) => error)
    await own.close()
    expect(await ended).toMatchObject({ name: 'ClientClosedError', phase: 'queue' })
    await expect(readAll(streaming)).rejects.toMatchObject({ name: 'ClientClosedError' })
    await expect(own.fetch(server.url)).rejects.toMatchObject({ name: 'ClientClosedError' })
  })

  test('signal: the reason is thrown, at every stage', async () => {
    const reason = new Error('changed my mind')
    await expect(client.fetch(server.url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const { signal } = controller
    const response = await client.fetch(`${server.url}/chunks/1000`, { stream: true, signal })
    controller.abort(reason)
    await expect(readAll(response)).rejects.toBe(reason)
  })
})

async function readAll(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}
