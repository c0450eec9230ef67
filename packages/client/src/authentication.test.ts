import { describe, expect, test } from 'vitest'
import { Authentication, type AuthOptions, checkAuth, urlCredentials, withAuth } from './authentication.ts'
import { HTTPClientOptionError } from './option-error.ts'

describe('withAuth', () => {
  test.each<{ given: AuthOptions; auth: object | undefined; why: string }>([
    { given: {}, auth: undefined, why: 'nothing' },
    { given: { auth: { bearer: 't' } }, auth: { bearer: 't' }, why: 'as it is' },
    { given: { authUsername: 'u' }, auth: { username: 'u', password: '' }, why: 'no password' },
    {
      given: { authUsername: 'u', authPassword: 'p', authMode: 'digest' },
      auth: { username: 'u', password: 'p', mode: 'digest' },
      why: 'Tornado’s names',
    },
  ])('$given: $why', ({ given, auth }) => {
    expect(withAuth(given)).toEqual(auth === undefined ? {} : { auth })
  })

  test.each<AuthOptions>([{ authUsername: 'u', auth: { bearer: 't' } }, { authPassword: 'p' }, { authMode: 'digest' }])(
    '%j: refused',
    (given) => {
      expect(() => withAuth(given)).toThrow(HTTPClientOptionError)
    },
  )
})

test.each([
  null,
  'ann:secret',
  {},
  { bearer: 1 },
  { bearer: 'a', username: 'b', password: 'c' },
  { username: 'ann' },
  { username: 'ann', password: 1 },
  { username: 'ann', password: 'secret', mode: 'ntlm' },
  { username: 'ann', password: 'secret', more: 1 },
  { username: 'a:b', password: 'secret' },
])('checkAuth(%j): refused, and not repeated', (auth) => {
  expect(() => checkAuth(auth)).toThrow(HTTPClientOptionError)
  expect(() => checkAuth(auth)).not.toThrow(/secret/)
})

test.each([{ username: 'a', password: '' }, { username: 'a:b', password: 'c', mode: 'digest' }, { bearer: 't' }])(
  'checkAuth(%j): fine',
  (auth) => {
    expect(() => checkAuth(auth)).not.toThrow()
  },
)

test.each([
  { url: 'http://a/', credentials: undefined },
  { url: 'http://ann@a/', credentials: { username: 'ann', password: '' } },
  { url: 'http://a%40b:p%3Aw@a/', credentials: { username: 'a@b', password: 'p:w' } },
])('urlCredentials($url)', ({ url, credentials }) => {
  expect(urlCredentials('a URL', new URL(url))).toEqual(credentials)
})

test.each(['http://%zz@a/', 'http://ann:%ff@a/'])('urlCredentials(%s): refused', (url) => {
  expect(() => urlCredentials('a URL', new URL(url))).toThrow(HTTPClientOptionError)
})

test('Authentication: of a thousand and one origins the first is forgotten', () => {
  const authentication = new Authentication()
  const auth = { username: 'u', password: 'p', mode: 'digest' } as const
  const url = (n: number) => new URL(`http://host${n}/`)
  for (let n = 0; n <= 1000; n++) authentication.challenged(auth, url(n), 'Digest realm="r", nonce="n"', 0)
  expect(authentication.field(auth, url(0), 'GET')).toBeUndefined()
  expect(authentication.field(auth, url(1), 'GET')).toMatch(/^Digest /)
})
