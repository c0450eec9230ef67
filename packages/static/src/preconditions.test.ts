import { describe, expect, test } from 'vitest'
import { judgePreconditions, rangeApplies } from './preconditions.ts'

const MODIFIED = Date.parse('2024-01-02T03:04:05.678Z')
const SAME = 'Tue, 02 Jan 2024 03:04:05 GMT'
const EARLIER = 'Tue, 02 Jan 2024 03:04:04 GMT'
const LATER = 'Tue, 02 Jan 2024 03:04:06 GMT'

function fields(given: Record<string, string>): { get(name: string): string | undefined } {
  return { get: (name) => given[name] }
}

describe('judgePreconditions (RFC 9110 §13.2.2)', () => {
  test.each([
    { given: {}, verdict: 'send', why: 'no conditions' },
    { given: { 'if-match': '"v"' }, verdict: 'send', why: 'the tag' },
    { given: { 'if-match': 'W/"v"' }, verdict: 'failed', why: 'a weak tag is no strong match' },
    { given: { 'if-match': '*' }, verdict: 'send', why: 'there is something' },
    { given: { 'if-match': '"x"' }, verdict: 'failed', why: 'another tag' },
    {
      given: { 'if-match': '"v"', 'if-unmodified-since': EARLIER },
      verdict: 'send',
      why: 'step 2 is for requests without If-Match',
    },
    { given: { 'if-unmodified-since': SAME }, verdict: 'send', why: 'fractions of a second do not count' },
    { given: { 'if-unmodified-since': EARLIER }, verdict: 'failed', why: 'modified since' },
    { given: { 'if-unmodified-since': 'x' }, verdict: 'send', why: 'no date' },
    { given: { 'if-match': '"v"', 'if-none-match': '"v"' }, verdict: 'not modified', why: 'step 3 follows step 1' },
    { given: { 'if-none-match': 'W/"v"' }, verdict: 'not modified', why: 'weak comparison' },
    { given: { 'if-none-match': '"x", "v"' }, verdict: 'not modified', why: 'one of a list' },
    { given: { 'if-none-match': '*' }, verdict: 'not modified', why: 'there is something' },
    {
      given: { 'if-none-match': '"x"', 'if-modified-since': LATER },
      verdict: 'send',
      why: 'step 4 is for requests without If-None-Match',
    },
    { given: { 'if-modified-since': SAME }, verdict: 'not modified', why: 'the same second' },
    { given: { 'if-modified-since': EARLIER }, verdict: 'send', why: 'modified since' },
  ])('$given: $verdict, $why', ({ given, verdict }) => {
    expect(judgePreconditions(fields(given), { etag: '"v"', modified: MODIFIED })).toBe(verdict)
  })

  test.each([
    { given: { 'if-match': '"v"' }, verdict: 'failed', why: 'nothing matches no tag' },
    { given: { 'if-match': '*' }, verdict: 'send', why: 'there is something, tag or not' },
    { given: { 'if-none-match': '"v"' }, verdict: 'send', why: 'nothing matches no tag' },
    { given: { 'if-modified-since': LATER }, verdict: 'send', why: 'the date is not known' },
    { given: { 'if-unmodified-since': EARLIER }, verdict: 'send', why: 'the date is not known' },
  ])('without validators, $given: $verdict, $why', ({ given, verdict }) => {
    expect(judgePreconditions(fields(given), { etag: undefined, modified: undefined })).toBe(verdict)
  })
})

describe('rangeApplies (RFC 9110 §13.1.5)', () => {
  const strong = { etag: '"v"', modified: MODIFIED }
  test.each([
    { ifRange: undefined, applies: true, why: 'no condition' },
    { ifRange: '"v"', applies: true, why: 'the strong tag' },
    { ifRange: 'W/"v"', applies: false, why: 'a weak one' },
    { ifRange: '"x"', applies: false, why: 'another one' },
    { ifRange: SAME, applies: true, why: 'the exact date' },
    { ifRange: LATER, applies: false, why: 'no exact match' },
    { ifRange: 'x', applies: false, why: 'neither' },
  ])('$ifRange: $applies, $why', ({ ifRange, applies }) => {
    expect(rangeApplies(ifRange, strong)).toBe(applies)
  })

  test('a weak tag of ours matches nothing', () => {
    expect(rangeApplies('W/"v"', { etag: 'W/"v"', modified: undefined })).toBe(false)
  })

  test('a date from within the last two seconds: a second change could share it', () => {
    expect(rangeApplies(SAME, strong, MODIFIED + 1000)).toBe(false)
    expect(rangeApplies(SAME, strong, MODIFIED + 2000)).toBe(true)
  })
})
