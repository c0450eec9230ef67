import { describe, expect, test } from 'vitest'
import { HTTPError } from '../errors.ts'
import { type AdmissionLimits, admit, admitHost } from './admission.ts'

const LIMITS: AdmissionLimits = { maxHeaderCount: 3, maxTargetSize: 20, allowsHost: undefined }
const head = (target: string, fields: string[] = ['Host', 'a'], method = 'GET', httpVersion = '1.1') =>
  admit({ method, url: target, rawHeaders: fields, httpVersion }, LIMITS)
const statusOf = (admitted: unknown) => (admitted instanceof HTTPError ? admitted.status : 200)

describe('admit: targets (RFC 9112 §3.2)', () => {
  test.each([
    { target: '/a?b', is: { target: '/a?b', authority: 'a' }, why: 'origin-form' },
    {
      target: '//a/b',
      is: { target: '//a/b', authority: 'a' },
      why: 'a path that begins with two slashes, no authority',
    },
    { target: 'http://b:80/c', is: { target: '/c', authority: 'b:80' }, why: 'absolute-form' },
    { target: 'https://b', is: { target: '/', authority: 'b' }, why: 'an empty path is /' },
    { target: 'http://b?q', is: { target: '/?q', authority: 'b' }, why: 'an empty path before a query' },
    { target: 'http://[::1]:8/', is: { target: '/', authority: '[::1]:8' }, why: 'an IPv6 authority' },
  ])('$target: $why', ({ target, is }) => {
    expect(head(target)).toMatchObject(is)
  })

  test.each([
    '',
    'a',
    '*',
    '/#',
    'http:/b',
    'http://',
    'http:///c',
    'http://u@b/',
    'http://b:x/',
    'ws://b/',
    'http://b c/',
  ])('%j: 400', (target) => {
    expect(statusOf(head(target))).toBe(400)
  })

  test.each([
    { name: '20 bytes', target: `/${'x'.repeat(19)}`, status: 200 },
    { name: '21 bytes', target: `/${'x'.repeat(20)}`, status: 414 },
    { name: 'a star for OPTIONS', target: '*', method: 'OPTIONS', status: 200 },
  ])('$name: $status', ({ target, method, status }) => {
    expect(statusOf(head(target, ['Host', 'a'], method))).toBe(status)
  })
})

describe('admit: framing (RFC 9112 §6)', () => {
  test.each([
    { fields: [], is: { hasBody: false, contentLength: undefined } },
    { fields: ['Content-Length', '0'], is: { hasBody: false, contentLength: 0 } },
    { fields: ['CONTENT-LENGTH', '007'], is: { hasBody: true, contentLength: 7 } },
    { fields: ['transfer-encoding', 'Chunked'], is: { hasBody: true, contentLength: undefined } },
    { fields: ['Expect', '100-Continue', 'Content-Length', '1'], is: { hasBody: true, expectsContinue: true } },
  ])('$fields', ({ fields, is }) => {
    expect(head('/', ['Host', 'a', ...fields])).toMatchObject(is)
  })

  test('HTTP/1.0 does not wait for 100 Continue', () => {
    expect(head('/', ['Host', 'a', 'Expect', '100-continue'], 'POST', '1.0')).toMatchObject({ expectsContinue: false })
  })

  test.each([
    { fields: ['Transfer-Encoding', 'gzip'], status: 400 },
    { fields: ['Transfer-Encoding', ''], status: 400 },
    { fields: ['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'], status: 400 },
    { fields: ['Content-Length', '1'.repeat(16)], status: 400 },
    { fields: ['Content-Length', ''], status: 400 },
    { fields: ['Host', 'a'], status: 400 },
    { fields: ['Expect', ''], status: 417 },
    { fields: ['A', '1', 'B', '2', 'C', '3'], status: 431 },
  ])('$fields: $status', ({ fields, status }) => {
    expect(statusOf(head('/', ['Host', 'a', ...fields]))).toBe(status)
  })

  test.each(['0.9', '1.2', '2.0', '3.0', ''])('HTTP version %j: 505', (version) => {
    expect(statusOf(head('/', ['Host', 'a'], 'GET', version))).toBe(505)
  })
})

test('admitHost: asked with the host name alone, in lower case; an authority that is none is no host', () => {
  const asked: string[] = []
  const allowsHost = (hostname: string) => asked.push(hostname) < 3
  const limits = { ...LIMITS, allowsHost }
  expect(['A.example:80', '[::1]:80', 'a b'].map((authority) => admitHost(authority, limits)?.status)).toEqual([
    undefined,
    undefined,
    400,
  ])
  expect(asked).toEqual(['a.example', '[::1]', ''])
})
