import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeRedirectTarget, isLocalTarget, toLocalTarget } from './local-redirect.ts'

const SITE = 'https://site.example'
const BASE = `${SITE}/dir/page?query`

describe('isLocalTarget', () => {
  test.each(['/', '/a', '/a//b', '/a?next=//evil.example', '/#//x', '/a:b@c', '/.//evil.example', '/%2f/x', '/\u00e9'])(
    '%j: stays',
    (target) => {
      expect(isLocalTarget(target)).toBe(true)
      expect(new URL(target, BASE).origin).toBe(SITE)
    },
  )

  test.each([
    ['', 'no path'],
    ['a', 'relative to the current page'],
    ['?a', 'no path'],
    ['//evil.example', 'another host'],
    ['///evil.example', 'browsers skip further slashes'],
    ['/\\evil.example', 'a backslash is a slash to browsers'],
    ['\\/evil.example', 'in front, too'],
    ['\\\\evil.example', 'two of them'],
    ['/\t/evil.example', 'browsers drop tabs'],
    ['/\n/evil.example', 'and line feeds'],
    ['/\r\\evil.example', 'and carriage returns'],
    ['\t//evil.example', 'in front, too'],
    [' //evil.example', 'and spaces in front'],
    ['/a\\b', 'a backslash anywhere'],
    ['/a\0', 'a control character anywhere'],
    ['/a\r\nSet-Cookie: x=y', 'a line end'],
    ['/a\u0085', 'a control character of the upper set'],
    ['https://evil.example/', 'an absolute URL'],
    ['https:/evil.example', 'browsers supply the slash'],
    ['javascript:alert(1)', 'a script'],
    ['data:text/html,x', 'a document'],
  ])('%j: may leave, %s', (target) => {
    expect(isLocalTarget(target)).toBe(false)
  })

  test('property: what passes stays on the site, as WHATWG URL resolves it', () => {
    fc.assert(
      fc.property(hostileTarget(), (target) => {
        fc.pre(isLocalTarget(target))
        expect(new URL(target, BASE).origin).toBe(SITE)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('toLocalTarget', () => {
  test.each([
    { path: '/a/b?c=d#e', target: '/a/b?c=d#e', why: 'nothing to do' },
    { path: '', target: '/', why: 'no path' },
    { path: 'a', target: '/a', why: 'a slash in front' },
    { path: '?a=b', target: '/?a=b', why: 'a slash in front of a query' },
    { path: '//evil.example/x?y=1', target: '/evil.example/x?y=1', why: 'one slash' },
    { path: '/\\/\\evil.example', target: '/evil.example', why: 'backslashes at the front' },
    { path: '/\t/evil.example', target: '/%09/evil.example', why: 'a tab' },
    { path: '\r\n//evil.example', target: '/%0D%0A//evil.example', why: 'a line end' },
    { path: 'https://evil.example', target: '/https://evil.example', why: 'an absolute URL is a path here' },
    { path: '/a\\b c\u00e9', target: '/a%5Cb%20c%C3%A9', why: 'what a URL must not hold' },
    { path: '/a%20b', target: '/a%20b', why: 'escapes stay' },
  ])('$path: $why', ({ path, target }) => {
    expect(toLocalTarget(path)).toBe(target)
  })

  test('property: the target is local and on the site, whatever the path', () => {
    fc.assert(
      fc.property(hostileTarget(), (path) => {
        const target = toLocalTarget(path)
        expect(isLocalTarget(target)).toBe(true)
        expect(new URL(target, BASE).origin).toBe(SITE)
        expect(toLocalTarget(target)).toBe(target)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('encodeRedirectTarget (RFC 3986 §2)', () => {
  test.each([
    { url: '', encoded: '', why: 'nothing' },
    { url: '../a', encoded: '../a', why: 'a relative path' },
    { url: '/a b', encoded: '/a%20b', why: 'a space' },
    { url: '/caf\u00e9?q=\u20ac', encoded: '/caf%C3%A9?q=%E2%82%AC', why: 'UTF-8 in path and query' },
    { url: '/%41%zz%', encoded: '/%41%25zz%25', why: 'escapes stay, other percent signs are escaped' },
    { url: "/-._~:/?#[]@!$&'()*+,;=", encoded: "/-._~:/?#[]@!$&'()*+,;=", why: 'all that may stand in a URL' },
    { url: '/"<>\\^`{|}', encoded: '/%22%3C%3E%5C%5E%60%7B%7C%7D', why: 'all that may not' },
    { url: '/\ud800', encoded: '/%EF%BF%BD', why: 'half a surrogate pair' },
    { url: 'https://example.com/a b', encoded: 'https://example.com/a%20b', why: 'an absolute URL' },
    { url: 'https://b\u00fccher.example/\u00fc', encoded: 'https://xn--bcher-kva.example/%C3%BC', why: 'a host name' },
    { url: '//b\u00fccher.example:81', encoded: '//xn--bcher-kva.example:81', why: 'a host name and a port' },
    {
      url: 'http://\u00fc@b\u00fccher.example',
      encoded: 'http://%C3%BC@xn--bcher-kva.example',
      why: 'a user and a host',
    },
    { url: 'mailto:\u00fc@example.com', encoded: 'mailto:%C3%BC@example.com', why: 'a URL without a host' },
    { url: '/x//b\u00fccher.example', encoded: '/x//b%C3%BCcher.example', why: 'a path that looks like a host' },
  ])('$url: $why', ({ url, encoded }) => {
    expect(encodeRedirectTarget(url)).toBe(encoded)
  })

  test.each(['/a\r\nSet-Cookie: x=y', '/\n', '/\t', '/\0', '/\x7f', '/\u0085'])('%j: a TypeError', (url) => {
    expect(() => encodeRedirectTarget(url)).toThrow(/must not hold control characters/)
  })

  test('a host without an ASCII form: a TypeError', () => {
    expect(() => encodeRedirectTarget('https://\u00fc\u00a0x.example/')).toThrow(TypeError)
  })

  test('property: the result is ASCII without spaces, decodes to the same, and encoding it again changes nothing', () => {
    const unit = fc.constantFrom('x', '/', '%', '%20', ' ', '\\', '"', '\u00e9', '\u{1f600}', '?', '#', '|')
    fc.assert(
      fc.property(fc.string({ unit }), (rest) => {
        const encoded = encodeRedirectTarget(`/x${rest}`)
        expect(encoded).toMatch(/^[!-~]*$/)
        expect(encodeRedirectTarget(encoded)).toBe(encoded)
        expect(decodeURIComponent(encoded)).toBe(`/x${rest}`.replaceAll('%20', ' '))
      }),
    )
  })
})

/** Targets in which what browsers treat in their own way is frequent. */
function hostileTarget(): fc.Arbitrary<string> {
  const unit = fc.constantFrom(
    '/',
    '\\',
    '\t',
    '\n',
    '\r',
    ' ',
    '.',
    '..',
    '%2e',
    '%2f',
    '@',
    ':',
    '?',
    '#',
    'evil.example',
  )
  return fc.oneof(
    fc.string({ unit, maxLength: 8 }),
    fc.string({ unit, maxLength: 8 }).map((rest) => `/${rest}`),
    fc.string({ unit: 'binary', maxLength: 8 }).map((rest) => `/${rest}`),
  )
}
