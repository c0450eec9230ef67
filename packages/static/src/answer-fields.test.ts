import { expect, test } from 'vitest'
import { type AnswerContext, answerFields, areLasting } from './answer-fields.ts'
import type { Representation } from './representation.ts'

const MODIFIED = Date.UTC(2024, 0, 2, 3, 4, 5)
const FILE: Representation = {
  size: 7,
  etag: '"v"',
  modified: MODIFIED,
  content: Buffer.from('content'),
  file: undefined,
  encoding: undefined,
  negotiated: false,
  acceptsRanges: true,
  checkedAt: 0,
}
const CONTEXT: AnswerContext = {
  path: 'docs/a b.txt',
  absolutePath: '/srv/docs/a b.txt',
  contentType: 'text/plain; charset=utf-8',
  cacheControl: 'no-cache',
  options: { download: false, headers: [] },
}

function namesOf(fields: readonly (readonly [name: string, value: unknown])[]): readonly string[] {
  return fields.map(([name]) => name)
}

test('what is said about a file', () => {
  expect(answerFields(FILE, CONTEXT).whole).toEqual([
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Last-Modified', 'Tue, 02 Jan 2024 03:04:05 GMT'],
    ['Cache-Control', 'no-cache'],
    ['Accept-Ranges', 'bytes'],
  ])
})

test.each([
  { given: { encoding: 'gzip', acceptsRanges: false } as const, has: 'Content-Encoding', lacks: 'Accept-Ranges' },
  { given: { modified: undefined }, has: 'Cache-Control', lacks: 'Last-Modified' },
])('$given: $has, without $lacks', ({ given, has, lacks }) => {
  const names = namesOf(answerFields({ ...FILE, ...given }, CONTEXT).whole)
  expect(names).toContain(has)
  expect(names).not.toContain(lacks)
})

test.each([
  { representation: FILE, names: ['Cache-Control', 'X-Own'], why: 'the client has the rest' },
  {
    representation: { ...FILE, etag: undefined },
    names: ['Last-Modified', 'Cache-Control', 'X-Own'],
    why: 'the date is its only validator',
  },
])('a 304 says $names: $why (RFC 9110 §15.4.5)', ({ representation, names }) => {
  const options = { download: true, headers: [[/./, { 'X-Own': 'yes', 'content-type': 'text/x-own' }]] } as const
  expect(namesOf(answerFields(representation, { ...CONTEXT, options }).unchanged)).toEqual(names)
})

test('the option download, by path', () => {
  const dispositionOf = (download: boolean | RegExp) =>
    new Map(answerFields(FILE, { ...CONTEXT, options: { download, headers: [] } }).whole).get('Content-Disposition')
  expect(dispositionOf(/^docs/)).toBe('attachment; filename="a b.txt"')
  expect(dispositionOf(/^other/)).toBeUndefined()
})

test('the option headers, in turn: the last one is set last', () => {
  const headers = [
    [/txt$/, { 'X-Own': 'first' }],
    [/docs/, { 'X-Own': 'second' }],
    [/other/, { 'X-Own': 'third' }],
  ] as const
  const { whole } = answerFields(FILE, { ...CONTEXT, options: { download: false, headers } })
  expect(whole.filter(([name]) => name === 'X-Own').map(([, value]) => value)).toEqual(['first', 'second'])
})

test('a date in the future is not sent, so the fields change with the clock (RFC 9110 §8.8.2.1)', () => {
  const future = { ...FILE, modified: Date.now() + 3_600_000 }
  const date = new Map(answerFields(future, CONTEXT).whole).get('Last-Modified')
  expect(Date.parse(String(date))).toBeLessThanOrEqual(Date.now())
  expect([areLasting(future), areLasting(FILE), areLasting({ ...FILE, modified: undefined })]).toEqual([
    false,
    true,
    true,
  ])
})
