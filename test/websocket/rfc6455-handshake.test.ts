import { RequestHandler } from '@typhoon/core'
import { WebSocketHandler } from '@typhoon/websocket'
import { describe, expect, test } from 'vitest'
import { FrameClient, type Handshake } from './frame-client.ts'
import { serve } from './socket-server.ts'

class Handler extends WebSocketHandler {}

class Page extends RequestHandler {
  override get() {
    this.write('a page')
  }
}

describe('the opening handshake (RFC 6455 §4.2)', () => {
  const accepted: (Handshake & { why: string })[] = [
    { why: 'as every client sends it' },
    {
      fields: { Upgrade: 'WebSocket', Connection: 'keep-alive, upgrade' },
      why: 'names ignore case, Connection is a list',
    },
    { fields: { Origin: null }, why: 'no browser' },
    { fields: { Host: 'Example.com', Origin: 'https://example.COM' }, why: 'the same host, §4.1 and RFC 3986 §3.2.2' },
    { fields: { Host: 'example.com:443', Origin: 'https://example.com' }, why: 'the port that the scheme implies' },
    { fields: { Host: '[::1]:8080', Origin: 'http://[::1]:8080' }, why: 'an IPv6 address' },
  ]
  test.each(accepted)('$fields: 101, $why', async ({ fields }) => {
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port, fields === undefined ? {} : { fields })
    expect(client.answer.status).toBe(101)
  })

  test('the answer proves that the server has read the key (§1.3)', async () => {
    const { port } = await serve([['/', Handler]])
    const client = await FrameClient.open(port, { fields: { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' } })
    expect(client.answer.head).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  })

  const refused: (Handshake & { status: number; field?: RegExp; why: string })[] = [
    { fields: { Upgrade: null, Connection: null }, status: 426, field: /^upgrade: websocket/im, why: 'not an upgrade' },
    { fields: { Upgrade: 'h2c' }, status: 426, field: /^upgrade: websocket/im, why: 'another protocol' },
    {
      fields: { Connection: 'keep-alive' },
      status: 426,
      field: /^upgrade: websocket/im,
      why: 'Connection does not say so',
    },
    {
      fields: { 'Sec-WebSocket-Version': '8' },
      status: 426,
      field: /^sec-websocket-version: 13/im,
      why: 'an old version, §4.4',
    },
    {
      fields: { 'Sec-WebSocket-Version': null },
      status: 426,
      field: /^sec-websocket-version: 13/im,
      why: 'no version',
    },
    { fields: { 'Sec-WebSocket-Key': null }, status: 400, why: 'no key' },
    { fields: { 'Sec-WebSocket-Key': 'c2hvcnQ=' }, status: 400, why: 'a key that is not 16 bytes' },
    { version: '1.0', status: 400, why: 'HTTP/1.0' },
    { fields: { Host: null }, status: 400, why: 'no Host' },
    { fields: { Origin: 'http://evil.example' }, status: 403, why: 'a foreign origin, §10.2' },
    { fields: { Origin: 'null' }, status: 403, why: 'an opaque origin, such as a sandboxed frame' },
    { fields: { Origin: '' }, status: 403, why: 'an empty origin' },
    { fields: { Host: 'example.com', Origin: 'http://sub.example.com' }, status: 403, why: 'a subdomain' },
    { fields: { Host: 'example.com:8080', Origin: 'http://example.com' }, status: 403, why: 'another port' },
    {
      fields: { Host: 'example.com', Origin: 'http://example.com.' },
      status: 403,
      why: 'a name that only looks the same',
    },
    {
      fields: { Host: 'example.com', Origin: 'http://example.com@evil.example' },
      status: 403,
      why: 'user information',
    },
    { fields: { 'Sec-WebSocket-Protocol': 'a,,b' }, status: 400, why: 'an empty subprotocol' },
    { fields: { 'Sec-WebSocket-Protocol': 'a, a' }, status: 400, why: 'a subprotocol twice, §4.1' },
    {
      fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits=16' },
      status: 400,
      why: 'RFC 7692 §7.1.2.2',
    },
    {
      fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits' },
      status: 400,
      why: 'RFC 7692 §7.1.2.1',
    },
    {
      fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate; server_no_context_takeover=1' },
      status: 400,
      why: 'a value too much',
    },
    { fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate; x=1' }, status: 400, why: 'an unknown parameter' },
    { fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate; =' }, status: 400, why: 'no grammar, §9.1' },
    { path: '/nowhere', status: 404, why: 'no route' },
    { method: 'POST', status: 405, why: 'the class has no such method' },
  ]
  test.each(refused)(
    '$method $path $version $fields: $status, $why',
    async ({ status, field, why: _why, ...handshake }) => {
      const { port, logged } = await serve([['/', Handler]])
      const client = await FrameClient.open(port, handshake)
      expect(client.answer.status).toBe(status)
      expect(client.answer.head).toMatch(field ?? /^HTTP/)
      expect(client.answer.body).toContain(String(status)) // an error page
      await logged(new RegExp(`^${status} `))
    },
  )

  test('a trusted origin: may open a socket', async () => {
    const { port } = await serve([['/', Handler]], { trustedOrigins: ['https://friend.example'] })
    const client = await FrameClient.open(port, { fields: { Origin: 'https://friend.example' } })
    expect(client.answer.status).toBe(101)
  })

  test('checkOrigin() may be async and is asked only about origins', async () => {
    const asked: string[] = []
    class Careful extends WebSocketHandler {
      override async checkOrigin(origin: string) {
        asked.push(origin)
        return origin === 'https://a.example'
      }
    }
    const { port } = await serve([['/', Careful]])
    const statuses: number[] = []
    for (const Origin of [null, 'https://a.example', 'https://b.example']) {
      statuses.push((await FrameClient.open(port, { fields: { Origin } })).answer.status)
    }
    expect(statuses).toEqual([101, 101, 403])
    expect(asked).toEqual(['https://a.example', 'https://b.example'])
  })

  test.each([
    { offered: 'a, b', chosen: 'b', status: 101, head: /^sec-websocket-protocol: b/im },
    { offered: 'a, b', chosen: undefined, status: 101, head: /^(?![\s\S]*sec-websocket-protocol)/i },
    { offered: null, chosen: undefined, status: 101, head: /^(?![\s\S]*sec-websocket-protocol)/i },
    { offered: 'a', chosen: 'c', status: 500, head: /500/ },
  ])('subprotocols $offered, chosen $chosen: $status', async ({ offered, chosen, status, head }) => {
    const calls: (readonly string[])[] = []
    class Choosing extends WebSocketHandler {
      override selectSubprotocol(list: readonly string[]) {
        calls.push(list)
        return chosen
      }
    }
    const { port } = await serve([['/', Choosing]])
    const client = await FrameClient.open(port, { fields: { 'Sec-WebSocket-Protocol': offered } })
    expect(client.answer.status).toBe(status)
    expect(client.answer.head).toMatch(head)
    expect(calls).toEqual([offered?.split(', ') ?? []])
  })

  test('prepare() may refuse like on any route', async () => {
    class Guarded extends WebSocketHandler {
      static readonly authenticated = true
    }
    const { port } = await serve([['/', Guarded]], { loginUrl: '/login' })
    const { answer } = await FrameClient.open(port)
    expect(answer.status).toBe(302)
    expect(answer.head).toMatch(/^location: \/login\?next=%2F/im)
  })

  test('an upgrade of a route that is no socket: is answered as a plain request (RFC 9110 §7.8)', async () => {
    const { port } = await serve([['/', Page]])
    const { answer } = await FrameClient.open(port)
    expect(answer).toMatchObject({ status: 200, body: 'a page' })
  })

  test('what the handler sets may not break the answer', async () => {
    class Setting extends WebSocketHandler {
      override prepare() {
        this.setHeader('Content-Type', 'text/plain')
        this.setHeader('Sec-WebSocket-Accept', 'forged')
        this.setHeader('X-Own', 'kept')
      }
    }
    const { port } = await serve([['/', Setting]])
    const { answer } = await FrameClient.open(port)
    expect(answer.head).toMatch(/^x-own: kept/im)
    expect(answer.head).not.toMatch(/forged|content-type/i)
  })
})
