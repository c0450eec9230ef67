/** Parts of a file. RFC 9110 §14; `digits.bin` has 1000 bytes, the digits over and over. */
import { expect } from 'vitest'
import type { ConformanceCase, KnownValidators } from '../conformance-case.ts'
import { DIGITS, LARGE } from '../fixture.ts'
import type { RawResponse } from '../raw-request.ts'

const PARTS: readonly (readonly [range: string, start: number, end: number, why: string])[] = [
  ['bytes=0-0', 0, 0, 'the first byte alone'],
  ['bytes=0-9', 0, 9, 'the first ten'],
  ['bytes=500-599', 500, 599, 'from the middle'],
  ['bytes=999-999', 999, 999, 'the last byte'],
  ['bytes=990-', 990, 999, 'from a position to the end'],
  ['bytes=-10', 990, 999, 'a suffix'],
  ['bytes=-1', 999, 999, 'a suffix of one'],
  ['bytes=990-5000', 990, 999, 'an end past the file is cut'],
  ['bytes=1-99999999999999999999999', 1, 999, 'a position beyond any number'],
  ['Bytes=0-9', 0, 9, 'unit names ignore case, §14.1'],
  ['bytes=0-9,', 0, 9, 'an empty member counts for nothing, §5.6.1.2'],
  ['bytes=0-9,2000-', 0, 9, 'a member past the end is left out, so one part remains'],
]

const WHOLE: readonly (readonly [range: string, why: string])[] = [
  ['bytes=', 'no range at all'],
  ['bytes=-', 'neither position'],
  ['bytes=5-4', 'the end before the start'],
  ['bytes=a-b', 'no digits'],
  ['bytes=0x0-0x9', 'hexadecimal'],
  ['bytes=+1-2', 'a sign'],
  ['bytes=1_0-1_2', 'digits with underscores'],
  ['bytes=1.0-2.0', 'fractions'],
  ['bytes 0-9', 'no equals sign'],
  ['bytes=0-9-19', 'too many positions'],
  ['bytes=5', 'no dash'],
  ['items=0-9', 'another unit'],
  ['0-9', 'no unit'],
  [
    `bytes=${Array.from({ length: 200 }, (_, index) => `${index * 4}-${index * 4}`).join()}`,
    'more ranges than anybody needs',
  ],
]

const UNSATISFIABLE = [
  'bytes=1000-',
  'bytes=1000-2000',
  'bytes=-0',
  'bytes=99999999999999999999-',
  'bytes=5000-,6000-7000',
] as const

type Fields = (known: KnownValidators) => Readonly<Record<string, string>>

const IF_RANGE_FAILS: readonly (readonly [title: string, headers: Fields])[] = [
  ['another tag', () => ({ 'If-Range': '"other"' })],
  ['a weak tag, §13.1.5', ({ etag }) => ({ 'If-Range': etag.startsWith('W/') ? etag : `W/${etag}` })],
  ['an earlier date', () => ({ 'If-Range': 'Mon, 01 Jan 2024 00:00:00 GMT' })],
  ['a later date, which is no exact match', () => ({ 'If-Range': 'Wed, 03 Jan 2024 00:00:00 GMT' })],
  ['neither tag nor date', () => ({ 'If-Range': 'something' })],
]

export const rangeCases: readonly ConformanceCase[] = [
  ...PARTS.map(([range, start, end, why]) => ({
    title: `206 for ${range}: ${why}`,
    path: 'digits.bin',
    headers: { Range: range },
    status: 206,
    fields: { 'content-range': `bytes ${start}-${end}/1000`, 'content-length': String(end - start + 1) },
    body: DIGITS.subarray(start, end + 1),
  })),
  ...WHOLE.map(([range, why]) => ({
    title: `200 for ${range.slice(0, 40)}: ${why}`,
    path: 'digits.bin',
    headers: { Range: range },
    status: 200,
    fields: { 'content-range': undefined, 'content-length': '1000' },
    body: DIGITS,
  })),
  ...UNSATISFIABLE.map((range) => ({
    title: `416 for ${range}`,
    path: 'digits.bin',
    headers: { Range: range },
    status: 416,
    fields: { 'content-range': 'bytes */1000' },
  })),
  {
    title: 'a suffix longer than the file is all of it',
    path: 'digits.bin',
    headers: { Range: 'bytes=-5000' },
    status: [200, 206],
    body: DIGITS,
  },
  {
    title: 'from the first byte on',
    path: 'digits.bin',
    headers: { Range: 'bytes=0-' },
    status: [200, 206],
    body: DIGITS,
  },
  { title: 'a range of an empty file', path: 'empty.txt', headers: { Range: 'bytes=0-' }, status: [200, 416] },
  {
    title: 'a part of a large file',
    path: 'large.bin',
    headers: { Range: 'bytes=70000-299998' },
    status: 206,
    body: LARGE.subarray(70_000, 299_999),
  },
  {
    title: 'the end of a large file',
    path: 'large.bin',
    headers: { Range: 'bytes=-5' },
    status: 206,
    body: LARGE.subarray(-5),
  },
  {
    title: 'HEAD has no ranges, §14.2',
    method: 'HEAD',
    path: 'digits.bin',
    headers: { Range: 'bytes=0-9' },
    status: 200,
    fields: { 'content-length': '1000', 'content-range': undefined },
    body: '',
  },
  ...IF_RANGE_FAILS.map(([title, headers]) => ({
    title: `If-Range with ${title}: the whole file`,
    path: 'hello.txt',
    headers: (known: KnownValidators) => ({ Range: 'bytes=0-4', ...headers(known) }),
    status: 200,
    body: 'Hello, static world\n',
  })),
  {
    title: 'If-Range with the strong tag: the part',
    path: 'hello.txt',
    headers: ({ etag }) => ({ Range: 'bytes=0-4', 'If-Range': etag }),
    status: 206,
    body: 'Hello',
    needs: 'strong-etag',
  },
  {
    title: 'If-Range with the exact date: the part',
    path: 'hello.txt',
    headers: ({ lastModified }) => ({ Range: 'bytes=0-4', 'If-Range': lastModified }),
    status: 206,
    body: 'Hello',
  },
  {
    title: 'If-Range without Range counts for nothing',
    path: 'hello.txt',
    headers: { 'If-Range': '"other"' },
    status: 200,
    body: 'Hello, static world\n',
  },
  {
    title: 'several ranges come in an envelope, in their order',
    path: 'digits.bin',
    headers: { Range: 'bytes=500-504,0-9, -3' },
    status: 206,
    fields: { 'content-type': /^multipart\/byteranges; ?boundary=/, 'content-range': undefined },
    body: (response) =>
      expect(partsOf(response)).toEqual([
        { range: 'bytes 500-504/1000', type: 'application/octet-stream', body: '01234' },
        { range: 'bytes 0-9/1000', type: 'application/octet-stream', body: '0123456789' },
        { range: 'bytes 997-999/1000', type: 'application/octet-stream', body: '789' },
      ]),
    needs: 'multipart',
  },
  {
    title: 'several ranges of a large file',
    path: 'large.bin',
    headers: { Range: 'bytes=0-1,100000-250000' },
    status: 206,
    body: (response) => expect(partsOf(response).map(({ body }) => body.length)).toEqual([2, 150_001]),
    needs: 'multipart',
  },
  {
    title: 'overlapping ranges must not multiply the file',
    path: 'large.bin',
    headers: { Range: `bytes=${Array.from({ length: 12 }, () => '0-').join()}` },
    status: [200, 206, 416],
    body: ({ body }) => expect(body.length).toBeLessThan(2 * LARGE.length),
  },
]

/** The parts of a `multipart/byteranges` body (RFC 2046 §5.1). */
function partsOf({ headers, body }: RawResponse): { range: string; type: string; body: string }[] {
  const boundary = /boundary="?([^"]+)"?/.exec(headers.get('content-type') ?? '')?.[1] ?? ''
  const text = `\r\n${body.toString('latin1')}`
  const sections = text.split(`\r\n--${boundary}`)
  expect(sections.at(-1)?.trim()).toBe('--')
  return sections.slice(1, -1).map((section) => {
    const end = section.indexOf('\r\n\r\n')
    const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'im').exec(section.slice(0, end))?.[1] ?? ''
    return { range: field('content-range'), type: field('content-type'), body: section.slice(end + 4) }
  })
}
