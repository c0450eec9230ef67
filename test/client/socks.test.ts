/** SOCKS proxies, against a small one of RFC 1928 and RFC 1929. */
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { AsyncHTTPClient, HTTPConnectionError, ProxyRefusedError } from '@typhoon/client'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { makeCertificate } from '../tcp/certificate.ts'
import { httpServer, rawServer } from './servers.ts'
import { socksServer } from './socks-server.ts'

const certificate = makeCertificate()
const ADDRESS = '127.0.0.1'
const client = new AsyncHTTPClient()
afterAll(() => client.close())

function plainServer() {
  return httpServer((request, response) => {
    const { method, url, headers } = request
    request.toArray().then(
      (chunks) => {
        response.end(
          `${method} ${url} ${headers.host} ${headers['proxy-authorization']} ${Buffer.concat(chunks).toString()}`,
        )
      },
      () => response.destroy(),
    )
  })
}

describe('a SOCKS proxy', () => {
  test.each([
    { scheme: 'socks5', asked: '5 address 127.0.0.1', why: 'the client looks the name up' },
    { scheme: 'socks5h', asked: '5 name a.example', why: 'the proxy looks the name up' },
    { scheme: 'socks', asked: '5 name a.example', why: 'the same' },
    { scheme: 'socks4', asked: '4 address 127.0.0.1', why: 'the client looks the name up' },
    { scheme: 'socks4a', asked: '4 name a.example', why: 'the proxy looks the name up' },
  ])('$scheme: $why', async ({ scheme, asked }) => {
    await using server = await plainServer()
    await using proxy = await socksServer({ redirect: { 'a.example': '127.0.0.1' } })
    const options = { proxy: `${scheme}://127.0.0.1:${proxy.port}`, resolve: { 'a.example': '127.0.0.1' } }
    const url = `http://a.example:${server.port}/x?y`
    for (let i = 0; i < 2; i++) {
      expect((await client.fetch(url, options)).text()).toBe(`GET /x?y a.example:${server.port} undefined `)
    }
    expect(proxy.asked).toEqual([`${asked}:${server.port}`]) // one tunnel, kept
    await using other = new AsyncHTTPClient(options)
    const { lookup, connect } = (await other.fetch(url)).timeInfo
    expect(lookup).toBeGreaterThanOrEqual(0)
    expect(connect).toBeGreaterThan(0)
  })

  test('name and password: for the proxy, percent-decoded', async () => {
    await using server = await plainServer()
    await using proxy = await socksServer({ credentials: 'ann:p@ß:' })
    const at = `127.0.0.1:${proxy.port}`
    const response = await client.fetch(server.url, { proxy: `socks5://ann:p%40%C3%9F%3A@${at}` })
    expect(response.text()).toContain('undefined')
    for (const [url, why] of [
      [`socks5://ann:wrong@${at}`, /does not accept the name and password/],
      [`socks5://${at}`, /wants to be told a name and password/],
    ] as const) {
      const refused = client.fetch(server.url, { proxy: url })
      await expect(refused).rejects.toMatchObject({ name: 'HTTPConnectionError', phase: 'connect' })
      await expect(refused).rejects.toThrow(why)
      await expect(refused).rejects.not.toThrow(/wrong/)
    }
  })

  test('version 4 gets the name of the user', async () => {
    await using server = await plainServer()
    await using proxy = await socksServer()
    await client.fetch(server.url, { proxy: `socks4://ann@127.0.0.1:${proxy.port}` })
    expect(proxy.asked).toEqual([`4 address 127.0.0.1:${server.port} by ann`])
  })

  test('answers that come byte by byte', async () => {
    await using server = await plainServer()
    await using proxy = await socksServer({ dripping: true, credentials: 'a:b' })
    const response = await client.fetch(server.url, { proxy: `socks5h://a:b@127.0.0.1:${proxy.port}` })
    expect(response.code).toBe(200)
  })

  test('uploads, asked for before they are sent and not', async () => {
    await using server = await plainServer()
    await using proxy = await socksServer()
    const options = { method: 'PUT', proxy: `socks5://127.0.0.1:${proxy.port}` }
    const body = 'x'.repeat(200_000)
    expect((await client.fetch(server.url, { ...options, body })).text()).toContain(body)
    const asking = { ...options, body: Readable.from(['asked']), expect100Continue: true }
    expect((await client.fetch(server.url, asking)).text()).toMatch(/asked$/)
  })

  test('an IPv6 address', async () => {
    const server = createServer((_request, response) => response.end('six'))
    await new Promise<void>((resolve) => server.listen(0, '::1', resolve))
    const { port } = server.address() as { port: number } // it listens on TCP
    await using proxy = await socksServer()
    const url = `http://[::1]:${port}/`
    expect((await client.fetch(url, { proxy: `socks5://127.0.0.1:${proxy.port}` })).text()).toBe('six')
    expect(proxy.asked).toEqual([`5 address ::1:${port}`])
    const four = client.fetch(url, { proxy: `socks4a://127.0.0.1:${proxy.port}` })
    await expect(four).rejects.toThrow('SOCKS 4 has no IPv6')
    server.close()
    server.closeAllConnections()
  })

  test('resolve can refuse a name that the client looks up', async () => {
    await using proxy = await socksServer()
    const resolve = (name: string) => (name === 'localhost' ? ADDRESS : Promise.reject(new Error('not this one')))
    const asked = client.fetch('http://a.example/', { proxy: `socks5://localhost:${proxy.port}`, resolve })
    await expect(asked).rejects.toThrow('not this one')
    expect(proxy.asked).toEqual([])
  })

  test.skipIf(certificate === undefined)(
    'https: TLS within the tunnel, checked against the name of the server',
    async () => {
      const tls = certificate ?? { key: '', cert: '' }
      await using server = await httpServer((_request, response) => response.end('secret'), tls)
      await using proxy = await socksServer({ redirect: { 'other.example': '127.0.0.1' } })
      const options = { ca: tls.cert, proxy: `socks5h://127.0.0.1:${proxy.port}` }
      const response = await client.fetch(`https://localhost:${server.port}/`, options)
      expect(response.text()).toBe('secret')
      expect(response.timeInfo.tls).toBeGreaterThan(0)
      expect(proxy.asked).toEqual([`5 name localhost:${server.port}`])
      await expect(client.fetch(`https://other.example:${server.port}/`, options)).rejects.toMatchObject({
        cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      })
    },
  )

  test('environment: ALL_PROXY', async () => {
    await using server = await plainServer()
    await using proxy = await socksServer()
    process.env['ALL_PROXY'] = `socks5h://127.0.0.1:${proxy.port}`
    await client.fetch(server.url, { proxy: 'environment' })
    expect(proxy.asked).toEqual([`5 address 127.0.0.1:${server.port}`])
  })
  afterEach(() => {
    delete process.env['ALL_PROXY']
  })
})

describe('a SOCKS proxy that does not help', () => {
  test.each([
    { reply: [5, 5, 0, 1, 0, 0, 0, 0, 0, 0], status: 5, why: 'connection refused (5)' },
    { reply: [5, 2, 0, 1], status: 2, why: 'not allowed by its rules (2)' },
    { reply: [5, 99, 0, 1], status: 99, why: 'an unknown reason (99)' },
  ])('reply $status: $why', async ({ reply, status, why }) => {
    await using proxy = await socksServer({ reply: Buffer.from(reply) })
    const error = client.fetch('http://a.example/', { proxy: `socks5h://127.0.0.1:${proxy.port}` })
    await expect(error).rejects.toBeInstanceOf(HTTPConnectionError)
    await expect(error).rejects.toThrow(why)
    await expect(error).rejects.toMatchObject({
      phase: 'connect',
      cause: { name: ProxyRefusedError.prototype.name, status },
    })
  })

  test('version 4, reply 91', async () => {
    await using proxy = await socksServer({ reply: Buffer.from([0, 91, 0, 0, 0, 0, 0, 0]) })
    const error = client.fetch('http://a.example/', { proxy: `socks4a://127.0.0.1:${proxy.port}` })
    await expect(error).rejects.toMatchObject({ cause: { status: 91 } })
  })

  test.each([
    { answer: 'HTTP/1.1 400 Bad Request\r\n\r\n', why: /does not speak SOCKS 5/ },
    { answer: '', why: /closed the connection before it answered/ },
    { answer: '\x05', why: /closed the connection before it answered/ },
    { answer: '\x05\x02', why: /wants to be told/ },
  ])('$answer: $why', async ({ answer, why }) => {
    await using proxy = await rawServer((socket) => socket.once('data', () => socket.end(answer)))
    await expect(client.fetch('http://a.example/', { proxy: `socks5h://127.0.0.1:${proxy.port}` })).rejects.toThrow(why)
  })

  test('a connection that is reset at any point: an error like any other', async () => {
    for (const answer of ['', '\x05\x00', '\x05\x00\x05\x00']) {
      await using proxy = await rawServer((socket) => {
        if (answer === '') return socket.resetAndDestroy()
        socket.once('data', () => socket.write(answer, () => socket.resetAndDestroy()))
      })
      const resolve = { 'a.example': ADDRESS }
      const error = client.fetch('http://a.example/', { proxy: `socks5://${ADDRESS}:${proxy.port}`, resolve })
      await expect(error).rejects.toMatchObject({ name: 'HTTPConnectionError', phase: 'connect' })
    }
  })

  test('silence: connectTimeout, and the connection is closed', async () => {
    let closed = () => {}
    const left = new Promise<void>((resolve) => {
      closed = resolve
    })
    await using proxy = await rawServer((socket) => socket.resume().once('close', closed))
    const error = client.fetch('http://a.example/', { proxy: `socks5h://127.0.0.1:${proxy.port}`, connectTimeout: 60 })
    await expect(error).rejects.toMatchObject({ name: 'HTTPTimeoutError', phase: 'connect' })
    await left
  })

  test('a name too long for SOCKS', async () => {
    await using proxy = await socksServer()
    const url = `http://${'a'.repeat(256)}/`
    await expect(client.fetch(url, { proxy: `socks5h://127.0.0.1:${proxy.port}` })).rejects.toThrow('255 bytes')
  })
})
