import { describe, expect, test } from 'vitest'
import { PathPattern, type PatternInput } from './path-pattern.ts'
import { SEGMENT } from './path-skeleton.ts'

const WITH_SETS = 'v' // not in a literal, which the compiler would refuse for its target

/** The decoded arguments, positional or named, or `undefined` when the path does not match. */
function argumentsOf(pattern: PatternInput, path: string): unknown {
  const compiled = new PathPattern(pattern)
  const captured = compiled.match(path)
  if (captured === undefined) return undefined
  const { pathArgs, pathParams } = compiled.decode(captured)
  return pathParams === undefined ? pathArgs : { ...pathParams }
}

describe('RegExp (Tornado: PathMatches)', () => {
  test.each<[PatternInput, string, unknown, string]>([
    [/\/hello/, '/hello', [], 'no groups, no arguments'],
    [/\/hello/, '/hello/', undefined, 'a trailing slash counts'],
    [/\/hello/, '/hellox', undefined, 'anchored at the end'],
    [/\/hello/, '/x/hello', undefined, 'anchored at the start'],
    [/\/hello/, '/Hello', undefined, 'case counts'],
    [/\/hello/i, '/HELLO', [], 'unless the flag says it does not'],
    [/\/a|\/b/, '/axyz', undefined, 'both alternatives are anchored'],
    [/\/a|\/b/, '/b', [], 'the second alternative'],
    [/\/story\/([0-9]+)/, '/story/17', ['17'], 'a positional group'],
    [/\/(\w+)(?:\/(\w+))?/, '/a', ['a', undefined], 'a group that took no part'],
    [/\/(?<year>\d+)(?:-(?<month>\d+))?/, '/2024-05', { year: '2024', month: '05' }, 'named groups'],
    [/\/(?<year>\d+)(?:-(?<month>\d+))?/, '/2024', { year: '2024' }, 'a named group that took no part is absent'],
    [/\/(?<__proto__>.*)/, '/x', { ['__proto__']: 'x' }, 'any name is data'],
    [/\/user\/([^/]+)/, '/user/', undefined, 'a segment is not empty'],
    [/\/user\/([^/]+)/, '/user/a/b', undefined, 'nor more than one'],
    [/\/user\/([^/]+?)/, '/user/ab', ['ab'], 'lazy, but anchored'],
    [/\/user([^/]+)/, '/userx', ['x'], 'a segment that begins within fixed text'],
    [/\/(?!admin)([^/]+)/, '/admin', undefined, 'look-ahead is respected'],
    [/\/(a)\1/, '/aa', ['a'], 'back-references keep their numbers'],
    [new RegExp('/[\\q{ab|c}]', WITH_SETS), '/ab', [], 'syntax that is executed without being understood'],
    [/\/\u{61}(\u{1f600})?/u, '/a', [undefined], 'so are code points'],
    [/\/x/g, '/x', [], 'the flag g has no meaning here'],
    [/\/x/y, '/x', [], 'nor has y'],
    [/^\/x$/m, '/y\n/x', undefined, 'nor has m'],
  ])('%s with %s: %j, %s', (pattern, path, outcome) => {
    expect(argumentsOf(pattern, path)).toEqual(outcome)
  })

  test('the pattern given is not used itself: its lastIndex neither matters nor changes', () => {
    const given = /\/x/g
    given.lastIndex = 5
    const pattern = new PathPattern(given)
    expect([pattern.match('/x'), pattern.match('/x')]).not.toContain(undefined)
    expect(given.lastIndex).toBe(5)
  })

  test.each([/(?<a>x)(y)/, /(x)(?<a>y)/, /(?<a>(x))/])('%s: named and positional groups are not mixed', (pattern) => {
    expect(() => new PathPattern(pattern)).toThrow(/mixes named and positional groups/)
  })

  test.each([/(?<a>[(])/, /(?<a>\()/, /(?<a>(?:x)(?=y)(?!z)(?<=w)(?<!v))/, /[(?<x>](?<a>y)/])(
    '%s: what looks like a group and is none does not count',
    (pattern) => {
      expect(() => new PathPattern(pattern)).not.toThrow()
    },
  )
})

describe('string (path-to-regexp 9)', () => {
  test.each<[string, string, unknown, string]>([
    ['/user/:id', '/user/7', { id: '7' }, 'a param'],
    ['/user/:id', '/user/7/', undefined, 'a trailing slash counts'],
    ['/user/:id', '/User/7', undefined, 'case counts'],
    ['/user/:id', '/user/', undefined, 'a param is not empty'],
    ['/:a-:b', '/x-y', { a: 'x', b: 'y' }, 'two params in a segment'],
    ['/page{/:number}', '/page', {}, 'an optional part that is absent'],
    ['/page{/:number}', '/page/2', { number: '2' }, 'an optional part'],
    ['/files/*path', '/files/a/b', { path: ['a', 'b'] }, 'a wildcard is a list'],
    ['/files/*path', '/files/a%2Fb/c', { path: ['a/b', 'c'] }, 'an encoded slash does not split'],
    ['/files/*path', '/files/../x', { path: ['..', 'x'] }, 'dots are data'],
    ['/files/*path', '/files//x', { path: ['', 'x'] }, 'so is nothing'],
    ['/:__proto__', '/x', { ['__proto__']: 'x' }, 'any name is data'],
    ['/café/:id', '/caf%C3%A9/1', { id: '1' }, 'text outside ASCII stands for its encoded form'],
    ['/a b', '/a%20b', [], 'so does a space'],
    ['/caf%C3%A9', '/caf%C3%A9', [], 'text that is encoded already stays'],
    ['/ab', '/%61b', undefined, 'paths are compared as they came, RFC 3986 §6.2.2 is not applied'],
    ['/a\\:b', '/a:b', [], 'an escaped colon'],
    ['/a.b', '/axb', undefined, 'a dot is a dot'],
  ])('%s with %s: %j, %s', (pattern, path, outcome) => {
    expect(argumentsOf(pattern, path)).toEqual(outcome)
  })

  test.each([
    ['/a(b', /Unexpected \(/],
    ['/:', /Missing parameter name/],
    ['/{a', /expected }/],
    ['/:a/:a', /two params with the name a/],
    ['/:a{/:a}', /two params with the name a/],
    ['user/:id', /must begin with '\/'/],
    ['', /must begin with '\/'/],
    ['/\ud800', /URI/],
  ])('%j: refused', (pattern, message) => {
    expect(() => new PathPattern(pattern)).toThrow(message)
  })

  test('params have no prototype', () => {
    const pattern = new PathPattern('/:id')
    const { pathParams = {} } = pattern.decode(pattern.match('/x') ?? [])
    expect(['__proto__', 'constructor', 'toString'].filter((name) => name in pathParams)).toEqual([])
  })
})

describe('decoding (Tornado: url_unescape with plus=False, then strict UTF-8)', () => {
  test.each([
    ['a+b', 'a+b', 'plus stays'],
    ['caf%C3%A9', 'café', 'UTF-8'],
    ['%zz', '%zz', 'what is no escape stays'],
    ['%', '%', 'a lone percent sign stays'],
    ['%zz%20%C3%A9%4', '%zz é%4', 'beside what is one'],
    ['%2e%2E%2f', '../', 'dots and slashes are data'],
    ['%00', '\0', 'so is NUL'],
    ['%25C3', '%C3', 'decoded once'],
  ])('%s: %j, %s', (raw, value) => {
    expect(argumentsOf(/\/([^/]+)/, `/${raw}`)).toEqual([value])
    expect(argumentsOf('/*x', `/${raw}`)).toEqual({ x: [value] })
  })

  test.each([
    ['%FF', 'no UTF-8 byte'],
    ['%C3', 'half a character'],
    ['%C0%AF', 'an overlong slash'],
    ['%ED%A0%80', 'half a surrogate pair'],
    ['a%C3%28', 'a broken sequence'],
    ['%zz%FF', 'after what is no escape'],
  ])('%s: 400, %s', (raw) => {
    const pattern = new PathPattern('/:x')
    const captured = pattern.match(`/${raw}`) ?? []
    expect(captured).toHaveLength(2)
    expect(() => pattern.decode(captured)).toThrow(expect.objectContaining({ status: 400 }))
  })
})

describe('what paths must look like: the only one, or fixed text, segments (_) and an open end (…)', () => {
  test.each<[PatternInput, string | undefined, string]>([
    ['/about', '/about', '/about'],
    [/\/about\.html/, '/about.html', '/about.html'],
    [/(?:\/about)/, '/about', '/about'],
    [/(\/about)/, undefined, '/about'],
    [/\/about(?=\/)/, undefined, '/about'],
    ['/user/:id', undefined, '/user/_'],
    ['/user/:id/edit', undefined, '/user/_/edit'],
    ['/files/*path', undefined, '/files/…'],
    [/\/item-(\d+)/, undefined, '/item-_'],
    [/\/ab?c/, undefined, '/a_'],
    [/\/ab*/, undefined, '/a_'],
    [/\/(?:ab)+/, undefined, '/ab_'],
    [/\/a|\/b/, undefined, '/a or /b'],
    ['/a{/b}', undefined, '/a/b or /a'],
    [/\/abc/i, undefined, '/_'],
    [/\/[a]bc/, undefined, '/_'],
    [/\x2fabc/, undefined, '…'],
  ])('%s: %j, %j', (pattern, literal, looks) => {
    const { literal: only, skeletons } = new PathPattern(pattern)
    const texts = skeletons.map(({ text, open }) => text.replaceAll(SEGMENT, '_') + (open ? '…' : ''))
    expect([only, texts.join(' or ')]).toEqual([literal, looks])
  })
})

describe('source', () => {
  test.each<[PatternInput, string, string]>([
    ['/user/:id', '/user/:id', "'/user/:id'"],
    [/\/story\/([0-9]+)/i, '/story/([0-9]+)', '/\\/story\\/([0-9]+)/i'],
  ])('%s: %s for logs, %s in messages', (pattern, source, text) => {
    expect([new PathPattern(pattern).source, String(new PathPattern(pattern))]).toEqual([source, text])
  })
})
