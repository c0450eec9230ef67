import { describe, expect, test } from 'vitest'
import { bytesSource } from './content-source.ts'
import { type Hop, nextHop, redirectTarget } from './redirect.ts'
import { RequestFields } from './request-fields.ts'
import { resolveRequestOptions } from './request-options.ts'

const FROM = new URL('https://a.example/dir/page?x=1#part')

describe('where a redirect leads (RFC 9110 §10.2.2, §15.4)', () => {
  test.each([
    { code: 302, location: '/other', target: 'https://a.example/other#part', why: 'a path; the fragment is inherited' },
    {
      code: 302,
      location: 'other#b',
      target: 'https://a.example/dir/other#b',
      why: 'a relative path, its own fragment',
    },
    { code: 302, location: '//b.example/', target: 'https://b.example/#part', why: 'another host' },
    { code: 302, location: '', target: 'https://a.example/dir/page?x=1#part', why: 'empty: the same' },
    {
      code: 302,
      location: Buffer.from('/ü').toString('latin1'),
      target: 'https://a.example/%C3%BC#part',
      why: 'bare UTF-8',
    },
    { code: 302, location: '/\u00fc', target: 'https://a.example/%C3%BC#part', why: 'bare Latin-1' },
    { code: 302, location: null, target: undefined, why: 'no Location' },
    { code: 300, location: '/other', target: undefined, why: 'a choice, no redirect' },
    { code: 304, location: '/other', target: undefined, why: 'not modified' },
    { code: 200, location: '/other', target: undefined, why: 'no redirect' },
    { code: 302, location: 'file:///etc/passwd', target: 'invalid', why: 'another scheme' },
    { code: 302, location: 'javascript:alert(1)', target: 'invalid', why: 'another scheme' },
    { code: 302, location: 'http://[', target: 'invalid', why: 'no URL' },
  ])('$code $location: $why', ({ code, location, target }) => {
    const result = redirectTarget(code, location, FROM)
    expect(result instanceof URL ? result.href : result).toBe(target)
  })
})

describe('what is sent there (RFC 9110 §15.4)', () => {
  function hop(method: string): Hop {
    const fields = new RequestFields({
      'Content-Type': 'text/plain',
      Authorization: 'Basic x',
      Cookie: 'a=1',
      Host: 'virtual',
      'X-Other': 'kept',
    })
    const options = resolveRequestOptions({ auth: { bearer: 't' }, cert: 'c', key: 'k' }, {})
    return { url: FROM, method, fields, body: { ...bytesSource(Buffer.from('x')), contentType: undefined }, options }
  }

  test.each([
    { code: 301, method: 'POST', next: 'GET' },
    { code: 302, method: 'POST', next: 'GET' },
    { code: 303, method: 'POST', next: 'GET' },
    { code: 307, method: 'POST', next: 'POST' },
    { code: 308, method: 'POST', next: 'POST' },
    { code: 301, method: 'PUT', next: 'PUT' },
    { code: 302, method: 'DELETE', next: 'DELETE' },
    { code: 303, method: 'PUT', next: 'GET' },
    { code: 303, method: 'HEAD', next: 'HEAD' },
    { code: 302, method: 'HEAD', next: 'HEAD' },
  ])('$code after $method: $next', ({ code, method, next }) => {
    const result = nextHop(hop(method), code, new URL('https://a.example/other'))
    expect(result.method).toBe(next)
    expect(result.body === undefined).toBe(next !== method)
    expect(result.fields.has('Content-Type')).toBe(next === method)
    expect(result.fields.get('Authorization')).toBe('Basic x')
    expect(result.options.auth).toEqual({ bearer: 't' })
  })

  test.each([
    ['http://a.example/dir/', 'another scheme'],
    ['https://a.example:8443/', 'another port'],
    ['https://www.a.example/', 'another host'],
  ])('%s: no credentials, %s', (target) => {
    const { fields, options } = nextHop(hop('GET'), 302, new URL(target))
    for (const name of ['Authorization', 'Cookie', 'Host']) expect(fields.has(name)).toBe(false)
    expect(fields.get('X-Other')).toBe('kept')
    expect(options).toMatchObject({ auth: undefined, cert: undefined, key: undefined })
  })

  test('a name and password in the target are not used', () => {
    expect(nextHop(hop('GET'), 302, new URL('https://u:p@a.example/')).url.href).toBe('https://a.example/')
  })
})
