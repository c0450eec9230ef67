/** Names with every character that needs care, percent-encoded once and decoded once. RFC 3986 §2. */
import { type ConformanceCase, REFUSED } from '../conformance-case.ts'

const NAMES: readonly (readonly [path: string, body: string])[] = [
  ['names/with%20space.txt', 'space'],
  ['names/plus+sign.txt', 'plus'],
  ['names/plus%2Bsign.txt', 'plus'],
  ['names/percent%2541.txt', 'percent'],
  ['names/%C3%BCn%C3%AF-%E6%97%A5%E6%9C%AC.txt', 'unicode'],
  ['names/%c3%bcn%c3%af-%e6%97%a5%e6%9c%ac.txt', 'unicode'],
  ['names/semi;colon.txt', 'semicolon'],
  ['names/semi%3Bcolon.txt', 'semicolon'],
  ['names/hash%23mark.txt', 'hash'],
  ['names/question%3F.txt', 'question'],
  ["names/quote'.txt", 'quote'],
  ['names/quote%27.txt', 'quote'],
  ['names/double%22quote.txt', 'double quote'],
  ['names/amp&ersand.txt', 'ampersand'],
  ['names/a..b.txt', 'dots inside'],
  ['names/trailing...', 'dots at the end'],
  ['names/~tilde.txt', 'tilde'],
  ['names/%7Etilde.txt', 'tilde'],
  ['names/colon:name.txt', 'colon'],
  ['names/back%5Cslash.txt', 'backslash'],
  ['%68%65%6C%6C%6F.txt', 'Hello, static world\n'],
  ['hello.txt?', 'Hello, static world\n'],
  ['hello.txt?query=1&x=/../../secret.txt', 'Hello, static world\n'],
  ['hello.txt?a=%2e%2e%2f', 'Hello, static world\n'],
]

const ABSENT = [
  'names/with+space.txt',
  'names/percentA.txt',
  'names/percent%41.txt',
  'names/u%CC%88ni%CC%88-%E6%97%A5%E6%9C%AC.txt',
  'HELLO.TXT',
  'upper.txt',
  'hello',
  'hello.tx',
  'hello.txt.',
  'hello.txt%20',
  'hello.txt::$DATA',
  'nothing.txt',
  'nothing/at/all',
] as const

const MALFORMED = ['%', '%4', '%zz', 'hello%.txt', 'hello.txt%', '%ff', '%C3', '%ED%A0%80', 'names/%E6%97.txt'] as const

export const nameCases: readonly ConformanceCase[] = [
  ...NAMES.map(([path, body]) => ({ title: `${path} is decoded once`, path, status: 200, body })),
  ...ABSENT.map((path) => ({ title: `${path} is the name of no file`, path, status: REFUSED })),
  ...MALFORMED.map((path) => ({ title: `${path} is no percent-encoded UTF-8`, path, status: REFUSED })),
]
