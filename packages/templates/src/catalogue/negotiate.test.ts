import { describe, expect, test } from 'vitest'
import { fallbacks, languageTag, lookUp } from './negotiate.ts'

describe('languageTag', () => {
  test.each([
    ['pt_br', 'pt-BR'],
    ['pt-BR', 'pt-BR'],
    ['pt_BR.UTF-8', 'pt-BR'],
    ['sr_RS@latin', 'sr-Latn-RS'],
    ['sr@cyrillic', 'sr-Cyrl'],
    ['zh_hant_tw', 'zh-Hant-TW'],
    ['ES', 'es'],
    ['', undefined],
    ['not a language', undefined],
    ['e', undefined],
    ['es_', undefined],
  ])('%j: %j', (name, tag) => {
    expect(languageTag(name)).toBe(tag)
  })
})

describe('lookUp (RFC 4647 §3.4)', () => {
  const supported = new Map(['en-us', 'es', 'es-gt', 'zh-hant', 'de-ch-1996'].map((tag) => [tag, tag]))

  test.each([
    { wanted: ['es-GT'], found: 'es-gt', why: 'exactly' },
    { wanted: ['ES_gt'], found: 'es-gt', why: 'case and underscore do not count' },
    { wanted: ['es-MX'], found: 'es', why: 'the language without its region' },
    { wanted: ['fr', 'es'], found: 'es', why: 'the next wanted one' },
    { wanted: ['es-MX', 'en-US'], found: 'es', why: 'the first wanted one, even if less exact' },
    { wanted: ['zh-Hant-CN-x-private1-private2'], found: 'zh-hant', why: 'the example of the RFC' },
    { wanted: ['de-CH-1996-x-y'], found: 'de-ch-1996', why: 'a single letter goes with what it introduces' },
    { wanted: ['en'], found: undefined, why: 'never more exact than wanted' },
    { wanted: ['*', 'es'], found: 'es', why: '* wants nothing in particular' },
    {
      wanted: ['', '-', 'e s', 'es--', `es-${'x'.repeat(70)}`, '__proto__'],
      found: undefined,
      why: 'no language ranges',
    },
    { wanted: [], found: undefined, why: 'nothing wanted' },
  ])('$wanted: $why', ({ wanted, found }) => {
    expect(lookUp(wanted, supported)).toBe(found)
  })

  test('a tag of great length is passed over, not taken apart', () => {
    expect(fallbacks(Array.from({ length: 16 }, () => 'aaa').join('-'))).toHaveLength(16)
    expect(fallbacks(Array.from({ length: 17 }, () => 'aaa').join('-'))).toEqual([])
  })
})
