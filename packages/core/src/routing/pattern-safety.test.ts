import { describe, expect, test } from 'vitest'
import { PathPattern } from './path-pattern.ts'
import { backtrackingOf } from './pattern-safety.ts'
import { Router } from './router.ts'

function growthOf(regexp: RegExp): string | undefined {
  const { syntax } = new PathPattern(regexp)
  if (syntax === undefined) throw new Error(`${regexp} was not understood`)
  return backtrackingOf(syntax)?.growth
}

describe('backtrackingOf', () => {
  test.each([
    [/\/(a+)+/, 'a repetition in a repetition'],
    [/\/(a|a)*/, 'alternatives that are the same'],
    [/\/(a|ab|b)*c/, 'alternatives of which one is two others'],
    [/\/(.*)*/, 'everything, any number of times'],
    [/\/(\w+\s?)*$/, 'words with optional spaces'],
    [/\/(?:[a-z]+-?)*x/, 'words with optional hyphens'],
    [/\/(?:\/?[^/]+)*/, 'segments with optional slashes'],
    [/\/([a-zA-Z0-9]+)*_/, 'the classic of e-mail addresses'],
    [/\/(?:a?b?)*c/, 'all of it optional'],
    [/\/(?:\w|\d)+x/, 'alternatives that overlap'],
    [/\/((a*)b?)*c/, 'with groups in one another'],
    [/\/(?:\w{1,64}-?){1,64}x/, 'bounded, but by too much'],
    [/\/(?:A+a?)+x/i, 'overlapping because case does not count'],
  ])('%s: exponential, %s', (regexp) => {
    expect(growthOf(regexp)).toBe('exponential')
  })

  test.each([
    [/\/(\d+)(\w+)x/, 'one after the other'],
    [/\/(.*)\/(.*)\.html/, 'with a slash between, which both take'],
    [/\/(.+)-(.+)-(.+)x/, 'three of them'],
    [/\/[a-z]*[a-z0-9]*!/, 'overlapping classes'],
    [/\/([\w-]+)(\d+)/, 'a number at the end of a name that may end in one'],
  ])('%s: quadratic, %s', (regexp) => {
    expect(growthOf(regexp)).toBe('quadratic')
  })

  test.each([
    /\//,
    /\/.*/,
    /\/(.*)/,
    /\/static\/(.*)/,
    /\/(.*)\/(.*)/,
    /\/(.*)\.(png|jpe?g|gif)/,
    /\/(favicon\.ico|robots\.txt)/,
    /\/story\/([0-9]+)/,
    /\/blog\/(\d{4})\/(\d{2})\/([^/]+)/,
    /\/blog\/(\d{4}-\d{2}-\d{2})-([\w-]+)/,
    /\/(?<year>\d+)\/(?<month>\d+)\/?/,
    /\/entry\/([^/]+)\/?/,
    /\/([^/]+)\/(.*)/,
    /\/([^/]+)\/([^/]+)\/edit/,
    /\/([a-z0-9]+(?:-[a-z0-9]+)*)/,
    /\/([\w-]+)-(\d+)/,
    /\/([\w.-]+)\.(\w+)/,
    /\/(?:([a-z]{2}(?:-[A-Z]{2})?)\/)?(.*)/,
    /\/(?:[^/]+\/)*([^/]+)/,
    /\/[^/]+(?:\/[^/]+)*\/?/,
    /\/api\/v(\d+)(?:\.(\d+))?\/(\w+)(?:\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}))?/,
    /\/([0-9a-f]{32})\.([0-9a-f]{40})/,
    /\/(?:\d{1,3}\.){3}\d{1,3}/,
    /\/(?:\d{1,3}\.)*x/,
    /\/(?:(?:ab|cd)+,)*x/,
    /\/(?:a|b|c)*d/,
    /\/ws(?:ocket)?/,
    /\/(?:[A-Za-z0-9_-]{4})*/,
    /\/auth\/(login|logout|callback)/i,
    /\/(\p{L}+)-(\p{N}+)/u,
    /\/(?!admin)([^/]+)/,
  ])('%s: safe', (regexp) => {
    expect(growthOf(regexp)).toBeUndefined()
  })

  test('what is called exponential and quadratic is so in the engine', () => {
    const steps = (regexp: RegExp, text: string): number => {
      const start = process.cpuUsage().user
      regexp.test(text)
      return process.cpuUsage().user - start
    }
    expect(steps(/^\/(?:[a-z]+-?)*x$/, `/${'a'.repeat(22)}!`)).toBeGreaterThan(
      20 * steps(/^\/(?:[a-z]+-)*x$/, `/${'a'.repeat(22)}!`),
    )
  })
})

test('a warning names the rule and the repetition', () => {
  class Handler {
    initialize(): void {}
  }
  const router = new Router([
    ['/:id/*rest', Handler],
    [/\/a\/(\w+\s?)*/, Handler],
  ])
  expect(router.warnings()).toContain(
    'rule 1 [/\\/a\\/(\\w+\\s?)*/, …] can take exponential time on a crafted path: \\w+ matches the same text in many ways',
  )
})
