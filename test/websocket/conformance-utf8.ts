/** Group 6 of the Autobahn test suite: text that is UTF-8 and text that is not, most of it from Markus Kuhn's stress test. */
import { type ConformanceCase, continuation, inFragments, text } from './conformance-cases.ts'
import type { RawFrame } from './conformance-peer.ts'

const OPEN = { fin: false }
const GREETING = 'Hello-µ@ßöäüàá-UTF-8!!'
const KOSME = 'cebae1bdb9cf83cebcceb5' // Greek, characters of 2, 3, 2, 2 and 2 bytes
const SURROGATE = Buffer.from(`${KOSME}eda080656469746564`, 'hex')
const MIDDLE = 'middle frame payload'

const valid = (id: string, what: string, bytes: Buffer): ConformanceCase => ({
  id,
  what,
  send: [text(bytes)],
  expect: [text(bytes)],
  close: 1000,
})
const invalid = (id: string, what: string, bytes: Buffer): ConformanceCase => ({
  id,
  what,
  send: [text(bytes)],
  expect: [],
  close: 1007,
})
const inBytes = (whole: ConformanceCase, id: string): ConformanceCase => ({
  ...whole,
  id,
  what: `${whole.what}, in fragments of one byte`,
  send: whole.send.flatMap((message) => inFragments(message, 1)),
})

const FRAGMENTED: readonly ConformanceCase[] = [
  valid('6.1.1', 'empty', Buffer.alloc(0)),
  {
    ...valid('6.1.2', 'three empty fragments', Buffer.alloc(0)),
    send: [text('', OPEN), continuation('', OPEN), continuation('')],
  },
  {
    ...valid('6.1.3', 'a fragment between two empty ones', Buffer.from(MIDDLE)),
    send: [text('', OPEN), continuation(MIDDLE, OPEN), continuation('')],
  },
  valid('6.2.1', GREETING, Buffer.from(GREETING)),
  {
    ...valid('6.2.2', `${GREETING}, two fragments cut between characters`, Buffer.from(GREETING)),
    send: [text('Hello-µ@ßöä', OPEN), continuation('üàá-UTF-8!!')],
  },
  inBytes(valid('', GREETING, Buffer.from(GREETING)), '6.2.3'),
  inBytes(valid('', KOSME, Buffer.from(KOSME, 'hex')), '6.2.4'),
  invalid('6.3.1', 'a surrogate', SURROGATE),
  inBytes(invalid('', 'a surrogate', SURROGATE), '6.3.2'),
]

const bytesBetween = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)
const lonely = (from: number, to: number): string =>
  Buffer.from(bytesBetween(from, to).flatMap((byte) => [byte, 0x20])).toString('hex')

const CUT_SHORT = [
  ['c0', 'e080', 'f08080', 'f8808080', 'fc80808080'],
  ['df', 'efbf', 'f7bfbf', 'fbbfbfbf', 'fdbfbfbfbf'],
].flat()
const NONCHARACTERS = ['f0', 'f1', 'f2', 'f3', 'f4'].flatMap((first) =>
  ['8f', '9f', 'af', 'bf']
    .filter((second) => (first === 'f0' ? second !== '8f' : first !== 'f4' || second === '8f')) // neither overlong nor too large
    .flatMap((second) => [`${first}${second}bfbe`, `${first}${second}bfbf`]),
)

/** Rows of the suite, numbered through: the valid ones of a row come first. */
const SEQUENCES: readonly { group: string; what: string; valid?: readonly string[]; invalid?: readonly string[] }[] = [
  {
    group: '6.5',
    what: 'valid text',
    valid: [
      '68656c6c6f24776f726c64',
      '68656c6c6fc2a2776f726c64',
      '68656c6c6fe282ac776f726c64',
      '68656c6c6ff0a4ada2776f726c64',
      KOSME,
    ],
  },
  { group: '6.7', what: 'first of a length', valid: ['00', 'c280', 'e0a080', 'f0908080'] },
  { group: '6.8', what: 'first of a length above 4', invalid: ['f888808080', 'fc8480808080'] },
  { group: '6.9', what: 'last of a length', valid: ['7f', 'dfbf', 'efbfbf', 'f48fbfbf'] },
  { group: '6.10', what: 'last of a length, too large', invalid: ['f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf'] },
  { group: '6.11', what: 'boundaries', valid: ['ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf'], invalid: ['f4908080'] },
  {
    group: '6.12',
    what: 'continuations alone',
    invalid: [
      '80',
      'bf',
      '80bf',
      '80bf80',
      '80bf80bf',
      '80bf80bf80',
      '80bf80bf80bf',
      Buffer.from(bytesBetween(0x80, 0xbf)).toString('hex'),
    ],
  },
  {
    group: '6.13',
    what: 'starts alone',
    invalid: [lonely(0xc0, 0xdf), lonely(0xe0, 0xef), lonely(0xf0, 0xf7), lonely(0xf8, 0xfb), lonely(0xfc, 0xfd)],
  },
  { group: '6.14', what: 'the last byte is missing', invalid: CUT_SHORT },
  { group: '6.15', what: 'several that are cut short', invalid: [CUT_SHORT.join('')] },
  { group: '6.16', what: 'bytes that never occur', invalid: ['fe', 'ff', 'fefeffff'] },
  { group: '6.17', what: 'overlong /', invalid: ['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af'] },
  { group: '6.18', what: 'last overlong', invalid: ['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf'] },
  { group: '6.19', what: 'overlong NUL', invalid: ['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080'] },
  {
    group: '6.20',
    what: 'a surrogate',
    invalid: ['eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf'],
  },
  {
    group: '6.21',
    what: 'two surrogates',
    invalid: ['eda080', 'edadbf', 'edae80', 'edafbf'].flatMap((high) => [`${high}edb080`, `${high}edbfbf`]),
  },
  { group: '6.22', what: 'no character, but valid', valid: ['efbfbe', 'efbfbf', ...NONCHARACTERS] },
  {
    group: '6.23',
    what: 'specials',
    valid: ['efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbfbd', 'efbfbe', 'efbfbf'],
  },
]

const ENDS_OF_CHARACTERS: readonly number[] = [2, 5, 7, 9, 11]
const PREFIXES: readonly ConformanceCase[] = Array.from({ length: 11 }, (_, i) =>
  (ENDS_OF_CHARACTERS.includes(i + 1) ? valid : invalid)(
    `6.6.${i + 1}`,
    `${i + 1} bytes of ${KOSME}`,
    Buffer.from(KOSME, 'hex').subarray(0, i + 1),
  ),
)

export const UTF8: readonly ConformanceCase[] = [
  ...FRAGMENTED,
  ...PREFIXES,
  ...SEQUENCES.flatMap(({ group, what, valid: right = [], invalid: wrong = [] }) => [
    ...right.map((hex, i) => valid(`${group}.${i + 1}`, `${what}, ${hex}`, Buffer.from(hex, 'hex'))),
    ...wrong.map((hex, i) => invalid(`${group}.${right.length + i + 1}`, `${what}, ${hex}`, Buffer.from(hex, 'hex'))),
  ]),
]

const BEYOND = Buffer.from(`${KOSME}f4908080656469746564`, 'hex') // wrong from its thirteenth byte on

/** Frames of a message whose text is found to be wrong before its end; where they end at `stops`, only so much of the payload comes. */
export const FAIL_FAST: readonly {
  readonly id: string
  readonly what: string
  readonly send: readonly RawFrame[]
  readonly stops?: readonly [number, number]
}[] = [
  {
    id: '6.4.1',
    what: 'a fragment with the wrong character',
    send: [text(BEYOND.subarray(0, 11), OPEN), continuation(BEYOND.subarray(11, 15), OPEN)],
  },
  {
    id: '6.4.2',
    what: 'a fragment with the wrong byte',
    send: [text(BEYOND.subarray(0, 12), OPEN), continuation(BEYOND.subarray(12, 13), OPEN)],
  },
  { id: '6.4.3', what: 'a part of a frame with the wrong character', send: [text(BEYOND)], stops: [11, 15] },
  { id: '6.4.4', what: 'a part of a frame with the wrong byte', send: [text(BEYOND)], stops: [12, 13] },
]
