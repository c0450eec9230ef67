/** What a client may cost in time, connections and requests (RFC 9110 §15.5.9, RFC 9112 §9.5; Tornado: HTTPServer's limits). */

import { HTTPServer, OptionError, RequestHandler, type Rule, type ServerOptions } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { request } from '../core/raw-client.ts'
import { gate, watchProcess } from '../core/served.ts'
import { type Reachable, serveOver, TRANSPORTS } from './transports.ts'

watchProcess()

class Echo extends RequestHandler {
  override get() {
    this.write(this.request.uri)
  }
  override post() {
    this.write(`${this.request.body.length} bytes`)
  }
}
class Streaming extends RequestHandler {
  static readonly streamRequestBody = true
  override async post() {
    let size = 0
    for await (const chunk of this.request.body) size += chunk.length
    this.write(`${size} bytes`)
  }
}
const RULES: readonly Rule[] = [
  ['/streaming', Streaming],
  [/.*/, Echo],
]
const START = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n'

/** Half a request gets no more than its time and one line in the log. @returns the status of another request after that */
async function timesOut(reached: Reachable, sent: string): Promise<number> {
  await using client = await reached.connect()
  await client.send(sent)
  const response = await client.response()
  expect([response.status, response.complete, response.header('connection')]).toEqual([408, true, 'close'])
  expect(response.text()).toContain('408: Request Timeout')
  client.halfClose()
  expect(await client.closed).toBe('end')
  await reached.log.expect(/^408 /)
  expect(reached.log.lines).toHaveLength(1)
  return (await reached.ask(request('GET /after'))).status
}

describe.each(TRANSPORTS)('over %s', (transport) => {
  test.concurrent.each([
    { name: 'half a request line', sent: 'GET / HT' },
    { name: 'half the fields', sent: 'GET / HTTP/1.1\r\nHost: a\r\nA: ' },
  ])('headersTimeout: 408 for $name', async ({ sent }) => {
    await using reached = await serveOver(transport, RULES, {}, { headersTimeout: 100 })
    expect(await timesOut(reached, sent)).toBe(200)
  })

  test.concurrent.each([
    { name: 'a body that is collected', sent: `${START}half` },
    { name: 'a body that is streamed', sent: START.replace('/', '/streaming') },
    { name: 'chunks without end', sent: 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n' },
  ])('requestTimeout: 408 for $name', async ({ sent }) => {
    await using reached = await serveOver(transport, RULES, {}, { requestTimeout: 150 })
    expect(await timesOut(reached, sent)).toBe(200)
  })

  test.concurrent('requestTimeout does not count the time of the handler, nor of the response', async () => {
    const release = gate()
    class Slow extends RequestHandler {
      override async get() {
        await release.opened
        this.write('done')
      }
    }
    await using reached = await serveOver(transport, [['/slow', Slow], ...RULES], {}, { requestTimeout: 100 })
    await using slow = await reached.connect()
    await slow.send(request('GET /slow'))
    await using late = await reached.connect()
    await late.send(START)
    expect((await late.response()).status).toBe(408) // the time-outs have been looked after meanwhile
    release.open()
    expect((await slow.response()).text()).toBe('done')
  })

  test.concurrent('idleTimeout: a connection without a request ends quietly', async () => {
    await using reached = await serveOver(transport, RULES, {}, { idleTimeout: 100 })
    await using client = await reached.connect()
    await client.send(request('GET /'))
    const response = await client.response()
    expect(response.header('connection')).toBe('keep-alive')
    expect(await client.rest()).toHaveLength(0)
    expect(reached.lines()).toEqual([expect.stringMatching(/^info 200 GET \/ /)])
  })

  test('maxRequestsPerConnection: the last answer says so, what was pipelined behind it is not run', async () => {
    await using reached = await serveOver(transport, RULES, {}, { maxRequestsPerConnection: 2 })
    await using client = await reached.connect()
    await client.send(request('GET /1') + request('GET /2') + request('GET /3'))
    const [first, second] = [await client.response(), await client.response()]
    expect([first.text(), first.header('connection')]).toEqual(['/1', 'keep-alive'])
    expect([second.text(), second.header('connection')]).toEqual(['/2', 'close'])
    expect(await client.rest()).toHaveLength(0)
    expect(reached.lines()).toHaveLength(2)
    expect((await reached.ask(request('GET /4'))).text()).toBe('/4')
  })

  test('maxConnections: one too many is refused, and has a place when another is gone', async () => {
    await using reached = await serveOver(transport, RULES, {}, { maxConnections: 1 })
    const first = await reached.connect()
    await first.send(request('GET /1'))
    expect((await first.response()).text()).toBe('/1')
    await expect(reached.ask(request('GET /2'))).rejects.toThrow(/connection ended|disconnected|ECONNRESET/)
    await first[Symbol.asyncDispose]()
    await expect.poll(() => reached.ask(request('GET /3')).then((response) => response.text(), String)).toBe('/3')
  })
})

describe('ServerOptions', () => {
  const handler = { handle() {}, refuse() {}, takesUpgrade: () => false }
  const make = (options: object) => new HTTPServer(handler, options as ServerOptions)

  test.each<[object, RegExp]>([
    [{ prot: 1 }, /ServerOptions has no option prot/],
    [{ port: -1 }, /port must be a whole number from 0 to 65535, got -1/],
    [{ port: 65_536 }, /port must be/],
    [{ port: '80' }, /port must be .*got "80"/],
    [{ host: 1 }, /host must be a string/],
    [{ path: 1 }, /path must be a string/],
    [{ path: '' }, /path must not be empty/],
    [{ tls: true }, /tls must be an? object/],
    [{ http2: 1 }, /http2 must be a boolean/],
    [{ http2: true }, /http2 needs tls/],
    [{ xheaders: 'yes' }, /xheaders must be a list/],
    [{ xheaders: [1] }, /xheaders must be a list/],
    [{ xheaders: ['localhost'] }, /xheaders must hold IP addresses/],
    [{ xheaders: ['10.0.0.0/33'] }, /xheaders must hold/],
    [{ xheaders: ['10.0.0.0/'] }, /xheaders must hold/],
    [{ xheaders: ['10.0.0.0/8/8'] }, /xheaders must hold/],
    [{ xheaders: ['10.0.0.0/ 8'] }, /xheaders must hold/],
    [{ xheaders: ['10.0.0.0/0x8'] }, /xheaders must hold/],
    [{ allowedHosts: 'a' }, /allowedHosts must be a list/],
    [{ allowedHosts: ['https://a'] }, /allowedHosts must hold host names/],
    [{ allowedHosts: ['a:80'] }, /allowedHosts must hold host names/],
    [{ maxHeaderSize: 1023 }, /maxHeaderSize must be/],
    [{ maxHeaderCount: 0 }, /maxHeaderCount must be/],
    [{ maxTargetSize: 1.5 }, /maxTargetSize must be/],
    [{ headersTimeout: -1 }, /headersTimeout must be/],
    [{ headersTimeout: 2 ** 31 }, /headersTimeout must be/],
    [{ headersTimeout: 200, requestTimeout: 100 }, /headersTimeout must not be longer than requestTimeout/],
    [{ requestTimeout: Number.NaN }, /requestTimeout must be .*got NaN/],
    [{ idleTimeout: Number.POSITIVE_INFINITY }, /idleTimeout must be/],
    [{ maxRequestsPerConnection: -1 }, /maxRequestsPerConnection must be/],
    [{ maxConnections: null }, /maxConnections must be .*got null/],
  ])('%j: refused, with name and rule', (options, message) => {
    expect(() => make(options)).toThrow(OptionError)
    expect(() => make(options)).toThrow(message)
  })

  test.each<object>([
    {},
    { requestTimeout: 1000 },
    { requestTimeout: 0 },
    { headersTimeout: 0, requestTimeout: 0, idleTimeout: 0 },
    { headersTimeout: 0 },
    { port: undefined, tls: undefined, xheaders: undefined },
    { xheaders: true },
    { xheaders: ['127.0.0.1', '::1', '10.0.0.0/8', 'fd00::/8', '0.0.0.0/0'] },
    { allowedHosts: ['example.com', '*.Example.com', '127.0.0.1', '[::1]'] },
  ])('%j: taken', (options) => {
    expect(() => make(options)).not.toThrow()
  })
})
