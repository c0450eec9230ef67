/** Groups 1 to 5, 7 and 10 of the Autobahn test suite as tables: what is sent, and what must come back. */

import type { RawFrame } from './conformance-peer.ts'
import { closePayload, type FrameParts } from './frame-client.ts'

export interface ConformanceCase {
  /** Number in the Autobahn test suite. */
  readonly id: string
  readonly what: string
  readonly send: readonly RawFrame[]
  /** How the bytes come: frame by frame, in chops of that many bytes, or in one piece by default. */
  readonly chop?: 'frames' | number
  /** What an endpoint that echoes answers, in this order. */
  readonly expect: readonly RawFrame[]
  /** Code of the close frame that must come; 1005 for one without. Where it is 1000 and nothing closes, the peer closes at the end. */
  readonly close: number
  /** The suite's NON-STRICT: nothing before the close frame is right, too. */
  readonly orSilent?: true
}

type Parts = Omit<FrameParts, 'opcode'>
const make =
  (opcode: number) =>
  (payload: string | Buffer, parts: Parts = {}): RawFrame => ({
    payload: Buffer.from(payload),
    parts: { ...parts, opcode },
  })

export const continuation: ReturnType<typeof make> = make(0)
export const text: ReturnType<typeof make> = make(1)
export const binary: ReturnType<typeof make> = make(2)
const ping = make(9)
const pong = make(10)
const close = (code?: number, reason: string | Buffer = '', parts: Parts = {}): RawFrame =>
  make(8)(code === undefined ? Buffer.from(reason) : closePayload(code, reason), parts)

const HELLO = 'Hello, world!'
const BYTES = Buffer.from('00fffefdfcfb00ff', 'hex')
const NOT_TEXT = Buffer.from('cebae1bdb9cf83cebcceb5eda080656469746564', 'hex')
const fe = (size: number): Buffer => Buffer.alloc(size, 0xfe)

type Row = Omit<ConformanceCase, 'close'>
const clean = (row: Row): ConformanceCase => ({ ...row, close: 1000 })
const echoed = (id: string, what: string, message: RawFrame, chop?: number): ConformanceCase => ({
  ...clean({ id, what, send: [message], expect: [message] }),
  ...(chop === undefined ? {} : { chop }),
})
const violation = (row: Omit<Row, 'expect'> & Partial<Row>): ConformanceCase => ({ expect: [], ...row, close: 1002 })

const SIZES = [0, 125, 126, 127, 128, 65_535, 65_536]

export const FRAMING: readonly ConformanceCase[] = [
  ...SIZES.map((size, i) => echoed(`1.1.${i + 1}`, `${size} bytes of text`, text('*'.repeat(size)))),
  echoed('1.1.8', '65536 bytes of text in chops of 997', text('*'.repeat(65_536)), 997),
  ...SIZES.map((size, i) => echoed(`1.2.${i + 1}`, `${size} bytes`, binary(fe(size)))),
  echoed('1.2.8', '65536 bytes in chops of 997', binary(fe(65_536)), 997),
]

const TEN = Array.from({ length: 10 }, (_, i) => `payload-${i}`)

export const PINGS: readonly ConformanceCase[] = [
  clean({ id: '2.1', what: 'a ping without data', send: [ping('')], expect: [pong('')] }),
  clean({ id: '2.2', what: 'a ping with text', send: [ping(HELLO)], expect: [pong(HELLO)] }),
  clean({ id: '2.3', what: 'a ping with data that is no text', send: [ping(BYTES)], expect: [pong(BYTES)] }),
  clean({ id: '2.4', what: 'a ping of 125 bytes', send: [ping(fe(125))], expect: [pong(fe(125))] }),
  violation({ id: '2.5', what: 'a ping of 126 bytes', send: [ping(fe(126))] }),
  clean({
    id: '2.6',
    what: 'a ping of 125 bytes, byte by byte',
    send: [ping(fe(125))],
    chop: 1,
    expect: [pong(fe(125))],
  }),
  clean({ id: '2.7', what: 'a pong that nobody asked for', send: [pong(''), close(1000)], expect: [] }),
  clean({ id: '2.8', what: 'such a pong with data', send: [pong('unasked'), close(1000)], expect: [] }),
  clean({ id: '2.9', what: 'such a pong, then a ping', send: [pong('unasked'), ping('data')], expect: [pong('data')] }),
  clean({ id: '2.10', what: 'ten pings', send: TEN.map((data) => ping(data)), expect: TEN.map((data) => pong(data)) }),
  clean({
    id: '2.11',
    what: 'ten pings, byte by byte',
    send: TEN.map((data) => ping(data)),
    chop: 1,
    expect: TEN.map((data) => pong(data)),
  }),
]

/** A message that is right, then something wrong, then a ping that is not answered any more. */
const afterMessage = (id: string, what: string, wrong: RawFrame, chop?: 'frames' | number): ConformanceCase => ({
  ...violation({ id, what, send: [text(HELLO), wrong, ping('')], expect: [text(HELLO)] }),
  orSilent: true,
  ...(chop === undefined ? {} : { chop }),
})

export const RESERVED: readonly ConformanceCase[] = [
  violation({ id: '3.1', what: 'reserved bits 1 in text', send: [text(HELLO, { rsv: 1 })] }),
  afterMessage('3.2', 'reserved bits 2 behind a message', text(HELLO, { rsv: 2 })),
  afterMessage('3.3', 'reserved bits 3, frame by frame', text(HELLO, { rsv: 3 }), 'frames'),
  afterMessage('3.4', 'reserved bits 4, byte by byte', text(HELLO, { rsv: 4 }), 1),
  violation({ id: '3.5', what: 'reserved bits 5 in bytes', send: [binary(BYTES, { rsv: 5 })] }),
  violation({ id: '3.6', what: 'reserved bits 6 in a ping', send: [ping(HELLO, { rsv: 6 })] }),
  violation({ id: '3.7', what: 'reserved bits 7 in a close frame', send: [close(undefined, '', { rsv: 7 })] }),
  violation({ id: '4.1.1', what: 'opcode 3', send: [make(3)('')] }),
  violation({ id: '4.1.2', what: 'opcode 4 with data', send: [make(4)('reserved')] }),
  afterMessage('4.1.3', 'opcode 5 behind a message', make(5)('')),
  afterMessage('4.1.4', 'opcode 6 with data', make(6)(HELLO)),
  afterMessage('4.1.5', 'opcode 7, byte by byte', make(7)(HELLO), 1),
  violation({ id: '4.2.1', what: 'opcode 11', send: [make(11)('')] }),
  violation({ id: '4.2.2', what: 'opcode 12 with data', send: [make(12)('reserved')] }),
  afterMessage('4.2.3', 'opcode 13 behind a message', make(13)('')),
  afterMessage('4.2.4', 'opcode 14 with data', make(14)(HELLO)),
  afterMessage('4.2.5', 'opcode 15, byte by byte', make(15)(HELLO), 1),
]

const OPEN = { fin: false }
const TWO = [text('one', OPEN), continuation('two')]
const WITH_PING = [text('one', OPEN), ping('data'), continuation('two')]
const STRAY = [continuation('stray'), text(HELLO)]
const STRAY_OPEN = [continuation('stray', OPEN), text(HELLO)]
const FIVE = [
  text('1', OPEN),
  continuation('2', OPEN),
  ping('first'),
  continuation('3', OPEN),
  continuation('4', OPEN),
  ping('second'),
  continuation('5'),
]

export const FRAGMENTS: readonly ConformanceCase[] = [
  violation({ id: '5.1', what: 'a ping in fragments', send: [ping('one', OPEN), continuation('two')] }),
  violation({ id: '5.2', what: 'a pong in fragments', send: [pong('one', OPEN), continuation('two')] }),
  clean({ id: '5.3', what: 'text in two fragments', send: TWO, expect: [text('onetwo')] }),
  clean({ id: '5.4', what: 'the same, frame by frame', send: TWO, chop: 'frames', expect: [text('onetwo')] }),
  clean({ id: '5.5', what: 'the same, byte by byte', send: TWO, chop: 1, expect: [text('onetwo')] }),
  ...(['in one piece', 'frames', 1] as const).map((chop, i) =>
    clean({
      id: `5.${6 + i}`,
      what: `a ping between fragments, ${chop === 1 ? 'byte by byte' : chop}`,
      send: WITH_PING,
      ...(chop === 'in one piece' ? {} : { chop }),
      expect: [pong('data'), text('onetwo')],
    }),
  ),
  violation({ id: '5.9', what: 'a continuation of nothing', send: STRAY }),
  violation({ id: '5.10', what: 'the same, frame by frame', send: STRAY, chop: 'frames' }),
  violation({ id: '5.11', what: 'the same, byte by byte', send: STRAY, chop: 1 }),
  violation({ id: '5.12', what: 'a continuation of nothing that goes on', send: STRAY_OPEN }),
  violation({ id: '5.13', what: 'the same, frame by frame', send: STRAY_OPEN, chop: 'frames' }),
  violation({ id: '5.14', what: 'the same, byte by byte', send: STRAY_OPEN, chop: 1 }),
  {
    ...violation({
      id: '5.15',
      what: 'a continuation of nothing behind a message in fragments',
      send: [...TWO, continuation('three', OPEN), text('four')],
      expect: [text('onetwo')],
    }),
    orSilent: true,
  },
  violation({
    id: '5.16',
    what: 'before each message a continuation that goes on',
    send: twice(continuation('0', OPEN)),
  }),
  violation({ id: '5.17', what: 'before each message a continuation', send: twice(continuation('0')) }),
  violation({ id: '5.18', what: 'a second text frame as the continuation', send: [text('one', OPEN), text('two')] }),
  clean({
    id: '5.19',
    what: 'five fragments, two pings',
    send: FIVE,
    expect: [pong('first'), pong('second'), text('12345')],
  }),
  clean({
    id: '5.20',
    what: 'the same, frame by frame',
    send: FIVE,
    chop: 'frames',
    expect: [pong('first'), pong('second'), text('12345')],
  }),
]

function twice(stray: RawFrame): RawFrame[] {
  return [stray, ...TWO, stray, ...TWO]
}

const VALID_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
const INVALID_CODES = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999]

export const CLOSES: readonly ConformanceCase[] = [
  clean({ id: '7.1.1', what: 'a message, then a close frame', send: [text(HELLO)], expect: [text(HELLO)] }),
  clean({ id: '7.1.2', what: 'two close frames', send: [close(1000), close()], expect: [] }),
  clean({ id: '7.1.3', what: 'a ping behind a close frame', send: [close(1000), ping('')], expect: [] }),
  clean({ id: '7.1.4', what: 'text behind a close frame', send: [close(1000), text(HELLO)], expect: [] }),
  clean({
    id: '7.1.5',
    what: 'a close frame between fragments',
    send: [text('one', OPEN), close(1000), continuation('two')],
    expect: [],
  }),
  clean({
    id: '7.1.6',
    what: '256 KiB, a message, a close frame and a ping',
    send: [text('BAsd7&jh23'.repeat(26_215).slice(0, 262_144)), text(HELLO), close(1000), ping('')],
    expect: [text('BAsd7&jh23'.repeat(26_215).slice(0, 262_144)), text(HELLO)],
    orSilent: true,
  }),
  { id: '7.3.1', what: 'a close frame without a code', send: [close()], expect: [], close: 1005 },
  violation({ id: '7.3.2', what: 'half a code', send: [close(undefined, 'a')] }),
  clean({ id: '7.3.3', what: 'a code', send: [close(1000)], expect: [] }),
  clean({ id: '7.3.4', what: 'a code and a reason', send: [close(1000, HELLO)], expect: [] }),
  clean({ id: '7.3.5', what: 'a reason of 123 bytes', send: [close(1000, '*'.repeat(123))], expect: [] }),
  violation({ id: '7.3.6', what: 'a reason of 124 bytes', send: [close(1000, '*'.repeat(124))] }),
  { id: '7.5.1', what: 'a reason that is not UTF-8', send: [close(1000, NOT_TEXT)], expect: [], close: 1007 },
  ...VALID_CODES.map((code, i) => ({
    id: `7.7.${i + 1}`,
    what: `code ${code}`,
    send: [close(code)],
    expect: [],
    close: code,
  })),
  ...INVALID_CODES.map((code, i) => violation({ id: `7.9.${i + 1}`, what: `code ${code}`, send: [close(code)] })),
  violation({ id: '7.13.1', what: 'code 5000, which the suite leaves open', send: [close(5000)] }),
  violation({ id: '7.13.2', what: 'code 65535, which the suite leaves open', send: [close(65_535)] }),
]

export const AUTO_FRAGMENTS: readonly ConformanceCase[] = [
  clean({
    id: '10.1.1',
    what: '65536 bytes of text in fragments of 1300',
    send: inFragments(text('*'.repeat(65_536)), 1300),
    expect: [text('*'.repeat(65_536))],
  }),
]

/** The frames of one message, each of at most that many bytes. */
export function inFragments({ payload, parts }: RawFrame, size: number): RawFrame[] {
  const count = Math.max(1, Math.ceil(payload.length / size))
  return Array.from({ length: count }, (_, i) => ({
    payload: payload.subarray(i * size, (i + 1) * size),
    parts: { ...parts, fin: i === count - 1, ...(i === 0 ? {} : { opcode: 0, rsv: 0 }) },
  }))
}
