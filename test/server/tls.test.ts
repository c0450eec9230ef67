/** TLS: certificates that change, certificates of clients, and what is no TLS. */
import { connect } from 'node:tls'
import { RequestHandler, type Rule } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { RawClient, request } from '../core/raw-client.ts'
import { serve, watchProcess } from '../core/served.ts'
import { certificate, hasOpenSSL } from './certificate.ts'
import { openSession } from './http2-client.ts'
import { secureClient, secureSocket } from './transports.ts'

watchProcess()

class Peer extends RequestHandler {
  override get() {
    const { certificate: client, protocol } = this.request
    this.setSignedCookie('user', 'me')
    this.write({ name: client?.subject?.CN, protocol, url: this.request.fullUrl() })
  }
}
const RULES: readonly Rule[] = [[/.*/, Peer]]

describe.skipIf(!hasOpenSSL)('TLS', () => {
  test('protocol, URL, and signed cookies that only leave over TLS', async () => {
    await using served = await serve(RULES, { cookieSecret: 'x'.repeat(32) }, { tls: certificate('localhost') })
    expect(served.server.url).toBe(`https://127.0.0.1:${served.port}`)
    await using client = await secureClient(served.port)
    await client.send(request('GET /x'))
    const response = await client.response()
    expect(JSON.parse(response.text())).toEqual({ protocol: 'https', url: 'https://localhost/x' })
    expect(response.header('set-cookie')).toMatch(/; Secure/)
  })

  test.each([false, true])(
    'reloadTLS (http2: %s): new connections get the new certificate, open ones go on',
    async (http2) => {
      await using served = await serve(
        RULES,
        { cookieSecret: 'x'.repeat(32) },
        { tls: certificate('localhost'), http2 },
      )
      await using open = await secureClient(served.port)
      served.server.server.reloadTLS(certificate('renewed'))
      const socket = await secureSocket(served.port, {
        ca: certificate('renewed').cert,
        ALPNProtocols: ['h2', 'http/1.1'],
      })
      expect([socket.getPeerCertificate().subject.CN, socket.alpnProtocol]).toEqual([
        'renewed',
        http2 ? 'h2' : 'http/1.1',
      ])
      socket.destroy()
      await expect(secureSocket(served.port)).rejects.toThrow(/self.signed/)
      await open.send(request('GET /'))
      expect((await open.response()).status).toBe(200)
    },
  )

  test('reloadTLS with a certificate that is none: refused, the old one stays', async () => {
    await using served = await serve(RULES, { cookieSecret: 'x'.repeat(32) }, { tls: certificate('localhost') })
    expect(() => served.server.server.reloadTLS({ cert: 'nonsense' })).toThrow(/PEM|start line/)
    const socket = await secureSocket(served.port)
    socket.destroy()
  })

  test('reloadTLS without TLS: refused', async () => {
    await using served = await serve(RULES)
    expect(() => served.server.server.reloadTLS(certificate('localhost'))).toThrow('started without tls')
  })

  test('request.certificate is that of the client, over HTTP/1.1 and HTTP/2', async () => {
    const tls = { ...certificate('localhost'), requestCert: true, ca: certificate('alice').cert }
    await using served = await serve(RULES, { cookieSecret: 'x'.repeat(32) }, { tls, http2: true })
    await using alice = await secureClient(served.port, certificate('alice'))
    await alice.send(request('GET /'))
    expect(JSON.parse((await alice.response()).text()).name).toBe('alice')
    await using session = await openSession(served.port, certificate('alice'))
    expect(JSON.parse((await session.ask({ ':path': '/' })).text()).name).toBe('alice')
  })

  test.each([
    { name: 'no certificate', options: {} },
    { name: 'one that nobody vouches for', options: () => certificate('mallory') },
  ])('a client with $name does not get in where one is asked for', async ({ options }) => {
    const tls = { ...certificate('localhost'), requestCert: true, ca: certificate('alice').cert }
    await using served = await serve(RULES, {}, { tls })
    const given = typeof options === 'function' ? options() : options
    const socket = connect({
      port: served.port,
      host: '127.0.0.1',
      ca: certificate('localhost').cert,
      servername: 'localhost',
      ...given,
    })
    socket.on('error', () => undefined)
    socket.write(request('GET /'))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    await new Promise((resolve) => socket.once('close', resolve))
    expect(answer).toBe('')
    expect(served.lines()).toEqual([])
  })

  test.each([
    { name: 'plain HTTP', bytes: request('GET /') },
    { name: 'garbage', bytes: 'x'.repeat(100) },
    { name: 'half a hello', bytes: Buffer.from('1603010200010001fc0303', 'hex') },
  ])('$name in place of a handshake: the connection ends, without noise', async ({ bytes }) => {
    await using served = await serve(RULES, {}, { tls: certificate('localhost') })
    await using stranger = await RawClient.connect(served.port)
    await stranger.send(bytes)
    stranger.halfClose()
    await stranger.closed
    expect(served.lines()).toEqual([])
    const socket = await secureSocket(served.port)
    socket.destroy()
  })
})
