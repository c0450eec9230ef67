import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PathPattern, type PatternInput } from './path-pattern.ts'
import { ReverseURLError } from './reverse-url.ts'

function reverse(pattern: PatternInput, ...values: unknown[]): string {
  return new PathPattern(pattern).reverse(...values)
}

describe('reverse (Tornado: reverse_url)', () => {
  test.each<[PatternInput, unknown[], string, string]>([
    ['/user/:id', [{ id: 7 }], '/user/7', 'numbers are values'],
    ['/user/:id', [{ id: 12345678901234567890n }], '/user/12345678901234567890', 'so are big ones'],
    ['/user/:id', [{ id: 'a/b' }], '/user/a%2Fb', 'a slash cannot leave its segment'],
    ['/user/:id', [{ id: 'é' }], '/user/%C3%A9', 'UTF-8'],
    ['/user/:id', [{ id: '%41?#' }], '/user/%2541%3F%23', 'nothing in a value has a meaning'],
    ['/user/:id', [{ id: "!'()*" }], '/user/%21%27%28%29%2A', "as Python's quote does"],
    ['/page{/:number}', [], '/page', 'an optional part without its value'],
    ['/page{/:number}', [{ number: undefined }], '/page', 'undefined is not given'],
    ['/page{/:number}', [{ number: 2 }], '/page/2', 'an optional part with its value'],
    ['/a{/:b{/:c}}', [{ b: 1, c: 2 }], '/a/1/2', 'optional parts in one another'],
    ['/a{/:b{/:c}}', [{ b: 1 }], '/a/1', 'of which the inner is not given'],
    ['/users{/}', [], '/users', 'optional text without a value is left out'],
    ['/files/*path', [{ path: ['a', 'b/c'] }], '/files/a/b%2Fc', 'a wildcard, segment by segment'],
    ['/files/*path', [{ path: 'a/b' }], '/files/a/b', 'or as it is written'],
    ['/café', [], '/caf%C3%A9', 'fixed text as clients send it'],
    [/\/story\/([0-9]+)/, [17], '/story/17', 'a positional group'],
    [/\/(\w+)-(\w+)/, ['a', 'b'], '/a-b', 'two'],
    [/\/decode\/(.*)/, ['1 + 1'], '/decode/1%20%2B%201', 'percent-encoded'],
    [/\/decode\/(.*)/, ['a/b'], '/decode/a/b', 'slashes stay where the group takes them'],
    [/\/decode\/([^/]+)/, ['a/b'], '/decode/a%2Fb', 'and only there'],
    [/\/(?<year>\d+)\/(?<month>\d+)/, [{ year: 2024, month: '05' }], '/2024/05', 'named groups'],
    [/^\/a\.html$/, [], '/a.html', 'escapes and anchors are not text'],
    [/(?:\/a(?:\/b))/, [], '/a/b', 'groups that only group'],
    [/\/(.*)/, ['/evil.com'], '/%2Fevil.com', 'no value makes it another host'],
    ['/*path', [{ path: ['', '', 'evil.com'] }], '/%2F%2Fevil.com', 'nor a wildcard'],
    [/\/(.*)/, ['\\evil.com'], '/%5Cevil.com', 'nor a backslash'],
  ])('%s with %o: %s, %s', (pattern, values, url) => {
    expect(reverse(pattern, ...values)).toBe(url)
  })

  test.each<[PatternInput, unknown[], RegExp]>([
    ['/user/:id', [], /'\/user\/:id' takes id: id missing/],
    ['/user/:id', [{ idd: 7 }], /takes id: id missing/],
    ['/user/:id', [{ id: 7, tab: 'x' }], /takes id: tab not used/],
    ['/user/:id{/:tab}', [{ id: 7, x: 1 }], /takes id, tab\?: x not used/],
    ['/a{/:b{/:c}}', [{ c: 1 }], /takes b\?, c\?: c not used/],
    ['/user/:id', ['7'], /takes one object/],
    ['/user/:id', [{ id: 7 }, 8], /takes one object/],
    ['/user/:id', [{ id: '' }], /does not match \/user\//],
    ['/user/:id', [{ id: null }], /id must be a string or a number, got null/],
    ['/user/:id', [{ id: {} }], /id must be a string or a number/],
    ['/user/:id', [{ id: ['a'] }], /id must be a string or a number/],
    ['/user/:id', [{ id: Number.NaN }], /got NaN/],
    ['/user/:id', [{ id: '\ud800' }], /not well-formed/],
    ['/user/:id', [{ id: '..' }], /resolve the dots/],
    ['/files/*path', [{ path: ['a', '..', 'b'] }], /resolve the dots/],
    ['/files/*path', [{ path: [] }], /does not match/],
    ['/about', [{ id: 7 }], /takes no values: id not used/],
    ['/about', [7], /takes no values: group 1 not used/],
    [/\/story\/(\d+)/, [], /takes group 1: group 1 missing/],
    [/\/story\/(\d+)/, [1, 2], /takes group 1: group 2 not used/],
    [/\/story\/(\d+)/, ['x'], /does not match \/story\/x/],
    [/\/story(?:\/(\d+))?/, [1], /cannot be turned into a URL: outside its groups it has an optional or repeated part/],
    [/\/a|\/b/, [], /alternatives/],
    [/\/[ab]/, [], /several characters/],
    [/\/a\b/, [], /look-around or word boundary/],
    [/\/((a)b)/, ['ab', 'a'], /groups inside a group/],
    [/\/a(b)\1/, ['b'], /back-reference/],
    [/\/(?:(a)|b)?/, [], /optional or repeated/],
    [/\/((?:(a)|b)?)/, ['a'], /groups inside a group/],
    [/\/\u{61}/u, [], /syntax is too unusual/],
  ])('%s with %o: refused with %s', (pattern, values, message) => {
    expect(() => reverse(pattern, ...values)).toThrow(ReverseURLError)
    expect(() => reverse(pattern, ...values)).toThrow(message)
  })

  test('a value from the prototype of an object is not one', () => {
    expect(() => reverse('/:toString', {})).toThrow(/toString missing/)
  })

  test('what is built comes back as what it was built from', () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/^\.\.?$/.test(text))
    fc.assert(
      fc.property(segment, fc.array(segment, { minLength: 1 }), (id, path) => {
        const pattern = new PathPattern('/x/:id/*path')
        const url = pattern.reverse({ id, path })
        expect(url).toMatch(/^\/x\/[\w.~%/-]+$/)
        expect({ ...pattern.decode(pattern.match(url) ?? []).pathParams }).toEqual({ id, path })
        expect(new URL(url, 'http://host').pathname).toBe(url)
      }),
    )
  })
})
