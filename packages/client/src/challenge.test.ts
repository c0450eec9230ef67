import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseChallenges } from './challenge.ts'

function parsed(field: string): unknown {
  return parseChallenges(field).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])
}

describe('parseChallenges (RFC 9110 §11.6.1)', () => {
  test.each([
    { field: '', challenges: [], why: 'nothing' },
    { field: 'Basic realm="a b"', challenges: [['basic', { realm: 'a b' }]], why: 'one' },
    {
      field: 'Digest realm="x", NONCE=abc , qop="auth,auth-int"',
      challenges: [['digest', { realm: 'x', nonce: 'abc', qop: 'auth,auth-int' }]],
      why: 'names ignore case, commas within quotes separate nothing',
    },
    {
      field: 'Newauth realm="apps", type=1,\ttitle="Login to \\"apps\\"", Basic realm="simple"',
      challenges: [
        ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
        ['basic', { realm: 'simple' }],
      ],
      why: 'the example of §11.6.1: two in one field',
    },
    {
      field: 'Negotiate, NTLM TlRMTVNTUAAC==, Digest realm = "x"',
      challenges: [
        ['negotiate', {}],
        ['ntlm', {}],
        ['digest', { realm: 'x' }],
      ],
      why: 'a scheme alone, a token68, white space about the equals sign',
    },
    { field: ', ,Basic  realm=x,,', challenges: [['basic', { realm: 'x' }]], why: 'empty members of the list' },
    { field: 'Basic realm=a, realm=b', challenges: [['basic', { realm: 'a' }]], why: 'the first of a name counts' },
    { field: 'realm="x"', challenges: [], why: 'a parameter of nothing' },
    { field: 'Basic realm="x', challenges: [['basic', {}]], why: 'a quote without end: what stands before it' },
    { field: 'Basic realm="x"y, a=b', challenges: [['basic', {}]], why: 'something behind the quotes' },
    { field: 'Basic __proto__=x', challenges: [['basic', Object.fromEntries([['__proto__', 'x']])]], why: 'any name' },
  ])('$field: $why', ({ field, challenges }) => {
    expect(parsed(field)).toEqual(challenges)
  })

  test('what is quoted is read as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (value) => {
        const field = `Basic realm="${value.replace(/["\\]/g, '\\$&')}", Digest nonce=1`
        expect(parsed(field)).toEqual([
          ['basic', { realm: value }],
          ['digest', { nonce: '1' }],
        ])
      }),
    )
  })

  test.each([
    'a '.repeat(50_000),
    `a${' '.repeat(100_000)}"`,
    'a=",'.repeat(25_000),
    `a b${'='.repeat(100_000)}x`,
    'a a="\\'.repeat(20_000),
  ])('linear time, however hostile: %#', (field) => {
    const start = performance.now()
    parseChallenges(field)
    expect(performance.now() - start).toBeLessThan(500)
  })
})
