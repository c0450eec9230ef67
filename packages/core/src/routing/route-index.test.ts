import { describe, expect, test } from 'vitest'
import type { PatternInput } from './path-pattern.ts'
import { mount, type Rule } from './route.ts'
import { RouteIndex } from './route-index.ts'
import { compileRules } from './route-table.ts'

class Handler {
  initialize(): void {}
}

/** How many patterns of a table of 1,000 have to be tried for a path. */
function triedOf1000(ruleOf: (index: number) => Rule, path: string): number {
  const rules = Array.from({ length: 1_000 }, (_, index) => ruleOf(index))
  return new RouteIndex(compileRules(rules)).fitting(path).length
}

describe('fitting: how many of 1,000 rules are tried', () => {
  test.each<[string, (index: number) => PatternInput, string, number]>([
    ['fixed text', (index) => `/page${index}`, '/page517', 1],
    ['fixed text and a param', (index) => `/section${index % 10}/page${index}/:id`, '/section7/page517/x', 1],
    ['a number within a segment', (index) => new RegExp(`/page${index}-(\\d+)`), '/page517-3', 1],
    ['a param first', (index) => `/:language/page${index}/:id/edit`, '/en/page517/3/edit', 1],
    ['an optional part', (index) => `/page${index}{/:id}`, '/page517/3', 1],
    ['an optional slash', (index) => new RegExp(`/page${index}/?`), '/page517/', 3],
    ['alternatives', (index) => new RegExp(`/page${index}|/seite${index}`), '/seite517', 1],
    ['any rest', (index) => new RegExp(`/page${index}/(.*)`), '/page517/a/b', 1],
    ['segments that differ by their class only', (index) => new RegExp(`/([a-z]{${index + 1}})`), '/abc', 1_000],
    ['no rule', (index) => `/page${index}/:id`, '/other/1', 0],
  ])('%s', (_, patternOf, path, tried) => {
    expect(triedOf1000((index) => [patternOf(index), Handler], path)).toBe(tried)
  })

  test('mounts', () => {
    expect(
      triedOf1000(
        (index) =>
          mount(`/app${index}`, [
            ['/', Handler],
            ['/:id', Handler],
          ]),
        '/app517/3',
      ),
    ).toBe(1)
  })
})
