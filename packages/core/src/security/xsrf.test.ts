import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createXSRFToken,
  crossSiteVerdict,
  decodeXSRFToken,
  encodeXSRFToken,
  type RequestOrigin,
  sameXSRFToken,
} from './xsrf.ts'

describe('XSRF tokens (Tornado, format 2)', () => {
  test('a new token: 16 bytes, each time others, made now', () => {
    const before = Math.floor(Date.now() / 1000)
    const token = createXSRFToken()
    expect(token).toMatchObject({ version: 2, token: { length: 16 } })
    expect(token.timestamp).toBeGreaterThanOrEqual(before)
    expect(token.timestamp).toBeLessThanOrEqual(Date.now() / 1000)
    expect(createXSRFToken().token).not.toEqual(token.token)
  })

  test('encoding: another mask each time, the same token', () => {
    const token = createXSRFToken()
    const texts = Array.from({ length: 8 }, () => encodeXSRFToken(token))
    expect(new Set(texts.map((text) => text.split('|')[1])).size).toBeGreaterThan(1)
    expect(new Set(texts.map((text) => text.split('|')[2])).size).toBeGreaterThan(1)
    for (const text of texts) {
      expect(text).toMatch(/^2\|[0-9a-f]{8}\|[0-9a-f]{32}\|\d+$/)
      expect(decodeXSRFToken(text)).toEqual(token)
    }
  })

  test.each([
    { text: '2|ffffffff|21524110|1', version: 2, hex: 'deadbeef', why: 'masked, the vector of Tornado' },
    { text: '2|00000000|deadbeef|1300000000', version: 2, hex: 'deadbeef', why: 'a mask of zeros' },
    { text: '2|01020304|0102030405|1', version: 2, hex: '0000000004', why: 'the mask repeats' },
    { text: '2|FFFFFFFF|21524110|1', version: 2, hex: 'deadbeef', why: 'capitals' },
    { text: 'deadbeef', version: 1, hex: 'deadbeef', why: 'no version, hexadecimal' },
    { text: 'hello', version: 1, hex: '68656c6c6f', why: 'no version, the text itself' },
    { text: 'abc', version: 1, hex: '616263', why: 'an odd number of digits is text' },
    { text: '|2|', version: 1, hex: '7c327c', why: 'bars without a version' },
  ])('decodeXSRFToken $text: $why', ({ text, version, hex }) => {
    const token = decodeXSRFToken(text)
    expect(token?.version).toBe(version)
    expect(token?.token.toString('hex')).toBe(hex)
  })

  test.each([
    ['', 'nothing'],
    ['2|', 'no fields'],
    ['2|ffffffff|21524110', 'no time'],
    ['2|ffffffff||1', 'an empty token'],
    ['2|ffffff|21524110|1', 'a mask of three bytes'],
    ['2|ffffffffff|21524110|1', 'a mask of five bytes'],
    ['2|ffffffff|2152411|1', 'an odd number of digits'],
    ['2|gggggggg|21524110|1', 'no hexadecimal digits'],
    ['2|ffffffff|21524110|x', 'no number for the time'],
    ['2|ffffffff|21524110|-1', 'a sign'],
    ['2|ffffffff|21524110|1|', 'one field more'],
    ['1|deadbeef', 'an unknown version'],
    ['3|ffffffff|21524110|1', 'an unknown version'],
    ['999|x', 'an unknown version'],
  ])('decodeXSRFToken %j: undefined, %s', (text) => {
    expect(decodeXSRFToken(text)).toBeUndefined()
  })

  test('sameXSRFToken: the masks do not count, the bytes do', () => {
    expect(same('deadbeef', '2|ffffffff|21524110|1')).toBe(true)
    expect(same('2|00000000|deadbeef|1', '2|ffffffff|21524110|2')).toBe(true)
    expect(same('deadbeef', 'deadbeee')).toBe(false)
    expect(same('deadbeef', 'deadbeef00')).toBe(false)
  })

  test('sameXSRFToken: two empty tokens are not the same', () => {
    const empty = { version: 1, token: Buffer.alloc(0), timestamp: 0 }
    expect(sameXSRFToken(empty, empty)).toBe(false)
  })

  test('property: any token survives encoding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, timestamp) => {
        const token = { version: 2, token: Buffer.from(bytes), timestamp }
        expect(decodeXSRFToken(encodeXSRFToken(token))).toEqual(token)
      }),
    )
  })

  test('property: no text throws, and no token is empty', () => {
    const unit = fc.constantFrom('2', '|', 'f', 'ffffffff', '0', 'x', '\u00e9')
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit }), fc.string({ unit: 'binary' })), (text) => {
        expect(decodeXSRFToken(text)?.token.length).not.toBe(0)
      }),
    )
  })
})

describe('crossSiteVerdict (Fetch Metadata, RFC 6454)', () => {
  const request: RequestOrigin = {
    secFetchSite: undefined,
    origin: undefined,
    host: 'app.example:8888',
    protocol: 'http',
    trustedOrigins: ['https://Partner.example', 'null'],
  }

  test.each([
    { secFetchSite: 'same-origin', verdict: 'same-origin', why: 'a page of ours' },
    { secFetchSite: 'none', verdict: 'same-origin', why: 'typed by the user' },
    { secFetchSite: 'same-site', verdict: 'cross-site', why: 'a sibling domain' },
    { secFetchSite: 'cross-site', verdict: 'cross-site', why: 'another site' },
    { secFetchSite: 'Same-Origin', verdict: 'cross-site', why: 'no value of the specification' },
    { secFetchSite: '', verdict: 'cross-site', why: 'an empty field' },
  ])('Sec-Fetch-Site: $secFetchSite: $verdict, $why', ({ secFetchSite, verdict }) => {
    expect(crossSiteVerdict({ ...request, secFetchSite })).toBe(verdict)
  })

  test.each([
    { origin: 'http://app.example:8888', verdict: 'same-origin', why: 'host and port are equal' },
    { origin: 'HTTP://App.Example:8888', verdict: 'same-origin', why: 'case does not matter' },
    { origin: 'https://app.example:8888', verdict: 'same-origin', why: 'a proxy may have ended TLS' },
    { origin: 'http://app.example', verdict: 'cross-site', why: 'another port' },
    { origin: 'http://app.example:8889', verdict: 'cross-site', why: 'another port' },
    { origin: 'http://sub.app.example:8888', verdict: 'cross-site', why: 'a subdomain' },
    { origin: 'http://app.example.evil:8888', verdict: 'cross-site', why: 'our name in front of another' },
    { origin: 'http://evil@app.example:8888', verdict: 'cross-site', why: 'no origin has a user' },
    { origin: 'http://app.example:8888/', verdict: 'cross-site', why: 'no origin has a path' },
    { origin: 'http://a.example, http://app.example:8888', verdict: 'cross-site', why: 'two origins' },
    { origin: 'ftp://app.example:8888', verdict: 'cross-site', why: 'another scheme' },
    { origin: 'app.example:8888', verdict: 'cross-site', why: 'no scheme' },
    { origin: 'null', verdict: 'cross-site', why: 'a sandboxed page, never to be trusted' },
    { origin: '', verdict: 'cross-site', why: 'an empty field' },
    { origin: 'https://partner.example', verdict: 'same-origin', why: 'trusted' },
    { origin: 'http://partner.example', verdict: 'cross-site', why: 'trusted with another scheme' },
  ])('Origin: $origin: $verdict, $why', ({ origin, verdict }) => {
    expect(crossSiteVerdict({ ...request, origin })).toBe(verdict)
  })

  test.each([
    { origin: 'https://a.example', host: 'a.example', protocol: 'https', verdict: 'same-origin', why: 'no ports' },
    {
      origin: 'https://a.example',
      host: 'a.example:443',
      protocol: 'https',
      verdict: 'same-origin',
      why: 'default port',
    },
    {
      origin: 'https://a.example:443',
      host: 'a.example',
      protocol: 'http',
      verdict: 'same-origin',
      why: 'default port',
    },
    { origin: 'http://a.example', host: 'A.example:80', protocol: 'http', verdict: 'same-origin', why: 'default port' },
    {
      origin: 'http://a.example',
      host: 'a.example:443',
      protocol: 'http',
      verdict: 'cross-site',
      why: 'of another scheme',
    },
    {
      origin: 'http://a.example',
      host: 'a.example',
      protocol: 'https',
      verdict: 'cross-site',
      why: 'a page without TLS',
    },
    { origin: 'http://[::1]:80', host: '[::1]', protocol: 'http', verdict: 'same-origin', why: 'IPv6' },
    { origin: 'http://a.example', host: undefined, protocol: 'http', verdict: 'cross-site', why: 'nothing to compare' },
    { origin: 'http://', host: '', protocol: 'http', verdict: 'cross-site', why: 'two times nothing is no match' },
  ])('Origin $origin, Host $host, $protocol: $verdict, $why', ({ origin, host, protocol, verdict }) => {
    expect(crossSiteVerdict({ ...request, origin, host, protocol })).toBe(verdict)
  })

  test('a trusted origin: wins over Sec-Fetch-Site', () => {
    const trusted = { ...request, secFetchSite: 'cross-site', origin: 'https://partner.example' }
    expect(crossSiteVerdict(trusted)).toBe('same-origin')
  })

  test('Sec-Fetch-Site: wins over an Origin that looks like ours', () => {
    const forged = { ...request, secFetchSite: 'cross-site', origin: 'http://app.example:8888' }
    expect(crossSiteVerdict(forged)).toBe('cross-site')
  })

  test('neither field: unknown', () => {
    expect(crossSiteVerdict(request)).toBe('unknown')
  })
})

function same(a: string, b: string): boolean | undefined {
  const [first, second] = [decodeXSRFToken(a), decodeXSRFToken(b)]
  return first && second && sameXSRFToken(first, second)
}
