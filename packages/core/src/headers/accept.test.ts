import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { preferredEncoding, preferredLanguages, preferredMediaType } from './accept.ts'

describe('preferredMediaType (RFC 9110 §12.5.1)', () => {
  const offered = ['text/html', 'application/json']

  test.each([
    { accept: undefined, type: 'text/html', why: 'no field, the first on offer' },
    { accept: '*/*', type: 'text/html', why: 'anything, the first on offer' },
    { accept: 'application/json', type: 'application/json', why: 'named' },
    { accept: 'APPLICATION/JSON', type: 'application/json', why: 'case does not matter' },
    { accept: 'application/*', type: 'application/json', why: 'a range of subtypes' },
    { accept: 'text/html;q=0.5, application/json', type: 'application/json', why: 'the greater weight' },
    { accept: 'text/html;q=0, */*', type: 'application/json', why: 'weight 0 is a refusal, however wide the rest' },
    { accept: '*/*;q=0.1, text/html;q=0.2', type: 'text/html', why: 'the narrower range counts' },
    { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', type: 'text/html', why: 'a browser' },
    { accept: 'image/png', type: undefined, why: 'nothing fits' },
    {
      accept: 'text/html;level=1, application/json;q=0.1',
      type: 'application/json',
      why: 'a parameter that is not there',
    },
    {
      accept: 'text/html;a="b,c;q=0", application/json;q=0',
      type: undefined,
      why: 'a comma in quotes divides nothing',
    },
    { accept: 'text/*;q=0.9;v=1, */*;q=0.1', type: 'text/html', why: 'what stands behind the weight is of no use' },
    { accept: 'text/html;q=1.5, application/json;q=0.1', type: 'application/json', why: 'a weight above 1' },
    { accept: ' , ,text/html ;q=0.5 ,application/json', type: 'application/json', why: 'empty members and spaces' },
    { accept: 'text/html;q=0', type: undefined, why: 'the only one is refused' },
    { accept: 'text/html;q=x', type: undefined, why: 'a weight that is none' },
    { accept: 'html', type: undefined, why: 'no media range' },
    { accept: '', type: undefined, why: 'an empty field' },
  ])('$accept: $type, $why', ({ accept, type }) => {
    expect(preferredMediaType(accept, offered)).toBe(type)
  })

  test('nothing on offer: undefined', () => {
    expect(preferredMediaType(undefined, [])).toBeUndefined()
  })
})

describe('preferredEncoding (RFC 9110 §12.5.3)', () => {
  const offered = ['br', 'gzip', 'identity']

  test.each([
    { accept: undefined, coding: 'identity', why: 'no field' },
    { accept: '', coding: 'identity', why: 'an empty field' },
    { accept: 'gzip, deflate, br, zstd', coding: 'br', why: 'the client is indifferent, the server chooses' },
    { accept: 'gzip;q=1.0, br;q=0.5', coding: 'gzip', why: 'the greater weight' },
    { accept: 'GZIP', coding: 'gzip', why: 'case does not matter' },
    { accept: 'gzip;q=0', coding: 'identity', why: 'weight 0 is a refusal' },
    { accept: 'x-gzip', coding: 'identity', why: 'another coding that holds the name' },
    { accept: '*', coding: 'br', why: 'any coding' },
    { accept: '*;q=0, gzip', coding: 'gzip', why: 'nothing but gzip' },
    { accept: 'br;q=0, *', coding: 'gzip', why: 'any coding but br' },
    { accept: 'identity', coding: 'identity', why: 'as it is' },
    { accept: 'identity;q=1, gzip;q=0.5', coding: 'identity', why: 'rather as it is' },
    { accept: 'deflate', coding: 'identity', why: 'identity is acceptable unless refused' },
    { accept: 'identity;q=0', coding: undefined, why: 'identity refused, nothing else named' },
    { accept: '*;q=0', coding: undefined, why: 'all refused, identity with them' },
    { accept: 'deflate, identity;q=0', coding: undefined, why: 'only what is not on offer' },
  ])('$accept: $coding, $why', ({ accept, coding }) => {
    expect(preferredEncoding(accept, offered)).toBe(coding)
  })

  test('no field and no identity on offer: undefined', () => {
    expect(preferredEncoding(undefined, ['gzip'])).toBeUndefined()
  })

  test('property: the choice is on offer and never one that was refused by name', () => {
    const member = fc.tuple(fc.constantFrom('br', 'gzip', 'identity', '*', 'x'), fc.constantFrom('', ';q=0', ';q=0.5'))
    const field = fc.uniqueArray(member, { selector: ([coding]) => coding })
    fc.assert(
      fc.property(field, (members) => {
        const chosen = preferredEncoding(members.map((parts) => parts.join('')).join(','), offered)
        expect([...offered, undefined]).toContain(chosen)
        expect(members).not.toContainEqual([chosen, ';q=0'])
      }),
    )
  })
})

describe('preferredLanguages (RFC 9110 §12.5.4)', () => {
  test.each([
    { accept: undefined, languages: [], why: 'no field' },
    { accept: '', languages: [], why: 'an empty field' },
    { accept: 'da, en-GB;q=0.8, en;q=0.7', languages: ['da', 'en-GB', 'en'], why: 'the example of the RFC' },
    { accept: 'de;q=0.8, pt-BR, fr;q=0', languages: ['pt-BR', 'de'], why: 'by weight, without weight 0' },
    { accept: 'en, *;q=0.5', languages: ['en', '*'], why: 'an asterisk stays' },
    { accept: 'en, en;q=0.5', languages: ['en'], why: 'each once' },
    { accept: 'en;q=x, de;q=-1, fr', languages: ['fr'], why: 'weights that are none' },
    { accept: '../../etc/passwd, en_US, toolongaword, __proto__, sv', languages: ['sv'], why: 'no language ranges' },
    { accept: 'zh-Hant-TW, de-*', languages: ['zh-Hant-TW', 'de-*'], why: 'script and region, RFC 4647 §2' },
  ])('$accept: $why', ({ accept, languages }) => {
    expect(preferredLanguages(accept)).toEqual(languages)
  })

  test('the hundredth member counts, the next does not', () => {
    const members = Array.from({ length: 99 }, () => 'x;q=0')
    expect(preferredLanguages([...members, 'en', 'de'].join(','))).toEqual(['en'])
  })

  test('property: no text throws or yields what was not asked for', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(preferredLanguages(text).join('')).toMatch(/^[A-Za-z0-9*-]*$/)
        expect([undefined, 'text/html']).toContain(preferredMediaType(text, ['text/html']))
        expect([undefined, 'gzip']).toContain(preferredEncoding(text, ['gzip']))
      }),
    )
  })
})
