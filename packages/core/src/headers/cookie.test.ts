import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CookieAttributes, parseCookies, readCookie, serializeCookie } from './cookie.ts'
import { checkFieldValue } from './field-syntax.ts'

describe('parseCookies (RFC 6265 §5.4, Tornado parse_cookie)', () => {
  test.each([
    { value: 'a=b', cookies: { a: 'b' }, why: 'one cookie' },
    { value: 'a=b; c=d;e=f', cookies: { a: 'b', c: 'd', e: 'f' }, why: 'three, with and without a space' },
    { value: ' a\t=\tb ;', cookies: { a: 'b' }, why: 'spaces and tabs around both parts' },
    { value: 'a=b=c', cookies: { a: 'b=c' }, why: 'the first equals sign divides' },
    { value: 'a=', cookies: { a: '' }, why: 'an empty value' },
    { value: 'a=1; b=2; a=3', cookies: { a: '3', b: '2' }, why: 'the last of one name wins' },
    { value: 'a="b"', cookies: { a: 'b' }, why: 'quotes are taken off' },
    { value: 'a=""', cookies: { a: '' }, why: 'nothing in quotes' },
    { value: 'a="', cookies: { a: '"' }, why: 'one quote is no pair' },
    { value: 'a="b', cookies: { a: '"b' }, why: 'a quote left open' },
    { value: 'a="b;c"; d=e', cookies: { a: '"b', d: 'e' }, why: 'a semicolon divides even in quotes, as in browsers' },
    { value: 'a="b\\073c\\054d"', cookies: { a: 'b;c,d' }, why: 'octal escapes' },
    { value: 'a="\\"\\\\\\x"', cookies: { a: '"\\x' }, why: 'escaped characters' },
    { value: 'a="\\351"', cookies: { a: '\u00e9' }, why: 'octal beyond ASCII' },
    { value: 'a="\\400\\08"', cookies: { a: '40008' }, why: 'no octal number of a byte: the character itself' },
    { value: 'a="\\012"', cookies: { a: '\n' }, why: 'a control character that was escaped' },
    { value: 'a="\\\\073"', cookies: { a: '\\073' }, why: 'an escaped backslash starts no octal number' },
    { value: 'a="b\\"', cookies: { a: 'b\\' }, why: 'a backslash before the end stays' },
    { value: 'a=b\\073', cookies: { a: 'b\\073' }, why: 'escapes count in quotes only' },
    { value: 'a=%20+', cookies: { a: '%20+' }, why: 'percent signs mean nothing' },
    { value: 'a=b c', cookies: { a: 'b c' }, why: 'a space inside a value' },
    { value: 'a=\u00e0\u00a0', cookies: { a: '\u00e0\u00a0' }, why: 'U+00A0 may be a byte of UTF-8 and stays' },
    { value: 'a; b=c', cookies: { b: 'c' }, why: 'without an equals sign there is no name' },
    { value: '=a; b=c', cookies: { b: 'c' }, why: 'an empty name' },
    { value: 'a b=1; [c]=2; d/e=3; f"=4; g,=5; h=6', cookies: { h: '6' }, why: 'names that Tornado does not take' },
    { value: 'Path=/; expires=x; DOMAIN=y; Max-Age=1; a=b', cookies: { a: 'b' }, why: 'names of attributes' },
    { value: 'a:b=1; $x=2', cookies: { 'a:b': '1', $x: '2' }, why: 'a colon and a dollar sign in a name' },
    { value: 'A=1; a=2', cookies: { A: '1', a: '2' }, why: 'case matters in names' },
    { value: '', cookies: {}, why: 'nothing' },
    { value: ';; ; =', cookies: {}, why: 'separators only' },
  ])('$value: $why', ({ value, cookies }) => {
    expect({ ...parseCookies(value) }).toEqual(cookies)
  })

  test('__proto__ and constructor: names like any other', () => {
    const cookies = parseCookies('__proto__=a; constructor=b')
    expect(Object.entries(cookies)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ])
    expect(Object.getPrototypeOf(cookies)).toBeNull()
    expect(cookies['toString']).toBeUndefined()
  })

  test('property: no text throws, and no name is one that cannot be set', () => {
    fc.assert(
      fc.property(cookieText(), (text) => {
        for (const name of Object.keys(parseCookies(text))) {
          expect(serializeCookie(name, 'x', { path: '/', secure: true })).toContain(name)
        }
      }),
    )
  })
})

describe('readCookie', () => {
  test.each([
    { value: 'a=1; b="2\\0733"', name: 'b', cookie: '2;3', why: 'unquoted like the rest' },
    { value: 'a=1; a=2', name: 'a', cookie: '2', why: 'the last wins' },
    { value: 'aa=1; ba=2', name: 'a', cookie: undefined, why: 'part of another name' },
    { value: 'b=a=1', name: 'a', cookie: undefined, why: 'inside a value' },
    { value: 'a=', name: 'a', cookie: '', why: 'empty is not absent' },
    { value: 'path=1', name: 'path', cookie: undefined, why: 'the name of an attribute' },
    { value: 'a b=1', name: 'a b', cookie: undefined, why: 'no legal name' },
    { value: '=1', name: '', cookie: undefined, why: 'no name' },
    { value: 'a=1', name: 'toString', cookie: undefined, why: 'a name that every object has' },
  ])('$value, $name: $cookie, $why', ({ value, name, cookie }) => {
    expect(readCookie(value, name)).toBe(cookie)
  })

  test('property: the same as parseCookies', () => {
    const names = fc.constantFrom('a', 'b', 'ab', '', ' ', 'path', '__proto__', '=', ';')
    fc.assert(
      fc.property(cookieText(), names, (text, name) => {
        expect(readCookie(text, name)).toBe(parseCookies(text)[name])
        for (const [other, value] of Object.entries(parseCookies(text))) expect(readCookie(text, other)).toBe(value)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('serializeCookie, name and value (Tornado set_cookie)', () => {
  // The right-hand sides are what Python 3.11's http.cookies, which Tornado writes with, makes of the same values.
  test.each([
    { value: 'bar', text: 'foo=bar' },
    { value: '', text: 'foo=""' },
    { value: 'a;b', text: 'foo="a\\073b"' },
    { value: 'a,b', text: 'foo="a\\054b"' },
    { value: 'a=b', text: 'foo="a=b"' },
    { value: 'a:b', text: 'foo=a:b' },
    { value: 'a/b@c', text: 'foo="a/b@c"' },
    { value: 'a"b', text: 'foo="a\\"b"' },
    { value: 'a\\b', text: 'foo="a\\\\b"' },
    { value: '{"a":1}', text: 'foo="{\\"a\\":1}"' },
    { value: '\x7f', text: 'foo="\\177"' },
    { value: '\u00e9\u00ff', text: 'foo="\\351\\377"' },
  ])('$value: $text', ({ value, text }) => {
    expect(serializeCookie('foo', value)).toBe(text)
  })

  test.each(['a b', '\t', '\r\n', '\0', '\x1f', '\u0100', '\u20ac', '\u{1f600}'])('value %j: a TypeError', (value) => {
    expect(() => serializeCookie('foo', value)).toThrow(/^cookie foo: its value must not hold .+ encodeURIComponent$/)
  })

  test.each(['', 'a b', 'a;b', 'a=b', 'a\n', '[a]', 'caf\u00e9', 'a\0'])('name %j: a TypeError', (name) => {
    expect(() => serializeCookie(name, 'x')).toThrow(/must be a token/)
  })

  test.each(['path', 'Expires', 'SECURE'])('name %s: a TypeError, parseCookies would drop it', (name) => {
    expect(() => serializeCookie(name, 'x')).toThrow(/is the name of an attribute/)
  })

  test('property: what is written is legal and read back the same', () => {
    const value = fc.array(fc.integer({ min: 0x21, max: 0xff })).map((codes) => String.fromCharCode(...codes))
    fc.assert(
      fc.property(value, (text) => {
        const written = serializeCookie('a', text)
        checkFieldValue('Set-Cookie', written)
        expect(written).not.toMatch(/[^\x21-\x7e]/)
        expect(readCookie(`x=1; ${written}; y=2`, 'a')).toBe(text)
      }),
    )
  })
})

describe('serializeCookie, attributes (RFC 6265 §4.1.2)', () => {
  test('all of them: in the order of Tornado', () => {
    const attributes: Required<CookieAttributes> = {
      secure: true,
      sameSite: 'Lax',
      priority: 'High',
      path: '/app',
      partitioned: true,
      maxAge: 5,
      httpOnly: true,
      expires: new Date(0),
      domain: 'example.com',
    }
    expect(serializeCookie('a', 'b', attributes)).toBe(
      'a=b; Domain=example.com; expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Max-Age=5; Partitioned; ' +
        'Path=/app; Priority=High; SameSite=Lax; Secure',
    )
  })

  test.each([
    { attributes: {}, text: 'a=b', why: 'none' },
    { attributes: { maxAge: 0 }, text: 'a=b; Max-Age=0', why: '0 removes the cookie and is kept' },
    { attributes: { expires: 0 }, text: 'a=b; expires=Thu, 01 Jan 1970 00:00:00 GMT', why: '0 is a date' },
    { attributes: { secure: false, httpOnly: false, partitioned: false }, text: 'a=b', why: 'false is absent' },
    { attributes: { path: '/a=b,c' }, text: 'a=b; Path=/a=b,c', why: 'a path of many characters' },
    { attributes: { domain: '.example.com' }, text: 'a=b; Domain=.example.com', why: 'a dot in front' },
    { attributes: { sameSite: 'None', secure: true }, text: 'a=b; SameSite=None; Secure', why: 'None with secure' },
  ] satisfies { attributes: CookieAttributes; text: string; why: string }[])('$text: $why', ({ attributes, text }) => {
    expect(serializeCookie('a', 'b', attributes)).toBe(text)
  })

  test('undefined, as a spread leaves it: absent', () => {
    const spread = { path: undefined, sameSite: undefined, maxAge: undefined } as object
    expect(serializeCookie('a', 'b', spread)).toBe('a=b')
  })

  test.each([
    [{ domain: 'a;b' }, /domain must be visible ASCII/],
    [{ domain: '' }, /domain must be visible ASCII/],
    [{ domain: 'b\u00fccher.example' }, /domain must be visible ASCII/],
    [{ domain: 'a\r\nSet-Cookie: x=y' }, /domain must be visible ASCII/],
    [{ path: '/;HttpOnly' }, /path must be visible ASCII/],
    [{ path: '/a b' }, /path must be visible ASCII/],
    [{ path: '/\x7f' }, /path must be visible ASCII/],
    [{ path: 'app' }, /path must begin with a slash/],
    [{ path: '' }, /path must be visible ASCII/],
    [{ maxAge: 1.5 }, /maxAge must be a whole number/],
    [{ maxAge: -1 }, /maxAge must be a whole number/],
    [{ maxAge: Number.NaN }, /maxAge must be a whole number/],
    [{ maxAge: '5' }, /maxAge must be a whole number/],
    [{ sameSite: 'lax' }, /sameSite must be one of Strict, Lax, None, got "lax"/],
    [{ sameSite: 'Lax; Secure' }, /sameSite must be one of/],
    [{ priority: 'high' }, /priority must be one of/],
    [{ sameSite: 'None' }, /sameSite 'None' needs secure/],
    [{ partitioned: true }, /partitioned needs secure/],
    [{ httponly: true }, /no attribute "httponly"/],
  ])('%j: a TypeError', (attributes, message) => {
    const run = () => serializeCookie('a', 'b', attributes as CookieAttributes) // what JavaScript code may pass
    expect(run).toThrow(TypeError)
    expect(run).toThrow(message)
  })

  test('expires is no date: a RangeError', () => {
    expect(() => serializeCookie('a', 'b', { expires: new Date('x') })).toThrow(RangeError)
  })
})

describe('serializeCookie, prefixes (RFC 6265bis §4.1.3)', () => {
  test.each([
    { name: '__Secure-a', attributes: { secure: true, domain: 'example.com', path: '/x' } },
    { name: '__Host-a', attributes: { secure: true, path: '/' } },
    { name: '__Hosta', attributes: {} },
  ])('$name, $attributes: kept', ({ name, attributes }) => {
    expect(serializeCookie(name, 'b', attributes)).toContain(`${name}=b`)
  })

  test.each([
    { name: '__Secure-a', attributes: {}, why: 'not secure' },
    { name: '__secure-a', attributes: {}, why: 'browsers ignore case here' },
    { name: '__Host-a', attributes: { path: '/' }, why: 'not secure' },
    { name: '__Host-a', attributes: { secure: true }, why: 'no path' },
    { name: '__Host-a', attributes: { secure: true, path: '/x' }, why: 'another path' },
    { name: '__HOST-a', attributes: { secure: true, path: '/', domain: 'example.com' }, why: 'a domain' },
  ])('$name, $attributes: a TypeError, $why', ({ name, attributes }) => {
    expect(() => serializeCookie(name, 'b', attributes)).toThrow(TypeError)
  })
})

/** Texts in which the characters that matter are frequent. */
function cookieText(): fc.Arbitrary<string> {
  const unit = fc.constantFrom('a', 'b', 'path', '__proto__', '=', ';', ' ', '\t', '"', '\\', '\\073', '\u00e9')
  return fc.oneof(fc.string({ unit, maxLength: 30 }), fc.string({ unit: 'binary' }))
}
