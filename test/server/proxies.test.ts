/** Who asks, and for which host, when proxies stand in between (RFC 7239; Tornado: `xheaders`, `trusted_downstream`). */

import { RequestHandler, type Rule, type ServerOptions } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { RawClient, request } from '../core/raw-client.ts'
import { serve, watchProcess } from '../core/served.ts'
import { certificate, hasOpenSSL } from './certificate.ts'
import { openSession } from './http2-client.ts'
import { serveOver } from './transports.ts'

watchProcess()

class Who extends RequestHandler {
  override get() {
    this.write({ ip: this.request.remoteIp, url: this.request.fullUrl() })
  }
}
const RULES: readonly Rule[] = [[/.*/, Who]]
const LOCAL = { ip: '127.0.0.1', url: 'http://localhost/' }

interface Seen {
  readonly ip: string
  readonly url: string
}

async function seen(options: ServerOptions, fields: readonly string[]): Promise<Seen> {
  await using served = await serve(RULES, {}, options)
  await using client = await RawClient.connect(served.port)
  await client.send(request('GET /', fields))
  return JSON.parse((await client.response()).text()) as Seen
}

interface Case {
  readonly name: string
  readonly fields: readonly string[]
  readonly sees?: Partial<Seen>
}

describe('X-Forwarded-* from a trusted proxy', () => {
  test.each<Case>([
    { name: 'the client', fields: ['X-Forwarded-For: 192.0.2.1'], sees: { ip: '192.0.2.1' } },
    {
      name: 'a spoofed address to the left',
      fields: ['X-Forwarded-For: 1.1.1.1, 192.0.2.1'],
      sees: { ip: '192.0.2.1' },
    },
    {
      name: 'trusted proxies to the right',
      fields: ['X-Forwarded-For: 1.1.1.1, 192.0.2.1, 10.1.2.3, 127.0.0.1'],
      sees: { ip: '192.0.2.1' },
    },
    {
      name: 'several fields',
      fields: ['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-For: 10.0.0.1'],
      sees: { ip: '192.0.2.1' },
    },
    { name: 'only trusted addresses', fields: ['X-Forwarded-For: 10.0.0.2, 10.0.0.1'], sees: { ip: '10.0.0.2' } },
    { name: 'IPv6', fields: ['X-Forwarded-For: 2001:db8::1'], sees: { ip: '2001:db8::1' } },
    {
      name: 'IPv6 in brackets with a port',
      fields: ['X-Forwarded-For: [2001:db8::1]:4711'],
      sees: { ip: '2001:db8::1' },
    },
    { name: 'IPv4 with a port', fields: ['X-Forwarded-For: 192.0.2.1:4711'], sees: { ip: '192.0.2.1' } },
    { name: 'garbage at the right', fields: ['X-Forwarded-For: 192.0.2.1, <script>'] },
    {
      name: 'garbage behind a trusted proxy',
      fields: ['X-Forwarded-For: unknown, 10.0.0.1'],
      sees: { ip: '10.0.0.1' },
    },
    { name: 'an address that is none', fields: ['X-Forwarded-For: 192.0.2.256'] },
    { name: 'an empty field', fields: ['X-Forwarded-For:'] },
    { name: 'X-Real-Ip', fields: ['X-Real-Ip: 192.0.2.9'], sees: { ip: '192.0.2.9' } },
    { name: 'X-Real-Ip that is none', fields: ['X-Real-Ip: 4.4.4.4.4'] },
    { name: 'https', fields: ['X-Forwarded-Proto: https'], sees: { url: 'https://localhost/' } },
    { name: 'HTTPS in capitals', fields: ['X-Forwarded-Proto: HTTPS'], sees: { url: 'https://localhost/' } },
    { name: 'X-Scheme', fields: ['X-Scheme: https'], sees: { url: 'https://localhost/' } },
    { name: 'a spoofed protocol to the left', fields: ['X-Forwarded-Proto: https, http'] },
    { name: 'a protocol that is none', fields: ['X-Forwarded-Proto: javascript'] },
    { name: 'the host', fields: ['X-Forwarded-Host: example.com:8443'], sees: { url: 'http://example.com:8443/' } },
    { name: 'a host that is none', fields: ['X-Forwarded-Host: a/b'] },
    {
      name: 'a spoofed host to the left',
      fields: ['X-Forwarded-Host: evil, example.com'],
      sees: { url: 'http://example.com/' },
    },
  ])('$name: $fields', async ({ fields, sees }) => {
    expect(await seen({ xheaders: ['127.0.0.0/8', '10.0.0.0/8'] }, fields)).toEqual({ ...LOCAL, ...sees })
  })
})

describe('Forwarded (RFC 7239) from a trusted proxy', () => {
  test.each<Case>([
    {
      name: 'the client',
      fields: ['Forwarded: for=192.0.2.1;proto=https;host=example.com'],
      sees: { ip: '192.0.2.1', url: 'https://example.com/' },
    },
    { name: 'IPv6', fields: ['Forwarded: For="[2001:db8::1]:4711"'], sees: { ip: '2001:db8::1' } },
    {
      name: 'a spoofed element to the left',
      fields: ['Forwarded: for=1.1.1.1;proto=https, for=192.0.2.1;proto=http'],
      sees: { ip: '192.0.2.1' },
    },
    {
      name: 'a trusted proxy to the right',
      fields: ['Forwarded: for=192.0.2.1;proto=https, for=10.0.0.1'],
      sees: { ip: '192.0.2.1', url: 'https://localhost/' },
    },
    {
      name: 'several fields',
      fields: ['Forwarded: for=192.0.2.1', 'Forwarded: for=10.0.0.1'],
      sees: { ip: '192.0.2.1' },
    },
    { name: 'an unknown client', fields: ['Forwarded: for=unknown'] },
    {
      name: 'a name in place of an address',
      fields: ['Forwarded: for=_hidden, for=10.0.0.1'],
      sees: { ip: '10.0.0.1' },
    },
    { name: 'a broken field', fields: ['Forwarded: for=192.0.2.1;;for=1;for'] },
    { name: 'a host that is none', fields: ['Forwarded: for=192.0.2.1;host="a b"'], sees: { ip: '192.0.2.1' } },
  ])('$name: $fields', async ({ fields, sees }) => {
    expect(await seen({ xheaders: ['127.0.0.1', '10.0.0.0/8'] }, fields)).toEqual({ ...LOCAL, ...sees })
  })

  test('beside X-Forwarded-For, which most proxies write while they pass Forwarded on: the former is left alone', async () => {
    const fields = ['Forwarded: for=1.1.1.1;proto=https;host=evil', 'X-Forwarded-For: 192.0.2.1']
    expect(await seen({ xheaders: ['127.0.0.1'] }, fields)).toEqual({ ...LOCAL, ip: '192.0.2.1' })
  })
})

const SPOOF = [
  'X-Forwarded-For: 1.1.1.1',
  'X-Real-Ip: 1.1.1.1',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: evil',
  'Forwarded: for=1.1.1.1',
]

describe('nobody is trusted who is not named', () => {
  test.each<{ name: string; options: ServerOptions }>([
    { name: 'the default', options: {} },
    { name: 'false', options: { xheaders: false } },
    { name: 'an empty list', options: { xheaders: [] } },
    { name: 'another address', options: { xheaders: ['127.0.0.2'] } },
    { name: 'another range', options: { xheaders: ['10.0.0.0/8', '::1', 'fd00::/8'] } },
  ])('$name: the fields are left alone', async ({ options }) => {
    expect(await seen(options, SPOOF)).toEqual(LOCAL)
  })

  test.each<{ name: string; xheaders: true | string[] }>([
    { name: 'true: whoever connects, for one hop', xheaders: true },
    { name: 'the address', xheaders: ['127.0.0.1'] },
    { name: 'a range', xheaders: ['127.0.0.0/31'] },
    { name: 'everything', xheaders: ['0.0.0.0/0'] },
  ])('$name', async ({ xheaders }) => {
    const expected = xheaders.toString() === '0.0.0.0/0' ? '1.1.1.1' : '2.2.2.2'
    expect((await seen({ xheaders }, ['X-Forwarded-For: 1.1.1.1, 2.2.2.2'])).ip).toBe(expected)
  })

  test('a peer that came over IPv4 to a socket for both families is known by its IPv4 address', async () => {
    await using served = await serve(RULES, {}, { host: '::', xheaders: ['127.0.0.1'] })
    await using client = await RawClient.connect(served.port)
    await client.send(request('GET /', ['X-Forwarded-For: 192.0.2.1']))
    expect(JSON.parse((await client.response()).text()).ip).toBe('192.0.2.1')
  })

  test('over a Unix socket, which has no address, true is the way', async () => {
    for (const [xheaders, ip] of [
      [true, '192.0.2.1'],
      [['127.0.0.1'], ''],
    ] as const) {
      await using reached = await serveOver('Unix socket', RULES, {}, { xheaders })
      const response = await reached.ask(request('GET /', ['X-Forwarded-For: 192.0.2.1']))
      expect(JSON.parse(response.text()).ip).toBe(ip)
    }
  })

  test.skipIf(!hasOpenSSL)('the same over HTTP/2, for each stream anew', async () => {
    await using served = await serve(RULES, {}, { tls: certificate('localhost'), http2: true, xheaders: ['127.0.0.1'] })
    await using client = await openSession(served.port)
    for (const ip of ['192.0.2.1', '192.0.2.2', undefined]) {
      const answer = await client.ask({
        ':path': '/',
        ...(ip === undefined ? {} : { 'x-forwarded-for': ip, 'x-forwarded-proto': 'http' }),
      })
      const { ip: seenIp, url } = JSON.parse(answer.text())
      expect([seenIp, url.split(':')[0]]).toEqual(ip === undefined ? ['127.0.0.1', 'https'] : [ip, 'http'])
    }
  })
})

test('each request of a connection is looked at anew', async () => {
  await using served = await serve(RULES, {}, { xheaders: ['127.0.0.1'] })
  await using client = await RawClient.connect(served.port)
  await client.send(request('GET /', ['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: https']) + request('GET /'))
  const [first, second] = [await client.response(), await client.response()]
  expect(JSON.parse(first.text())).toEqual({ ip: '192.0.2.1', url: 'https://localhost/' })
  expect(JSON.parse(second.text())).toEqual(LOCAL)
  await served.log.expect(/\(192\.0\.2\.1\)/)
  await served.log.expect(/\(127\.0\.0\.1\)/)
})

describe('allowedHosts', () => {
  const allowedHosts = ['Example.com', '*.example.org', '[::1]', '127.0.0.1']
  test.each([
    ['example.com', 200],
    ['EXAMPLE.COM:8888', 200],
    ['a.example.org', 200],
    ['a.b.example.org', 200],
    ['[::1]:80', 200],
    ['127.0.0.1', 200],
    ['example.org', 400],
    ['aexample.org', 400],
    ['www.example.com', 400],
    ['example.com.evil.net', 400],
    ['example.com.', 400],
    ['localhost', 400],
    ['127.1', 400],
  ])('Host: %s is %i', async (host, status) => {
    await using served = await serve(RULES, {}, { allowedHosts })
    await using client = await RawClient.connect(served.port)
    await client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    expect((await client.response()).status).toBe(status)
    await served.log.expect(status === 200 ? /^200/ : /^400 GET \/ .*allowedHosts/)
  })

  test.each([
    { name: 'HTTP/1.0 without Host', send: 'GET / HTTP/1.0\r\n\r\n', status: 400 },
    { name: 'an absolute target', send: 'GET http://evil/ HTTP/1.1\r\nHost: example.com\r\n\r\n', status: 400 },
    {
      name: 'what a trusted proxy says counts',
      send: 'GET / HTTP/1.1\r\nHost: backend\r\nX-Forwarded-Host: example.com\r\n\r\n',
      status: 200,
    },
    {
      name: 'what a trusted proxy says is looked at, too',
      send: 'GET / HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-Host: evil\r\n\r\n',
      status: 400,
    },
  ])('$name: $status', async ({ send, status }) => {
    await using served = await serve(RULES, {}, { allowedHosts, xheaders: true })
    await using client = await RawClient.connect(served.port)
    await client.send(send)
    expect((await client.response()).status).toBe(status)
  })

  test.skipIf(!hasOpenSSL)('over HTTP/2', async () => {
    await using served = await serve(RULES, {}, { allowedHosts, tls: certificate('localhost'), http2: true })
    await using client = await openSession(served.port)
    expect((await client.ask({ ':path': '/', ':authority': 'example.com' })).status).toBe(200)
    expect((await client.ask({ ':path': '/', ':authority': 'evil' })).status).toBe(400)
  })
})
