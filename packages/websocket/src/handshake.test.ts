import { HTTPError, HTTPHeaders } from '@typhoon/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerFields, isSameHost, readHandshake } from './handshake.ts'

function request(fields: Record<string, string> = {}) {
  const all = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...fields,
  }
  return { method: 'GET', version: 'HTTP/1.1', headers: new HTTPHeaders(Object.entries(all).flat()) }
}

/** 101 for an accepted handshake, else the status it is refused with. */
function statusOf(read: () => unknown): number {
  try {
    read()
    return 101
  } catch (error) {
    if (error instanceof HTTPError) return error.status
    throw error
  }
}

describe('readHandshake (RFC 6455 §4.2.1)', () => {
  test.each([
    { extensions: 'permessage-deflate', offers: 'permessage-deflate' },
    {
      extensions: 'x; y=1, permessage-deflate;client_max_window_bits',
      offers: 'permessage-deflate; client_max_window_bits',
    },
    {
      extensions: 'permessage-deflate; server_max_window_bits="10", permessage-deflate',
      offers: 'permessage-deflate; server_max_window_bits=10, permessage-deflate',
    },
    { extensions: 'x-other', offers: undefined },
  ])('Sec-WebSocket-Extensions: $extensions: $offers', ({ extensions, offers }) => {
    expect(readHandshake(request({ 'Sec-WebSocket-Extensions': extensions })).deflateOffers).toBe(offers)
  })

  test('any text in the lists: an offer or a 400, never another error, in linear time', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (extensions, subprotocols) => {
        const fields = { 'Sec-WebSocket-Extensions': extensions, 'Sec-WebSocket-Protocol': subprotocols }
        expect([101, 400]).toContain(statusOf(() => readHandshake(request(fields))))
      }),
    )
    const long = `permessage-deflate; ${'a'.repeat(1_000_000)}`
    expect(() => readHandshake(request({ 'Sec-WebSocket-Extensions': long }))).toThrow(HTTPError)
    const many = Array.from({ length: 101 }, (_, i) => `p${i}`).join(', ')
    expect(() => readHandshake(request({ 'Sec-WebSocket-Protocol': many }))).toThrow(HTTPError)
  })
})

describe('isSameHost', () => {
  test.each([
    { origin: 'https://example.com', host: 'example.com', same: true },
    { origin: 'http://localhost:8888', host: 'localhost:8888', same: true },
    { origin: 'http://example.com', host: 'EXAMPLE.com:80', same: true },
    { origin: 'https://example.com', host: 'example.com:80', same: false },
    { origin: 'http://example.com/', host: 'example.com', same: false },
    { origin: 'ws://example.com', host: 'example.com', same: false },
    { origin: 'file://', host: '', same: false },
    { origin: 'http://xn--bcher-kva.example', host: 'xn--bcher-kva.example', same: true },
  ])('$origin at $host: $same', ({ origin, host, same }) => {
    expect(isSameHost(origin, host)).toBe(same)
  })
})

test('answerFields: the subprotocol first, and nothing that the protocol says itself', () => {
  const set = ['Content-Type', 'text/html', 'X-Own', '1', 'sec-websocket-accept', 'forged', 'Set-Cookie', 'a=b']
  expect(answerFields(set, 'chat')).toEqual(['Sec-WebSocket-Protocol', 'chat', 'X-Own', '1', 'Set-Cookie', 'a=b'])
})
