/** Conditions on validators, in the order of RFC 9110 §13.2.2. The fixture's files were modified on 2 January 2024. */
import type { ConformanceCase, KnownValidators } from '../conformance-case.ts'

const BEFORE = 'Mon, 01 Jan 2024 00:00:00 GMT'
const AFTER = 'Wed, 03 Jan 2024 00:00:00 GMT'
const SAME = 'Tue, 02 Jan 2024 03:04:05 GMT'

type Fields = (known: KnownValidators) => Readonly<Record<string, string>>

const UNMODIFIED: readonly (readonly [title: string, headers: Fields])[] = [
  ['the tag', ({ etag }) => ({ 'If-None-Match': etag })],
  ['the tag among others', ({ etag }) => ({ 'If-None-Match': `"other", ${etag}, "another"` })],
  ['the tag behind one with a comma in it', ({ etag }) => ({ 'If-None-Match': `"a,b", ${etag}` })],
  ['the tag as a weak one, §13.1.2', ({ etag }) => ({ 'If-None-Match': etag.startsWith('W/') ? etag : `W/${etag}` })],
  ['any tag', () => ({ 'If-None-Match': '*' })],
  ['the same date', () => ({ 'If-Modified-Since': SAME })],
  ['a later date', () => ({ 'If-Modified-Since': AFTER })],
  [
    'the tag, and an earlier date that does not count',
    ({ etag }) => ({ 'If-None-Match': etag, 'If-Modified-Since': BEFORE }),
  ],
  ['the same date in the form of RFC 850', () => ({ 'If-Modified-Since': 'Tuesday, 02-Jan-24 03:04:05 GMT' })],
  ['the same date in the form of asctime', () => ({ 'If-Modified-Since': 'Tue Jan  2 03:04:05 2024' })],
  ['the tag, with a range that does not count', ({ etag }) => ({ 'If-None-Match': etag, Range: 'bytes=0-1' })],
]

const MODIFIED: readonly (readonly [title: string, headers: Fields])[] = [
  ['another tag', () => ({ 'If-None-Match': '"other"' })],
  [
    'another tag, and a later date that does not count',
    () => ({ 'If-None-Match': '"other"', 'If-Modified-Since': AFTER }),
  ],
  ['an earlier date', () => ({ 'If-Modified-Since': BEFORE })],
  ['a date that is none', () => ({ 'If-Modified-Since': 'yesterday' })],
  ['an empty date', () => ({ 'If-Modified-Since': '' })],
  ['a date that no calendar has', () => ({ 'If-Modified-Since': 'Fri, 31 Feb 2025 00:00:00 GMT' })],
  ['a number for a date', () => ({ 'If-Modified-Since': '1704164645' })],
  ['an unquoted tag', () => ({ 'If-None-Match': 'other' })],
  ['an empty list of tags', () => ({ 'If-None-Match': '' })],
  ['a tag without an end', () => ({ 'If-None-Match': '"other' })],
]

const FAILED: readonly (readonly [title: string, headers: Fields])[] = [
  ['If-Match with another tag', () => ({ 'If-Match': '"other"' })],
  [
    'If-Match with a weak tag, compared strongly, §13.1.1',
    ({ etag }) => ({ 'If-Match': etag.startsWith('W/') ? etag : `W/${etag}` }),
  ],
  ['If-Unmodified-Since with an earlier date', () => ({ 'If-Unmodified-Since': BEFORE })],
  [
    'If-Match fails before If-None-Match is looked at',
    ({ etag }) => ({ 'If-Match': '"other"', 'If-None-Match': etag }),
  ],
  ['If-Match fails before Range is looked at', () => ({ 'If-Match': '"other"', Range: 'bytes=0-1' })],
]

const HELD: readonly (readonly [title: string, headers: Fields])[] = [
  ['If-Match with any tag', () => ({ 'If-Match': '*' })],
  ['If-Unmodified-Since with the same date', () => ({ 'If-Unmodified-Since': SAME })],
  ['If-Unmodified-Since with a later date', () => ({ 'If-Unmodified-Since': AFTER })],
  ['If-Unmodified-Since with a date that is none', () => ({ 'If-Unmodified-Since': 'now' })],
  ['If-Match decides, If-Unmodified-Since does not count', () => ({ 'If-Match': '*', 'If-Unmodified-Since': BEFORE })],
]

export const conditionalCases: readonly ConformanceCase[] = [
  ...UNMODIFIED.map(([title, headers]) => ({
    title: `304 for ${title}`,
    path: 'hello.txt',
    headers,
    status: 304,
    fields: { etag: /"/, 'content-type': undefined, 'content-length': undefined },
    body: '',
  })),
  ...MODIFIED.map(([title, headers]) => ({
    title: `200 for ${title}`,
    path: 'hello.txt',
    headers,
    status: 200,
    body: 'Hello, static world\n',
  })),
  ...FAILED.map(([title, headers]) => ({ title: `412: ${title}`, path: 'hello.txt', headers, status: 412 })),
  ...HELD.map(([title, headers]) => ({
    title: `200: ${title}`,
    path: 'hello.txt',
    headers,
    status: 200,
    body: 'Hello, static world\n',
  })),
  {
    title: 'If-Match with the tag, where it is strong',
    path: 'hello.txt',
    headers: ({ etag }) => ({ 'If-Match': `"other", ${etag}` }),
    status: 200,
    needs: 'strong-etag',
  },
  {
    title: 'HEAD has conditions too',
    method: 'HEAD',
    path: 'hello.txt',
    headers: ({ etag }) => ({ 'If-None-Match': etag }),
    status: 304,
    body: '',
  },
  {
    title: 'HEAD fails conditions too',
    method: 'HEAD',
    path: 'hello.txt',
    headers: { 'If-Match': '"other"' },
    status: 412,
    body: '',
  },
  {
    title: 'a missing file is 404 whatever the conditions',
    path: 'nothing.txt',
    headers: { 'If-None-Match': '*' },
    status: 404,
  },
]
