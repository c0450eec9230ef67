/** How connections are made: proxies, TLS, HTTP/2, Unix sockets, names. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { constants, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTLSServer } from 'node:tls'
import { AsyncHTTPClient } from '@typhoon/client'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { makeCertificate } from '../tcp/certificate.ts'
import { forwardProxy, httpServer } from './servers.ts'

const certificate = makeCertificate()
const client = new AsyncHTTPClient()
afterAll(() => client.close())

function plainServer() {
  return httpServer((request, response) => {
    response.end(`${request.method} ${request.url} ${request.headers.host} ${request.headers['proxy-authorization']}`)
  })
}

describe('an HTTP proxy', () => {
  test('http: the proxy reads the request; it is not named to the server', async () => {
    await using server = await plainServer()
    await using proxy = await forwardProxy()
    const response = await client.fetch(`${server.url}/path?x=1`, { proxy: proxy.url })
    expect(response.text()).toBe(`GET /path?x=1 127.0.0.1:${server.port} undefined`)
    expect(proxy.asked).toEqual([`GET ${server.url}/path?x=1`])
  })

  test('name and password: for the proxy, and for nobody else', async () => {
    await using server = await plainServer()
    await using proxy = await forwardProxy({ credentials: 'ann:p@ss' })
    const withName = proxy.url.replace('//', '//ann:p%40ss@')
    expect((await client.fetch(server.url, { proxy: withName })).text()).toContain('undefined')
    await expect(client.fetch(server.url, { proxy: proxy.url })).rejects.toMatchObject({ code: 407 })
    const upload = { method: 'PUT', body: 'x', expect100Continue: true, proxy: withName }
    expect((await client.fetch(server.url, upload)).text()).toContain('PUT /')
  })

  test('environment: only if it is asked for', async () => {
    await using server = await plainServer()
    await using proxy = await forwardProxy()
    process.env['HTTP_PROXY'] = proxy.url
    await client.fetch(server.url)
    expect(proxy.asked).toEqual([])
    await client.fetch(server.url, { proxy: 'environment' })
    expect(proxy.asked).toHaveLength(1)
    process.env['NO_PROXY'] = '127.0.0.1'
    await client.fetch(server.url, { proxy: 'environment' })
    expect(proxy.asked).toHaveLength(1)
  })
  afterEach(() => {
    delete process.env['HTTP_PROXY']
    delete process.env['NO_PROXY']
  })

  test('a proxy that is not there: an error of the connection', async () => {
    await expect(client.fetch('http://a.invalid/', { proxy: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      name: 'HTTPConnectionError',
      phase: 'connect',
    })
  })
})

describe.skipIf(certificate === undefined)('TLS', () => {
  const tls = certificate ?? { key: '', cert: '' }
  const ca = tls.cert

  test('an unknown authority is refused, unless it is given or does not matter', async () => {
    await using server = await httpServer((_request, response) => response.end('ok'), tls)
    await expect(client.fetch(server.url)).rejects.toMatchObject({
      phase: 'connect',
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    })
    const response = await client.fetch(server.url, { ca })
    expect(response.text()).toBe('ok')
    expect(response.timeInfo.tls).toBeGreaterThan(0)
    expect((await client.fetch(server.url, { validateCert: false })).text()).toBe('ok')
    await expect(client.fetch(server.url)).rejects.toMatchObject({ phase: 'connect' })
  })

  test('a certificate for another name is refused', async () => {
    await using server = await httpServer((_request, response) => response.end('ok'), tls)
    const options = { ca, resolve: { 'other.example': '127.0.0.1' } }
    await expect(client.fetch(`https://other.example:${server.port}/`, options)).rejects.toMatchObject({
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    })
  })

  test('a client certificate', async () => {
    await using server = await httpServer(
      (request, response) => {
        const socket = request.socket as unknown as { getPeerCertificate(): { subject?: { CN: string } } } // a TLS socket
        response.end(socket.getPeerCertificate().subject?.CN ?? 'nobody')
      },
      { ...tls, ca, requestCert: true, rejectUnauthorized: false },
    )
    expect((await client.fetch(server.url, { ca, cert: tls.cert, key: tls.key })).text()).toBe('localhost')
    expect((await client.fetch(server.url, { ca })).text()).toBe('nobody')
  })

  test.each([
    { over: 'http', credentials: undefined },
    { over: 'http', credentials: 'ann:secret' },
    { over: 'https', credentials: 'ann:secret' },
  ])('https through a proxy over $over, $credentials: a tunnel', async ({ over, credentials }) => {
    await using server = await httpServer(
      (request, response) => response.end(`${request.headers['proxy-authorization']}`),
      tls,
    )
    const asked = { ...(credentials === undefined ? {} : { credentials }), ...(over === 'https' ? { tls } : {}) }
    await using proxy = await forwardProxy(asked)
    const url = credentials === undefined ? proxy.url : proxy.url.replace('//', `//${credentials}@`)
    expect((await client.fetch(server.url, { ca, proxy: url })).text()).toBe('undefined')
    expect((await client.fetch(server.url, { ca, proxy: url })).text()).toBe('undefined')
    expect(proxy.asked).toEqual([`CONNECT 127.0.0.1:${server.port}`])
  })

  test('a proxy that refuses the tunnel: its status', async () => {
    await using server = await httpServer((_request, response) => response.end(), tls)
    await using proxy = await forwardProxy({ credentials: 'ann:secret' })
    await expect(client.fetch(server.url, { ca, proxy: proxy.url })).rejects.toMatchObject({
      name: 'HTTPConnectionError',
      phase: 'connect',
      cause: { name: 'ProxyRefusedError', status: 407 },
    })
  })

  test('http2: many streams over one connection; without the option, HTTP/1.1', async () => {
    const server = createSecureServer({ ...tls, allowHTTP1: true }, (request, response) => {
      let size = 0
      request.on('data', (chunk: Buffer) => {
        size += chunk.length
      })
      request.on('end', () => {
        response.setHeader('X-Version', request.httpVersion)
        response.end(`${size}`)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `https://127.0.0.1:${(server.address() as { port: number }).port}/`
    await using own = new AsyncHTTPClient({ ca, http2: true })
    const response = await own.fetch(url, { method: 'POST', body: 'x'.repeat(100_000) })
    expect(response.text()).toBe('100000')
    expect(response.headers.get('x-version')).toBe('2.0')
    const stream = async function* () {
      for (let i = 0; i < 10; i++) yield Buffer.alloc(10_000)
    }
    expect((await own.fetch(url, { method: 'PUT', body: stream() })).text()).toBe('100000')
    const many = await Promise.all(Array.from({ length: 20 }, () => own.fetch(url)))
    expect(many.map((each) => each.headers.get('x-version'))).toEqual(Array(20).fill('2.0'))
    expect((await client.fetch(url, { ca })).headers.get('x-version')).toBe('1.1')
    await own.close()
    server.close()
  })
})

describe.skipIf(certificate === undefined)('HTTP/2 alone', () => {
  const tls = certificate ?? { key: '', cert: '' }
  const own = new AsyncHTTPClient({ ca: tls.cert, http2: true })
  afterAll(() => own.close())

  async function http2Server(onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void) {
    const server = createSecureServer({ ...tls, allowHTTP1: false })
    const sessions = new Set<{ destroy(): void }>()
    server.on('session', (session) => sessions.add(session)).on('sessionError', () => {})
    server.on('stream', (stream, headers) =>
      onStream(
        stream.on('error', () => {}),
        headers,
      ),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const close = async () => {
      for (const session of sessions) session.destroy()
      server.close()
    }
    const { port } = server.address() as { port: number } // it listens on TCP
    return { url: `https://127.0.0.1:${port}/x?y`, [Symbol.asyncDispose]: close }
  }

  test('expect100Continue: the body is sent after 100 (Continue)', async () => {
    const log: string[] = []
    await using server = await http2Server((stream, headers) => {
      log.push(`${headers[':method']} ${headers[':path']} ${headers.expect} ${String(headers['x-a'])}`)
      stream.once('data', () => log.push('sent'))
      setImmediate(() => {
        log.push('asked for')
        stream.additionalHeaders({ ':status': 100 })
      })
      const answer = (chunks: Buffer[]) => {
        stream.respond({ ':status': 200, 'set-cookie': ['a=1', 'b=2'], 'x-length': headers['content-length'] })
        stream.end(Buffer.concat(chunks))
      }
      stream.toArray().then(answer, () => {})
    })
    const options = { method: 'PUT', body: { path: import.meta.filename }, expect100Continue: true }
    const response = await own.fetch(server.url, { ...options, headers: { 'X-A': 'b' } })
    expect(response.text()).toContain('the body is sent after 100 (Continue)')
    expect(response.headers.get('x-length')).toBe(`${response.body.length}`)
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(log).toEqual(['PUT /x?y 100-continue b', 'asked for', 'sent'])
  })

  test('expect100Continue: a refusal; the body is not read at all', async () => {
    await using server = await http2Server((stream) => {
      stream.respond({ ':status': 403 })
      stream.end('no')
    })
    let read = false
    const body = async function* () {
      read = true
      yield 'x'
    }
    const options = { method: 'PUT', body: body(), expect100Continue: true }
    await expect(own.fetch(server.url, options)).rejects.toMatchObject({ code: 403 })
    expect(read).toBe(false)
  })

  test('expect100Continue: a server that says nothing gets the body after a while', async () => {
    await using server = await http2Server((stream) => {
      stream.once('data', (chunk: Buffer) => {
        stream.respond({ ':status': 200 })
        stream.end(chunk)
      })
    })
    const options = { method: 'POST', body: 'content', expect100Continue: true }
    expect((await own.fetch(server.url, options)).text()).toBe('content')
  })

  test('expect100Continue: headersTimeout counts here too, and a broken stream is an error', async () => {
    const options = { method: 'PUT', body: 'x', expect100Continue: true }
    await using silent = await http2Server(() => {})
    await expect(own.fetch(silent.url, { ...options, headersTimeout: 60 })).rejects.toMatchObject({
      name: 'HTTPTimeoutError',
      phase: 'headers',
    })
    await using broken = await cancellingServer()
    await expect(own.fetch(broken.url, options)).rejects.toMatchObject({ name: 'HTTPConnectionError', phase: 'body' })
    await using closing = await http2Server((stream) => stream.session?.destroy())
    await expect(own.fetch(closing.url, options)).rejects.toMatchObject({ name: 'HTTPConnectionError' })
  })

  test('a head larger than maxHeaderSize: not HTTP', async () => {
    await using server = await http2Server((stream) => {
      const fields = Array.from({ length: 50 }, (_, i) => [`x-${i}`, 'x'.repeat(400)] as const)
      stream.respond({ ':status': 200, ...Object.fromEntries(fields) })
      stream.end('ok')
    })
    await expect(own.fetch(server.url)).rejects.toMatchObject({ name: 'HTTPProtocolError' })
    await using patient = new AsyncHTTPClient({ ca: tls.cert, http2: true, maxHeaderSize: 32 * 1024 })
    expect((await patient.fetch(server.url)).text()).toBe('ok')
  })

  const LENGTH_100 = [0x0f, 0x0d, 3, ...Buffer.from('100')] // Content-Length: 100, in HPACK

  /** Frame by frame: the head of an answer, half of its body, then RST_STREAM, which node:http2 does not send so bluntly. */
  async function cancellingServer() {
    const frame = (type: number, flags: number, stream: number, payload: readonly number[]) =>
      Buffer.from([0, 0, payload.length, type, flags, 0, 0, 0, stream, ...payload])
    const server = createTLSServer({ ...tls, ALPNProtocols: ['h2'] }, (socket) => {
      socket.on('error', () => {})
      socket.once('data', () => {
        const [settings, head, cancel] = [
          frame(4, 0, 0, []),
          [0x88, ...LENGTH_100],
          [0, 0, 0, constants.NGHTTP2_CANCEL],
        ]
        socket.write(Buffer.concat([settings, frame(1, 4, 1, head), frame(0, 0, 1, [...Buffer.from('half')])]))
        socket.write(frame(3, 0, 1, cancel))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number } // it listens on TCP
    return { url: `https://127.0.0.1:${port}/`, [Symbol.asyncDispose]: async () => void server.close() }
  }

  test('a stream that the server cancels before its Content-Length: an error', async () => {
    await using server = await cancellingServer()
    await expect(own.fetch(server.url)).rejects.toMatchObject({ name: 'HTTPConnectionError', phase: 'body' })
  })
})

describe('names and sockets', () => {
  test('resolve: a table, a function, and a function that refuses', async () => {
    await using server = await plainServer()
    const url = `http://a.example:${server.port}/`
    expect((await client.fetch(url, { resolve: { 'a.example': '127.0.0.1' } })).text()).toContain(
      `a.example:${server.port}`,
    )
    const asked: string[] = []
    const resolve = (hostname: string) => {
      asked.push(hostname)
      return ['127.0.0.1']
    }
    expect((await client.fetch(url, { resolve })).code).toBe(200)
    expect(asked).toEqual(['a.example'])
    const refusing = () => Promise.reject(new Error('not this one'))
    await expect(client.fetch(url, { resolve: refusing })).rejects.toThrow('not this one')
    await expect(client.fetch(server.url, { resolve: refusing })).rejects.toThrow('not this one')
  })

  test('an IPv6 address', async () => {
    const server = createServer((_request, response) => response.end('six'))
    await new Promise<void>((resolve) => server.listen(0, '::1', resolve))
    const { port } = server.address() as { port: number }
    expect((await client.fetch(`http://[::1]:${port}/`)).text()).toBe('six')
    server.close()
    server.closeAllConnections()
  })

  test('unixSocket: the host of the URL is only named', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'client-unix-'))
    const path = join(directory, 'server.sock')
    const server = createServer((request, response) => response.end(request.headers.host))
    await new Promise<void>((resolve) => server.listen(path, resolve))
    expect((await client.fetch('http://docker/info', { unixSocket: path })).text()).toBe('docker')
    server.close()
    server.closeAllConnections()
    await rm(directory, { recursive: true })
  })
})
