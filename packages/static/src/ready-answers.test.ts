import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FoundFile } from './file-store.ts'
import { type ReadyAnswer, ReadyAnswers } from './ready-answers.ts'

const LIFETIME = 50 // ms

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => vi.useRealTimers())

function answerFor(path: string): ReadyAnswer {
  const content = Buffer.from('content')
  const identity = { dev: 1, ino: 1, size: content.length, mtimeMs: 0, ctimeMs: 0 }
  const file = new FoundFile(`/${path}`, identity, { content, version: 'v' }, 0)
  const common = { encoding: undefined, negotiated: false, acceptsRanges: true, file: undefined, checkedAt: 0 }
  const representation = { ...common, size: content.length, etag: '"v"', modified: 0, content }
  return { path, file, representation, fields: { whole: [], unchanged: [] } }
}

test('an answer is good for its lifetime, counted from the last question to the disk', () => {
  const answers = new ReadyAnswers(LIFETIME)
  const askedAt = performance.now()
  vi.advanceTimersByTime(20)
  answers.set(answerFor('a'), undefined, askedAt)
  vi.advanceTimersByTime(29)
  expect(answers.get('a', undefined)).toMatchObject({ path: 'a' })
  vi.advanceTimersByTime(1)
  expect(answers.get('a', undefined)).toBeUndefined()
})

test.each([
  { lifetime: LIFETIME, age: LIFETIME, why: 'the disk has to be asked again' },
  { lifetime: 0, age: 0, why: 'it is asked each time' },
])('a lifetime of $lifetime ms at the age of $age ms: not kept, $why', ({ lifetime, age }) => {
  const answers = new ReadyAnswers(lifetime)
  answers.set(answerFor('a'), undefined, performance.now() - age)
  expect(answers.get('a', undefined)).toBeUndefined()
})

test.each([
  { path: 'a', acceptEncoding: undefined, why: 'no Accept-Encoding' },
  { path: 'a', acceptEncoding: 'br', why: 'another one' },
  { path: 'a\0gzip', acceptEncoding: undefined, why: 'a path that looks like path and field' },
  { path: 'b', acceptEncoding: 'gzip', why: 'another path' },
])('an answer to path and Accept-Encoding is no answer to $why', ({ path, acceptEncoding }) => {
  const answers = new ReadyAnswers(LIFETIME)
  answers.set(answerFor('a'), 'gzip', performance.now())
  expect(answers.get('a', 'gzip')).toBeDefined()
  expect(answers.get(path, acceptEncoding)).toBeUndefined()
})

test('they are forgotten together, and there are never more than a thousand', () => {
  const answers = new ReadyAnswers(LIFETIME)
  const paths = Array.from({ length: 1001 }, (_, i) => `file-${i}`)
  for (const path of paths) answers.set(answerFor(path), undefined, performance.now())
  const kept = paths.filter((path) => answers.get(path, undefined) !== undefined)
  expect(kept.length).toBeLessThanOrEqual(1000)
  expect(kept).toContain('file-1000')
  answers.clear()
  expect(answers.get('file-1000', undefined)).toBeUndefined()
})

test('a very long Accept-Encoding is not kept: its author would fill the memory with it', () => {
  const answers = new ReadyAnswers(LIFETIME)
  const long = 'x'.repeat(201)
  answers.set(answerFor('a'), long, performance.now())
  expect(answers.get('a', long)).toBeUndefined()
})
