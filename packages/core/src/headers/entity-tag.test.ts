import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchesAny, parseEntityTag, parseEntityTagList, strongMatch, weakMatch } from './entity-tag.ts'

const strong = (opaque: string) => ({ opaque, weak: false })
const weak = (opaque: string) => ({ opaque, weak: true })

describe('parseEntityTagList (RFC 9110 §13.1, Tornado check_etag_header)', () => {
  test.each([
    { value: '"a"', tags: [strong('a')], why: 'one tag' },
    { value: 'W/"a"', tags: [weak('a')], why: 'a weak tag' },
    { value: '"a", W/"b","c"', tags: [strong('a'), weak('b'), strong('c')], why: 'a list' },
    { value: '""', tags: [strong('')], why: 'an empty tag is a tag, §8.8.3' },
    { value: '"a,b"', tags: [strong('a,b')], why: 'a comma inside the quotes' },
    { value: '"a\\"', tags: [strong('a\\')], why: 'a backslash escapes nothing, §8.8.3' },
    { value: ', ,"a",', tags: [strong('a')], why: 'empty members, §5.6.1.2' },
    { value: 'a, "b", c', tags: [strong('b')], why: 'members without quotes are skipped' },
    { value: '"a" "b"', tags: [strong('a'), strong('b')], why: 'a missing comma' },
    { value: '"a", "b', tags: [strong('a')], why: 'a missing quote' },
    { value: 'w/"a"', tags: [weak('a')], why: 'a small w does not make the tag strong' },
    { value: '"a", *', tags: [strong('a')], why: 'an asterisk counts as the first member only' },
    { value: '"*"', tags: [strong('*')], why: 'in quotes it is a tag' },
    { value: '*a', tags: [], why: 'an asterisk with something behind it' },
    { value: '', tags: [], why: 'nothing' },
  ])('$value: $why', ({ value, tags }) => {
    expect(parseEntityTagList(value)).toEqual(tags)
  })

  test.each(['*', ' * ', '*, "a"', ',*'])('%j: every tag', (value) => {
    expect(parseEntityTagList(value)).toBe('*')
  })

  test('property: a list of tags survives the way through text', () => {
    const tag = fc.record({ opaque: fc.string().map((text) => text.replaceAll('"', '')), weak: fc.boolean() })
    fc.assert(
      fc.property(fc.array(tag), fc.constantFrom(',', ', ', ' ,\t'), (tags, separator) => {
        const value = tags.map(({ opaque, weak }) => `${weak ? 'W/' : ''}"${opaque}"`).join(separator)
        expect(parseEntityTagList(value)).toEqual(tags)
      }),
    )
  })
})

describe('parseEntityTag (RFC 9110 §8.8.3)', () => {
  test.each([
    { value: '"a"', tag: strong('a') },
    { value: 'W/"a"', tag: weak('a') },
    { value: '""', tag: strong('') },
  ])('$value: a tag', ({ value, tag }) => {
    expect(parseEntityTag(value)).toEqual(tag)
  })

  test.each(['', '"', 'a', '*', 'W/', 'W/a', 'w/"a"', '"a', 'a"', '"a"b', ' "a"', '"a","b"', 'W/"a" '])(
    '%j: none',
    (value) => {
      expect(parseEntityTag(value)).toBeUndefined()
    },
  )
})

describe('comparison (RFC 9110 §8.8.3.2, the table there)', () => {
  test.each([
    { a: weak('1'), b: weak('1'), strongly: false, weakly: true },
    { a: weak('1'), b: weak('2'), strongly: false, weakly: false },
    { a: weak('1'), b: strong('1'), strongly: false, weakly: true },
    { a: strong('1'), b: weak('1'), strongly: false, weakly: true },
    { a: strong('1'), b: strong('1'), strongly: true, weakly: true },
    { a: strong('a'), b: strong('A'), strongly: false, weakly: false },
  ])('$a and $b: strongly $strongly, weakly $weakly', ({ a, b, strongly, weakly }) => {
    expect(strongMatch(a, b)).toBe(strongly)
    expect(weakMatch(a, b)).toBe(weakly)
  })

  test.each([
    { list: '*' as const, tag: weak('x'), comparison: 'strong' as const, matches: true, why: 'an asterisk holds all' },
    { list: [], tag: strong('x'), comparison: 'weak' as const, matches: false, why: 'an empty list' },
    { list: [strong('a'), weak('x')], tag: strong('x'), comparison: 'weak' as const, matches: true, why: 'weakly' },
    { list: [strong('a'), weak('x')], tag: strong('x'), comparison: 'strong' as const, matches: false, why: 'weak' },
    { list: [strong('a'), strong('x')], tag: strong('x'), comparison: 'strong' as const, matches: true, why: 'same' },
  ])('matchesAny $list, $tag, $comparison: $matches, $why', ({ list, tag, comparison, matches }) => {
    expect(matchesAny(list, tag, comparison)).toBe(matches)
  })
})
