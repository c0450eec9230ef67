/** Group 9 of the Autobahn test suite: large messages, many fragments, small chops and many round trips. */
import { WebSocketHandler } from '@typhoon/websocket'
import { describe, expect, test } from 'vitest'
import { binary, continuation, inFragments, text } from './conformance-cases.ts'
import { FramePeer, type RawFrame } from './conformance-peer.ts'
import { answerTo, chops, closing, described, echoClient, echoServer } from './conformance-run.ts'
import { serve } from './socket-server.ts'

const KIB = 1024
const MIB = 1024 * KIB

// As in the suite, and scaled where only the duration would grow.
const SIZES = [
  { number: 1, size: 64 * KIB },
  { number: 2, size: 256 * KIB },
  { number: 3, size: MIB },
  { number: 4, size: 4 * MIB },
  { number: 5, size: 6 * MIB }, // the suite: 8 MiB
  { number: 6, size: 8 * MIB }, // the suite: 16 MiB
]
const FRAGMENTS = [
  { number: 1, size: 4 * MIB, fragment: 64 }, // more fragments than ws takes by default
  ...[256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB].map((fragment, i) => ({
    number: i + 2,
    size: Math.max(MIB, fragment), // the suite: 4 MiB
    fragment,
  })),
]
const CHOPS = [64, 128, 256, 512, KIB, 2 * KIB].map((chop, i) => ({ number: i + 1, size: 64 * KIB, chop })) // 1 MiB
const ROUND_TRIPS = [0, 16, 64, 256, KIB, 4 * KIB].map((size, i) => ({ number: i + 1, count: 100, size })) // 1000

const KINDS = [
  {
    kind: 'text',
    of: (size: number) => text(Buffer.alloc(size, 'BAsd7&jh23')),
    groups: { large: '9.1', fragments: '9.3', chops: '9.5', trips: '9.7' },
  },
  {
    kind: 'bytes',
    of: (size: number) => binary(Buffer.alloc(size, '00fe017ffd', 'hex')),
    groups: { large: '9.2', fragments: '9.4', chops: '9.6', trips: '9.8' },
  },
]
const ENDPOINTS = [
  { endpoint: 'a server', peerOf: async () => FramePeer.connect((await echoServer()).port) },
  { endpoint: 'a client', peerOf: peerOfClient },
]
const COMBINATIONS = ENDPOINTS.flatMap(({ endpoint, peerOf }) => KINDS.map((each) => ({ endpoint, peerOf, ...each })))

describe.each(COMBINATIONS)('$kind to $endpoint', ({ peerOf, of, groups }) => {
  test.each(SIZES)(`${groups.large}.$number $size bytes: are echoed`, async ({ size }) => {
    const peer = await peerOf()
    peer.send(of(size))
    expect(await echoFrom(peer)).toBe(as(of(size)))
    expect(await closing(peer)).toBe(1000)
  })

  test.each(FRAGMENTS)(`${groups.fragments}.$number $size bytes in fragments of $fragment: are echoed`, async (row) => {
    const peer = await peerOf()
    peer.send(...inFragments(of(row.size), row.fragment))
    expect(await echoFrom(peer)).toBe(as(of(row.size)))
    expect(await closing(peer)).toBe(1000)
  })

  test.each(CHOPS)(`${groups.chops}.$number $size bytes in chops of $chop: are echoed`, async ({ size, chop }) => {
    const peer = await peerOf()
    await peer.sendApart(chops(peer.encode([of(size)]), chop))
    expect(await echoFrom(peer)).toBe(as(of(size)))
    expect(await closing(peer)).toBe(1000)
  })

  test.each(ROUND_TRIPS)(`${groups.trips}.$number $count times $size bytes: are echoed`, async ({ count, size }) => {
    const peer = await peerOf()
    for (let i = 0; i < count; i++) {
      peer.send(of(size))
      expect(await echoFrom(peer)).toBe(as(of(size)))
    }
    expect(await closing(peer)).toBe(1000)
  })
})

describe('fragments of a message of at most 1 MiB', () => {
  class Handler extends WebSocketHandler {
    override async onMessage(message: string | Buffer): Promise<void> {
      await this.writeMessage(`${message.length}`)
    }
  }
  const connect = async () => FramePeer.connect((await serve([['/', Handler]])).port)

  test('1 MiB in fragments of 64 bytes: is one message', async () => {
    const peer = await connect()
    peer.send(...inFragments(text('*'.repeat(MIB)), 64))
    expect(await echoFrom(peer)).toBe(as(text(`${MIB}`)))
  })

  test('16385 fragments: 1008, for each takes memory, also an empty one', async () => {
    const peer = await connect()
    peer.send(text('', { fin: false }), ...Array.from({ length: 16_384 }, () => continuation('', { fin: false })))
    const found = await peer.read()
    expect([found?.opcode, found?.payload.readUInt16BE(0)]).toEqual([8, 1008])
    expect(await peer.read()).toBeUndefined()
  })
})

async function peerOfClient(): Promise<FramePeer> {
  const { port, accepted } = await FramePeer.listen(answerTo())
  void echoClient(port)
  return accepted
}

async function echoFrom(peer: FramePeer): Promise<string> {
  const { fin, rsv, opcode, payload } = (await peer.read()) ?? {}
  if (fin !== true || rsv !== 0 || payload === undefined) return `FIN ${fin}, reserved bits ${rsv}`
  return described(opcode, payload)
}

function as({ payload, parts }: RawFrame): string {
  return described(parts.opcode, payload)
}
