/** Groups 12 and 13 of the Autobahn test suite: permessage-deflate (RFC 7692) with different payloads and parameters. */
import { createHash } from 'node:crypto'
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { binary, inFragments, text } from './conformance-cases.ts'
import { FramePeer, type RawFrame } from './conformance-peer.ts'
import { answerTo, closing, described, EchoHandler, echoClient, echoServer } from './conformance-run.ts'
import type { Frame } from './frame-client.ts'

const RSV1 = 4
const TAIL = Buffer.from([0, 0, 0xff, 0xff])
const SYNC = { finishFlush: constants.Z_SYNC_FLUSH }

/** Size of a message, and of the fragments that it is sent in; 0 for one frame. */
const SHAPES = [
  ...[16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072].map((size) => ({ size, fragment: 0 })),
  ...[8192, 16_384, 32_768, 65_536, 131_072].map((size) => ({ size, fragment: 256 })),
  ...[1024, 4096, 32_768].map((fragment) => ({ size: 131_072, fragment })),
].map((shape, i) => ({
  number: i + 1,
  how: shape.fragment === 0 ? 'in one frame' : `fragments of ${shape.fragment}`,
  ...shape,
}))

/** Of group 13, where the parameters matter and less the sizes: the extremes. */
const EXTREMES = SHAPES.filter(({ number }) => [1, 4, 8, 10, 11, 15, 16, 18].includes(number))

/** Data of the kinds that the suite takes from files. */
const JSON_ROWS = json(200_000)
const PAYLOADS = [
  { group: '12.1', what: 'JSON', make: text, data: JSON_ROWS },
  { group: '12.2', what: 'a picture', make: binary, data: picture(200_000) },
  { group: '12.3', what: 'prose', make: binary, data: prose(200_000) },
  { group: '12.4', what: 'HTML', make: text, data: html(200_000) },
  { group: '12.5', what: 'compressed data', make: binary, data: noise(200_000) },
]

/** Messages per test; the suite: 1000. */
function countOf(size: number): number {
  return Math.max(2, Math.min(5, Math.floor(65_536 / size)))
}

/** What the client offers, and the greatest window that an answer may then use. */
const BOTH = 'client_no_context_takeover; client_max_window_bits'
const OFFERS = [
  { group: '13.1', offer: `permessage-deflate; ${BOTH}`, bits: 15 },
  { group: '13.2', offer: `permessage-deflate; ${BOTH}; server_no_context_takeover`, bits: 15 },
  { group: '13.3', offer: `permessage-deflate; ${BOTH}; server_max_window_bits=9`, bits: 9 },
  { group: '13.4', offer: `permessage-deflate; ${BOTH}; server_max_window_bits=15`, bits: 15 },
  {
    group: '13.5',
    offer: `permessage-deflate; ${BOTH}; server_no_context_takeover; server_max_window_bits=9`,
    bits: 9,
  },
  {
    group: '13.6',
    offer: `permessage-deflate; ${BOTH}; server_no_context_takeover; server_max_window_bits=15`,
    bits: 15,
  },
]
const SEVENTH = {
  group: '13.7',
  offer: [OFFERS[4], OFFERS[1], OFFERS[0]].map((each) => each?.offer).join(', '),
  bits: 9,
}

/** What a server may answer to the offer of our client. */
const NO_TAKEOVER = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'
const ANSWERS = [
  { group: '13.1', answer: NO_TAKEOVER, serverBits: 15, clientBits: 15 },
  { group: '13.3', answer: `${NO_TAKEOVER}; client_max_window_bits=9`, serverBits: 15, clientBits: 9 },
  { group: '13.4', answer: `${NO_TAKEOVER}; client_max_window_bits=15`, serverBits: 15, clientBits: 15 },
  { group: '13.5', answer: `${NO_TAKEOVER}; server_max_window_bits=9`, serverBits: 9, clientBits: 15 },
]

class DeflateHandler extends EchoHandler {
  static override readonly compression = { threshold: 0 }
}

describe('a server', () => {
  describe.each(PAYLOADS)('$what', ({ group, make, data }) => {
    test.each(SHAPES)(`${group}.$number messages of $size bytes, $how: are echoed`, async (shape) => {
      const { port } = await echoServer(DeflateHandler)
      const peer = await FramePeer.connect(port, 'permessage-deflate')
      const messages = messagesOf(make, data, shape)
      expect(await echoesOf(peer, messages, shape.fragment)).toEqual(as(messages))
      expect(await closing(peer)).toBe(1000)
    })
  })

  describe.each([...OFFERS, SEVENTH])('$offer', ({ group, offer, bits }) => {
    test.each(EXTREMES)(`${group}.$number messages of $size bytes, $how: are echoed`, async (shape) => {
      const { port } = await echoServer(DeflateHandler)
      const peer = await FramePeer.connect(port, offer)
      expect(peer.head).toMatch(/^sec-websocket-extensions: permessage-deflate;.*server_no_context_takeover/im)
      const agreed = /server_max_window_bits=(\d+)/.exec(peer.head)?.[1]
      expect(agreed).toBe(offer.includes('server_max') ? `${bits}` : undefined)
      const messages = messagesOf(text, JSON_ROWS, shape)
      expect(await echoesOf(peer, messages, shape.fragment, { theirBits: bits })).toEqual(as(messages))
      expect(await closing(peer)).toBe(1000)
    })
  })
})

describe('a client', () => {
  describe.each(PAYLOADS)('$what', ({ group, make, data }) => {
    test.each(SHAPES)(`${group}.$number messages of $size bytes, $how: are echoed`, async (shape) => {
      const peer = await peerOfClient(NO_TAKEOVER)
      const messages = messagesOf(make, data, shape)
      expect(await echoesOf(peer, messages, shape.fragment)).toEqual(as(messages))
      expect(await closing(peer)).toBe(1000)
    })
  })

  describe.each(ANSWERS)('$answer', ({ group, answer, serverBits, clientBits }) => {
    test.each(EXTREMES)(`${group}.$number messages of $size bytes, $how: are echoed`, async (shape) => {
      const peer = await peerOfClient(answer)
      const messages = messagesOf(text, JSON_ROWS, shape)
      const bits = { ourBits: serverBits, theirBits: clientBits }
      expect(await echoesOf(peer, messages, shape.fragment, bits)).toEqual(as(messages))
      expect(await closing(peer)).toBe(1000)
    })
  })
})

describe('an answer that was not asked for (RFC 7692 §7.1, RFC 6455 §9.1): ends the attempt to connect', () => {
  test.each([
    { answer: NO_TAKEOVER, compression: false, why: 'nothing was offered' },
    { answer: 'x-other', compression: true, why: 'something else was offered' },
    { answer: `${NO_TAKEOVER}; mem_level=9`, compression: true, why: 'an unknown parameter' },
    { answer: `${NO_TAKEOVER}; server_max_window_bits=7`, compression: true, why: 'a window that is too small' },
    { answer: `${NO_TAKEOVER}; client_max_window_bits=16`, compression: true, why: 'a window that is too large' },
    { answer: `${NO_TAKEOVER}; client_no_context_takeover`, compression: true, why: 'a parameter twice' },
    { answer: 'permessage-deflate;', compression: true, why: 'a list that is malformed' },
  ])('$answer: $why', async ({ answer, compression }) => {
    const { port, accepted } = await FramePeer.listen(answerTo(answer))
    const client = echoClient(port, compression)
    await expect(client).rejects.toThrow(/extension/i)
    expect(await (await accepted).read()).toBeUndefined()
  })
})

async function peerOfClient(answer: string): Promise<FramePeer> {
  const { port, accepted } = await FramePeer.listen(answerTo(answer))
  void echoClient(port, true)
  return accepted
}

/** Sends messages one by one, each compressed by itself. @returns their echoes */
async function echoesOf(
  peer: FramePeer,
  messages: readonly RawFrame[],
  fragment: number,
  { ourBits = 15, theirBits = 15 }: { ourBits?: number; theirBits?: number } = {},
): Promise<string[]> {
  const echoes: string[] = []
  for (const { payload, parts } of messages) {
    const packed = deflateRawSync(payload, { ...SYNC, windowBits: ourBits }).subarray(0, -TAIL.length)
    const message = { payload: packed, parts: { ...parts, rsv: RSV1 } }
    peer.send(...(fragment === 0 ? [message] : inFragments(message, fragment)))
    const echo = await peer.read()
    echoes.push(described(echo?.opcode, inflated(echo, theirBits)))
  }
  return echoes
}

function as(messages: readonly RawFrame[]): string[] {
  return messages.map(({ payload, parts }) => described(parts.opcode, payload))
}

/** A window of the wrong size shows: zlib refuses distances beyond it. */
function inflated(found: Frame | undefined, windowBits: number): Buffer {
  if (found?.rsv === 0) return found.payload
  return inflateRawSync(Buffer.concat([found?.payload ?? TAIL, TAIL]), { ...SYNC, windowBits })
}

function messagesOf(
  make: (payload: Buffer) => RawFrame,
  data: Buffer,
  { size }: { size: number },
): readonly RawFrame[] {
  return Array.from({ length: countOf(size) }, (_, i) => {
    const start = (i * size) % (data.length - size)
    return make(data.subarray(start, start + size))
  })
}

function json(size: number): Buffer {
  const rows = Array.from({ length: size / 50 }, (_, i) => ({
    id: i * 7919,
    name: `row ${i % 97}`,
    values: [i, i * i],
  }))
  return Buffer.from(JSON.stringify(rows)).subarray(0, size)
}

function picture(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, i) => (i % 512) / 4 + Math.sin(i / 5000) * 60 + 60))
}

function prose(size: number): Buffer {
  const words = [
    'Habe',
    'nun',
    'ach',
    'Philosophie',
    'Juristerei',
    'und',
    'Medizin',
    'durchaus',
    'studiert',
    'mit',
    'heißem',
    'Bemühn',
  ]
  return Buffer.from(
    Array.from({ length: size / 4 }, (_, i) => words[(i * i + i * 5) % words.length]).join(' '),
  ).subarray(0, size)
}

function html(size: number): Buffer {
  const rows = Array.from(
    { length: size / 40 },
    (_, i) => `<li class="item-${i % 13}"><a href="/${i * 31}">no. ${i}</a></li>`,
  )
  return Buffer.from(rows.join('\n')).subarray(0, size)
}

/** The same bytes in every run, which do not compress. */
function noise(size: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, i) => createHash('sha256').update(`${i}`).digest())
  return Buffer.concat(blocks).subarray(0, size)
}
