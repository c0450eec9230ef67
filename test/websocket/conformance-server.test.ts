/** The Autobahn test suite's cases against a server with a handler that echoes. */
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import {
  AUTO_FRAGMENTS,
  CLOSES,
  type ConformanceCase,
  FRAGMENTS,
  FRAMING,
  PINGS,
  RESERVED,
} from './conformance-cases.ts'
import { FramePeer } from './conformance-peer.ts'
import { converse, EchoHandler, echoServer, expected } from './conformance-run.ts'
import { FAIL_FAST, UTF8 } from './conformance-utf8.ts'

const GROUPS: readonly { name: string; cases: readonly ConformanceCase[] }[] = [
  { name: '1: framing (§5.2)', cases: FRAMING },
  { name: '2: pings and pongs (§5.5.2)', cases: PINGS },
  { name: '3 and 4: reserved bits and opcodes (§5.2)', cases: RESERVED },
  { name: '5: fragmentation (§5.4)', cases: FRAGMENTS },
  { name: '6: UTF-8 (§8.1)', cases: UTF8 },
  { name: '7: closing (§5.5.1, §7.4)', cases: CLOSES },
  { name: '10: fragments made by the sender', cases: AUTO_FRAGMENTS },
]

/** Compression is agreed on, and no echo is long enough for it. */
class CompressingHandler extends EchoHandler {
  static override readonly compression = { threshold: 1024 * 1024 * 1024 }
}

/** Everything that comes meets a hook that is still busy. */
class BusyHandler extends EchoHandler {
  override async open(): Promise<void> {
    await turn()
  }

  override async onMessage(message: string | Buffer): Promise<void> {
    await turn()
    await this.writeMessage(message)
  }

  override async onPing(): Promise<void> {
    await turn()
  }

  override async onPong(): Promise<void> {
    await turn()
  }
}

/** In place of `onMessage()`, a loop. */
class LoopHandler extends EchoHandler {
  override async open(): Promise<void> {
    for await (const message of this.messages()) await this.writeMessage(message)
  }
}

const WAYS: readonly { way: string; Handler: typeof EchoHandler; extensions?: string }[] = [
  { way: 'with compression agreed on', Handler: CompressingHandler, extensions: 'permessage-deflate' },
  { way: 'with hooks that take their time', Handler: BusyHandler },
  { way: 'with a loop over the messages', Handler: LoopHandler },
]

describe.each(GROUPS)('group $name', ({ cases }) => {
  test.each(cases)('$id $what: $close', async (spec) => {
    const { port, log } = await echoServer()
    const peer = await FramePeer.connect(port)
    expect(await converse(peer, spec)).toEqual(expected(spec))
    expect(await log.until(1)).toEqual([spec.close])
  })

  test.each(WAYS)('all cases, $way: the same outcomes', async ({ Handler, extensions }) => {
    const { port, log } = await echoServer(Handler)
    const chosen = extensions === undefined ? cases : cases.filter(({ id }) => id !== '3.4') // RSV1 is a right bit then
    const outcomes = chosen.map(async (spec) => {
      const peer = await FramePeer.connect(port, extensions)
      expect(peer.head.includes('permessage-deflate')).toBe(extensions !== undefined)
      return { id: spec.id, ...(await converse(peer, spec)) }
    })
    expect(await Promise.all(outcomes)).toEqual(chosen.map((spec) => ({ id: spec.id, ...expected(spec) })))
    expect(sorted(await log.until(chosen.length))).toEqual(sorted(chosen.map(({ close }) => close)))
  })

  test('all cases, in the same segment as the handshake: the same outcomes', async () => {
    const { port, log } = await echoServer()
    const outcomes = cases.map(async (spec) => {
      const peer = await FramePeer.connect(port, undefined, spec.send)
      return { id: spec.id, ...(await converse(peer, spec, () => [])) } // all of it is sent already
    })
    expect(await Promise.all(outcomes)).toEqual(cases.map((spec) => ({ id: spec.id, ...expected(spec) })))
    expect(sorted(await log.until(cases.length))).toEqual(sorted(cases.map(({ close }) => close)))
  })
})

describe('group 6.4: text is refused at its first wrong byte', () => {
  test.each(FAIL_FAST)('$id $what: 1007 before the rest of the message comes', async ({ send, stops }) => {
    const { port, log } = await echoServer()
    const peer = await FramePeer.connect(port)
    await peer.sendApart(stops === undefined ? send.map((each) => peer.encode([each])) : upTo(stops, peer.encode(send)))
    const found = await peer.read()
    expect([found?.opcode, found?.payload.readUInt16BE(0)]).toEqual([8, 1007])
    expect(await peer.read()).toBeUndefined()
    expect(await log.until(1)).toEqual([1007])
  })
})

/** Pieces of a short masked frame that end where so much of its payload is there. */
function upTo([first, second]: readonly [number, number], bytes: Buffer): Buffer[] {
  const head = 6 // two bytes and the mask
  return [bytes.subarray(0, head + first), bytes.subarray(head + first, head + second)]
}

function sorted(codes: readonly number[]): number[] {
  return codes.toSorted((a, b) => a - b)
}
