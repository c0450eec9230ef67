/** Time-outs, sizes, and servers that do not keep to the rules. */
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import {
  AsyncHTTPClient,
  BodyTooLargeError,
  ContentDecodingError,
  HTTPConnectionError,
  HTTPProtocolError,
  HTTPTimeoutError,
} from '@typhoon/client'
import { afterAll, describe, expect, test } from 'vitest'
import { answering, httpServer, rawServer, unusedPort } from './servers.ts'

const client = new AsyncHTTPClient({ retry: 0 })
afterAll(() => client.close())

const SHORT = 60 // ms, for time-outs that are to pass

describe('time-outs', () => {
  test('connect: TLS that never begins', async () => {
    await using server = await rawServer(() => {})
    const url = server.url.replace('http:', 'https:')
    const error = client.fetch(url, { connectTimeout: SHORT })
    await expect(error).rejects.toMatchObject({ name: 'HTTPTimeoutError', phase: 'connect', timeout: SHORT, code: 599 })
    await expect(error).rejects.toThrow(`no connection within ${SHORT} ms (connectTimeout) (GET ${url}/)`)
  })

  test.each(['http://a.example/', 'http://127.0.0.1/'])('connect: a resolve that never ends, for %s', async (url) => {
    const resolve = () => new Promise<string>(() => {})
    const options = { connectTimeout: SHORT, resolve }
    await expect(client.fetch(url, options)).rejects.toMatchObject({ name: 'HTTPTimeoutError', phase: 'connect' })
  })

  test('headers: no answer', async () => {
    await using server = await rawServer(() => {})
    const error = client.fetch(server.url, { headersTimeout: SHORT })
    await expect(error).rejects.toMatchObject({ name: 'HTTPTimeoutError', phase: 'headers' })
  })

  test('headers: one that arrives byte by byte and never ends', async () => {
    await using server = await rawServer((socket) => {
      const timer = setInterval(() => socket.write('x'), 10)
      socket.once('close', () => clearInterval(timer))
      socket.write('HTTP/1.1 200 OK\r\nX-A: ')
    })
    const error = client.fetch(server.url, { headersTimeout: SHORT })
    await expect(error).rejects.toMatchObject({ name: 'HTTPTimeoutError', phase: 'headers' })
  })

  test('headers: interim answers do not begin the time again', async () => {
    await using server = await rawServer((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 10)
      socket.once('close', () => clearInterval(timer))
    })
    const error = client.fetch(server.url, { headersTimeout: SHORT })
    await expect(error).rejects.toMatchObject({ name: 'HTTPTimeoutError', phase: 'headers' })
  })

  test('headers: a long upload is no silence', async () => {
    await using server = await httpServer((request, response) => {
      request.resume().once('end', () => response.end('ok'))
    })
    const slowly = async function* () {
      for (let i = 0; i < 8; i++) {
        await new Promise((resolve) => setTimeout(resolve, SHORT / 3))
        yield 'x'
      }
    }
    const response = await client.fetch(server.url, {
      method: 'PUT',
      body: Readable.from(slowly()),
      headersTimeout: SHORT,
    })
    expect(response.text()).toBe('ok')
  })

  test('body: it begins and stops', async () => {
    await using server = await answering('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', { stay: true })
    const error = client.fetch(server.url, { bodyTimeout: SHORT })
    await expect(error).rejects.toMatchObject({ name: 'HTTPTimeoutError', phase: 'body' })
  })

  test('body: a reader that takes its time is not the server’s silence', async () => {
    await using server = await answering('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc')
    const streamingCallback = () => new Promise<void>((resolve) => setTimeout(resolve, SHORT * 2))
    expect((await client.fetch(server.url, { bodyTimeout: SHORT, streamingCallback })).code).toBe(200)
  })

  test('total: a body that drips for ever', async () => {
    await using server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const timer = setInterval(() => socket.write('x'), 5)
      socket.once('close', () => clearInterval(timer))
    })
    const error = client.fetch(server.url, { requestTimeout: SHORT })
    await expect(error).rejects.toMatchObject({ name: 'HTTPTimeoutError', phase: 'total', timeout: SHORT })
    await expect(error).rejects.toThrow('the body of the answer')
  })

  test('total: redirects do not begin it again', async () => {
    await using server = await httpServer((_request, response) => {
      setTimeout(() => response.writeHead(302, { Location: '/again' }).end(), SHORT / 3)
    })
    const error = client.fetch(server.url, { requestTimeout: SHORT, maxRedirects: 1000 })
    await expect(error).rejects.toMatchObject({ name: 'HTTPTimeoutError', phase: 'total' })
  })

  test('queue: no place among maxClients', async () => {
    await using one = new AsyncHTTPClient({ maxClients: 1 })
    await using server = await answering('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', { stay: true })
    const first = await one.fetch(server.url, { stream: true })
    const error = one.fetch(server.url, { requestTimeout: SHORT })
    await expect(error).rejects.toMatchObject({ name: 'HTTPTimeoutError', phase: 'queue' })
    first.close()
  })

  test('a body that nobody reads: its place is free after requestTimeout', async () => {
    await using one = new AsyncHTTPClient({ maxClients: 1 })
    await using server = await answering('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc')
    const unread = await one.fetch(server.url, { stream: true, requestTimeout: 1000 })
    expect((await one.fetch(server.url)).text()).toBe('abc')
    await expect(unread[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(HTTPTimeoutError)
  })

  test('the signal ends a fetch that waits for its answer', async () => {
    const controller = new AbortController()
    await using server = await rawServer((socket) => socket.once('data', () => controller.abort(new Error('enough'))))
    await expect(client.fetch(server.url, { signal: controller.signal })).rejects.toThrow('enough')
  })
})

test('maxClientsPerHost and maxClients: never more at a time', async () => {
  await using own = new AsyncHTTPClient({ maxClients: 3, maxClientsPerHost: 2 })
  const active = { all: 0, most: 0 }
  const listener: RequestListener = (_request, response) => {
    active.most = Math.max(active.most, ++active.all)
    setTimeout(() => response.end(() => active.all--), 5) // long enough for others to come, if they could
  }
  await using one = await httpServer(listener)
  await using two = await httpServer(listener)
  await Promise.all(Array.from({ length: 30 }, () => own.fetch(one.url)))
  expect(active.most).toBe(2)
  await Promise.all(Array.from({ length: 60 }, (_, i) => own.fetch((i % 2 === 0 ? one : two).url)))
  expect(active.most).toBe(3)
})

describe('connections that fail', () => {
  test('nobody listens', async () => {
    const url = `http://127.0.0.1:${await unusedPort()}/`
    const error = client.fetch(url)
    await expect(error).rejects.toMatchObject({ name: 'HTTPConnectionError', phase: 'connect', code: 599, url })
    await expect(error).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  })

  test('https where there is no TLS: what is wrong, in words', async () => {
    await using server = await answering('HTTP/1.1 400 Bad Request\r\n\r\n')
    const error = client.fetch(server.url.replace('http:', 'https:'))
    await expect(error).rejects.toMatchObject({ name: 'HTTPConnectionError', phase: 'connect' })
    await expect(error).rejects.toThrow('no connection: TLS: wrong version number (GET')
  })

  test('a name that does not exist', async () => {
    const error = client.fetch('http://nothing.invalid/')
    await expect(error).rejects.toMatchObject({ name: 'HTTPConnectionError', phase: 'connect' })
  })

  test.each([
    { answer: '', phase: 'headers', why: 'no answer at all' },
    { answer: 'HTTP/1.1 200 OK\r\nContent-Le', phase: 'headers', why: 'cut off in the head' },
    {
      answer: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc',
      phase: 'body',
      why: 'a body shorter than its length',
    },
    {
      answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab',
      phase: 'body',
      why: 'cut off in a chunk',
    },
    { answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n', phase: 'body', why: 'no last chunk' },
  ])('$why: an error, in the $phase', async ({ answer, phase }) => {
    await using server = await answering(answer)
    await expect(client.fetch(server.url)).rejects.toMatchObject({ phase, code: 599 })
    await expect(client.fetch(server.url)).rejects.toBeInstanceOf(
      /Transfer|Content-Length/.test(answer) ? Error : HTTPConnectionError,
    )
  })

  test.each([
    { answer: 'SSH-2.0-OpenSSH_9.6\r\n', why: 'another protocol' },
    { answer: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd', why: 'two lengths' },
    { answer: 'HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc', why: 'a negative length' },
    { answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc', why: 'a transfer coding nobody asked for' },
    { answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', why: 'two transfer codings' },
    { answer: 'HTTP/1.1 000 Odd\r\nContent-Length: 0\r\n\r\n', why: 'a status below 100' },
    {
      answer: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
      why: 'an upgrade nobody asked for',
    },
    { answer: 'HTTP/3.0 200 OK\r\n\r\n', why: 'another version' },
    { answer: 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', why: 'bare line feeds' },
    { answer: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n', why: 'two framings' },
    { answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n', why: 'a chunk without a size' },
    { answer: 'HTTP/1.1 200 OK\r\nX Y: z\r\n\r\n', why: 'a space in a name' },
    { answer: `HTTP/1.1 200 OK\r\nX-A: ${'x'.repeat(20_000)}\r\n\r\n`, why: 'a field larger than maxHeaderSize' },
    { answer: `HTTP/1.1 200 OK\r\n${'X-A: x\r\n'.repeat(5000)}\r\n`, why: 'a head larger than maxHeaderSize' },
  ])('$why: not HTTP', async ({ answer }) => {
    await using server = await answering(answer)
    await expect(client.fetch(server.url)).rejects.toBeInstanceOf(HTTPProtocolError)
  })

  test('a head without end: stopped at maxHeaderSize', async () => {
    let socket: Socket | undefined
    await using server = await rawServer((connection) => {
      socket = connection
      socket.write('HTTP/1.1 200 OK\r\n')
      const more = () => {
        while (socket?.writable === true && socket.write('X-A: 1234567890\r\n'));
      }
      socket.on('drain', more)
      more()
    })
    await expect(client.fetch(server.url)).rejects.toBeInstanceOf(HTTPProtocolError)
    if (socket?.closed === false) await new Promise((resolve) => socket?.once('close', resolve))
  })

  test.each([
    { answer: 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', code: 204 },
    { answer: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\nETag: "a"\r\n\r\n', code: 304 },
  ])('$code with a Content-Length: an answer without a body (RFC 9110 §8.6)', async ({ answer, code }) => {
    await using server = await answering(answer, { stay: true })
    const response = await client.fetch(server.url)
    expect(response).toMatchObject({ code, body: Buffer.alloc(0) })
    expect((await client.fetch(server.url)).code).toBe(code)
  })

  test('interim answers before the final one are passed over', async () => {
    await using server = await answering(
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    )
    expect((await client.fetch(server.url)).text()).toBe('ok')
  })

  test('a body that ends with the connection', async () => {
    await using server = await answering('HTTP/1.0 200 OK\r\n\r\nuntil the end')
    expect((await client.fetch(server.url)).text()).toBe('until the end')
  })

  test('an answer while the request is still being sent: the answer counts', async () => {
    await using server = await rawServer((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno'))
    })
    const endless = async function* () {
      for (;;) yield Buffer.alloc(1000)
    }
    const response = await client.fetch(server.url, {
      method: 'PUT',
      body: Readable.from(endless()),
      raiseError: false,
    })
    expect(response.code).toBe(413)
  })

  test('a kept connection that is closed as the next request arrives: sent again', async () => {
    let requests = 0
    await using server = await rawServer((socket) => {
      let first = true
      socket.on('data', () => {
        requests++
        if (!first) return socket.resetAndDestroy()
        first = false
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      })
    })
    await client.fetch(server.url)
    expect((await client.fetch(server.url)).text()).toBe('ok')
    expect(requests).toBe(3)
    await expect(client.fetch(server.url, { method: 'POST', body: 'x' })).rejects.toBeInstanceOf(HTTPConnectionError)
  })
})

test('a fetch that ends early makes no further connection', async () => {
  let silent = 0
  await using server = await rawServer((socket) => {
    silent++
    socket.once('data', () => silent--)
    socket.on('data', (data) => {
      if (data.includes('/body')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
      if (data.includes('/whole')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  await expect(client.fetch(`${server.url}/head`, { headersTimeout: SHORT })).rejects.toBeInstanceOf(HTTPTimeoutError)
  for await (const _ of await client.fetch(`${server.url}/body`, { stream: true })) break
  await client.fetch(`${server.url}/whole`)
  await client.fetch(`${server.url}/whole`)
  expect(silent).toBe(0)
})

describe('the size of a body', () => {
  test.each([
    { head: 'Content-Length: 11', body: 'x'.repeat(11), why: 'declared' },
    { head: 'Connection: close', body: 'x'.repeat(11), why: 'not declared' },
    { head: 'Transfer-Encoding: chunked', body: 'b\r\nxxxxxxxxxxx\r\n0\r\n\r\n', why: 'in chunks' },
  ])('one byte more than maxBodySize, $why: an error', async ({ head, body }) => {
    await using server = await answering(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`)
    await expect(client.fetch(server.url, { maxBodySize: 10 })).rejects.toBeInstanceOf(BodyTooLargeError)
    expect((await client.fetch(server.url, { maxBodySize: 11 })).body).toHaveLength(11)
  })

  const BOMB = Buffer.alloc(50 * 1024 * 1024)
  test.each([
    { coding: 'gzip', bytes: gzipSync(BOMB) },
    { coding: 'deflate', bytes: deflateSync(BOMB) },
    { coding: 'br', bytes: brotliCompressSync(BOMB) },
    { coding: 'gzip, gzip', bytes: gzipSync(gzipSync(BOMB)) },
  ])('a bomb of 50 MiB in $bytes.length bytes of $coding: stopped at maxBodySize', async ({ coding, bytes }) => {
    await using server = await httpServer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': coding }).end(bytes)
    })
    const before = process.memoryUsage().arrayBuffers
    await expect(client.fetch(server.url, { maxBodySize: 1024 * 1024 })).rejects.toBeInstanceOf(BodyTooLargeError)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 1024 * 1024)
  })

  test('206 (Partial Content): a part of an encoded body is left as it is', async () => {
    await using server = await httpServer((_request, response) => {
      response.writeHead(206, { 'Content-Encoding': 'gzip', 'Content-Range': 'bytes 5-9/100' }).end('12345')
    })
    expect((await client.fetch(server.url)).text()).toBe('12345')
  })

  test('decoded, the coding is told in another field', async () => {
    await using server = await httpServer((request, response) => {
      expect(request.headers['accept-encoding']).toMatch(/gzip.*br/)
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('plain'))
    })
    const { headers, body } = await client.fetch(server.url)
    expect(body.toString()).toBe('plain')
    expect(headers.get('x-consumed-content-encoding')).toBe('gzip')
    expect(headers.has('content-encoding')).toBe(false)
    const raw = await client.fetch(server.url, {
      decompressResponse: false,
      headers: { 'Accept-Encoding': 'gzip, br' },
    })
    expect(raw.body).toEqual(gzipSync('plain'))
  })

  test.each([
    { coding: 'gzip', body: 'plain text' },
    { coding: 'gzip', body: gzipSync('cut off').subarray(0, -4) },
    { coding: 'gzip, gzip, gzip, gzip', body: 'x' },
  ])('$coding that is none: an error', async ({ coding, body }) => {
    await using server = await httpServer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': coding }).end(body)
    })
    await expect(client.fetch(server.url)).rejects.toBeInstanceOf(ContentDecodingError)
  })
})

describe('expect100Continue (RFC 9110 §10.1.1)', () => {
  test('the body is sent after 100 (Continue)', async () => {
    await using server = await httpServer((request, response) => {
      expect(request.headers['expect']).toBe('100-continue')
      request.pipe(response)
    })
    const response = await client.fetch(server.url, {
      method: 'PUT',
      body: Readable.from(['a', 'b']),
      expect100Continue: true,
    })
    expect(response.text()).toBe('ab')
  })

  test('a refusal: the body is not read at all', async () => {
    await using server = await answering('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n', { stay: true })
    let read = false
    const body = async function* () {
      read = true
      yield 'x'
    }
    const options = { method: 'PUT', body: body(), expect100Continue: true }
    await expect(client.fetch(server.url, options)).rejects.toMatchObject({ code: 401 })
    expect(read).toBe(false)
  })

  test('417: sent again without the question', async () => {
    const seen: string[] = []
    await using server = await rawServer((socket) => {
      socket.on('data', (data) => {
        const text = data.toString()
        seen.push(text.toLowerCase().includes('expect:') ? 'asked' : 'sent')
        const failed = 'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n'
        socket.write(seen.at(-1) === 'asked' ? failed : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      })
    })
    const response = await client.fetch(server.url, { method: 'PUT', body: 'x', expect100Continue: true })
    expect(response.text()).toBe('ok')
    expect(seen).toEqual(['asked', 'sent'])
  })

  test('a server that says nothing gets the body after a while', async () => {
    await using server = await rawServer((socket) => {
      let text = ''
      socket.on('data', (data) => {
        text += data.toString()
        if (text.endsWith('content')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      })
    })
    const response = await client.fetch(server.url, { method: 'PUT', body: 'content', expect100Continue: true })
    expect(response.text()).toBe('ok')
  })

  test('headersTimeout and broken answers count here too', async () => {
    await using silent = await rawServer(() => {})
    const options = { method: 'PUT', body: 'x', expect100Continue: true, headersTimeout: SHORT }
    await expect(client.fetch(silent.url, options)).rejects.toMatchObject({
      name: 'HTTPTimeoutError',
      phase: 'headers',
    })
    await using broken = await answering('nonsense\r\n\r\n')
    await expect(client.fetch(broken.url, options)).rejects.toBeInstanceOf(HTTPProtocolError)
    await using short = await answering('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
    await expect(client.fetch(short.url, options)).rejects.toMatchObject({ phase: 'body' })
  })
})
