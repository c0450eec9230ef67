import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { DigestSession, digestChallenge } from './digest-auth.ts'

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

function answer(field: string, cnonce: string, ...[name, password, target]: [string, string, string]): string {
  const challenge = digestChallenge(field)
  if (challenge === undefined) throw new Error('no challenge')
  return new DigestSession(challenge, cnonce).authorization(name, password, 'GET', target)
}

describe('Digest (RFC 7616)', () => {
  const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v'
  const opaque = 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS'
  const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ'

  test.each([
    { algorithm: 'MD5', response: '8ca523f5e9506fed4657c9700eebdbec' },
    { algorithm: 'SHA-256', response: '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1' },
  ])('§3.9.1 with $algorithm', ({ algorithm, response }) => {
    const field = `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${nonce}", opaque="${opaque}"`
    expect(answer(field, cnonce, 'Mufasa', 'Circle of Life', '/dir/index.html')).toBe(
      `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=${algorithm}, ` +
        `nonce="${nonce}", nc=00000001, cnonce="${cnonce}", qop=auth, response="${response}", opaque="${opaque}"`,
    )
  })

  test('§3.9.2 as erratum 4897 corrects it: SHA-512-256, a name in UTF-8, hashed', () => {
    const field = `Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", charset=UTF-8, userhash=true`
    const value = answer(
      field,
      'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
      'Jäsøn Doe',
      'Secret, or not?',
      '/doe.json',
    )
    expect(value).toContain('username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"')
    expect(value).toContain('response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"')
    expect(value).toMatch(/userhash=true$/)
  })

  test('RFC 2069, from before there was a qop: neither counter nor cnonce', () => {
    const value = answer('Digest realm="r", nonce="n"', 'c', 'u', 'p', '/')
    expect(value).toBe(
      `Digest username="u", realm="r", uri="/", nonce="n", response="${md5(`${md5('u:r:p')}:n:${md5('GET:/')}`)}"`,
    )
  })

  test('-sess: the first nonces are part of the secret (§3.4.2)', () => {
    const value = answer('Digest realm="r", nonce="n", qop=auth, algorithm=MD5-sess', 'c', 'u', 'p', '/')
    const secret = md5(`${md5('u:r:p')}:n:c`)
    expect(value).toContain(`response="${md5(`${secret}:n:00000001:c:auth:${md5('GET:/')}`)}"`)
    expect(value).toContain('algorithm=MD5-sess')
  })

  test('the counter goes on, another nonce begins it again', () => {
    const challenge = digestChallenge('Digest realm="r", nonce="n", qop=auth')
    const session = new DigestSession(challenge as NonNullable<typeof challenge>)
    const values = [1, 2].map(() => session.authorization('u', 'p', 'GET', '/'))
    expect(values.map((value) => /nc=(\w+)/.exec(value)?.[1])).toEqual(['00000001', '00000002'])
    const next = session.next('qop=auth, nextnonce="n2"')
    expect(next?.authorization('u', 'p', 'GET', '/')).toMatch(/nonce="n2", nc=00000001/)
    expect(session.next('qop=auth')).toBeUndefined()
  })

  test('quotes, and names beyond ASCII, as RFC 8187 has them', () => {
    expect(answer('Digest realm="a \\"b\\"", nonce="n"', 'c', 'u"\\', 'p', '/')).toMatch(
      /^Digest username="u\\"\\\\", realm="a \\"b\\"", /,
    )
    expect(answer('Digest realm="r", nonce="n"', 'c', "Jäsøn (d'oe)", 'p', '/')).toMatch(
      /^Digest username\*=UTF-8''J%C3%A4s%C3%B8n%20%28d%27oe%29, /,
    )
  })
})

describe('digestChallenge', () => {
  test.each([
    { field: 'Basic realm="x"', algorithm: 'none', why: 'another scheme' },
    { field: 'Digest realm="x"', algorithm: 'none', why: 'no nonce' },
    { field: 'Digest nonce="x"', algorithm: 'none', why: 'no realm' },
    { field: 'Digest realm="x", nonce="n", qop="auth-int"', algorithm: 'none', why: 'a hash of the body' },
    { field: 'Digest realm="x", nonce="n", algorithm=SHA-1', algorithm: 'none', why: 'no algorithm of RFC 7616' },
    {
      field: 'Digest realm="x", nonce="n", algorithm=token, Digest realm="x", nonce="n", algorithm=sha-256-SESS',
      algorithm: 'sha-256-SESS',
      why: 'the first that is known, whatever its case',
    },
    {
      field: 'Digest realm="x", nonce="n", algorithm=SHA-256, Digest realm="x", nonce="n", algorithm=MD5',
      algorithm: 'SHA-256',
      why: 'the order of the server, §3.7',
    },
  ])('$field: $algorithm, $why', ({ field, algorithm }) => {
    expect(digestChallenge(field)?.algorithm ?? 'none').toBe(algorithm)
  })
})
