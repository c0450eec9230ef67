import { compileFunction } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExpression, parsePluralForms } from './plural-forms.ts'

const RUSSIAN = 'n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2'

describe('parsePluralForms (gettext manual, "Plural forms")', () => {
  test.each([
    { language: 'ja', header: 'nplurals=1; plural=0;', forms: { 0: 0, 1: 0, 5: 0 } },
    { language: 'en', header: 'nplurals=2; plural=n != 1;', forms: { 0: 1, 1: 0, 2: 1, 11: 1 } },
    { language: 'fr', header: 'nplurals=2; plural=n>1;', forms: { 0: 0, 1: 0, 2: 1, 1.5: 1, '-3': 1 } },
    {
      language: 'ru',
      header: `nplurals=3; plural=(${RUSSIAN});`,
      forms: { 0: 2, 1: 0, 2: 1, 5: 2, 11: 2, 12: 2, 21: 0, 22: 1, 111: 2, 121: 0 },
    },
    {
      language: 'pl',
      header: 'nplurals=3; plural=n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2',
      forms: { 0: 2, 1: 0, 2: 1, 5: 2, 12: 2, 21: 2, 22: 1, 112: 2 },
    },
    {
      language: 'ar',
      header: 'nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;',
      forms: { 0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 11: 4, 99: 4, 100: 5, 102: 5, 103: 3 },
    },
  ])('$language', ({ header, forms }) => {
    const plural = parsePluralForms(header)
    expect(Object.fromEntries(Object.keys(forms).map((n) => [n, plural.select(Number(n))]))).toEqual(forms)
  })

  test.each(['ja', 'en', 'ru', 'pl', 'ar', 'cs'])('%s: agrees with Intl on which numbers share a form', (language) => {
    const headers = new Map([
      ['ja', 'nplurals=1; plural=0'],
      ['en', 'nplurals=2; plural=n!=1'],
      ['ru', `nplurals=3; plural=${RUSSIAN}`],
      ['pl', 'nplurals=3; plural=n==1?0:n%10>=2&&n%10<=4&&(n%100<12||n%100>14)?1:2'],
      ['ar', 'nplurals=6; plural=n==0?0:n==1?1:n==2?2:n%100>=3&&n%100<=10?3:n%100>=11?4:5'],
      ['cs', 'nplurals=3; plural=(n==1) ? 0 : (n>=2 && n<=4) ? 1 : 2'],
    ])
    const plural = parsePluralForms(headers.get(language) ?? '')
    const rules = new Intl.PluralRules(language)
    const categories = new Map<number, string>()
    for (let n = 0; n < 300; n++) {
      const form = plural.select(n)
      if (!categories.has(form)) categories.set(form, rules.select(n))
      expect([n, rules.select(n)]).toEqual([n, categories.get(form)])
    }
  })

  test.each([
    { header: '', problem: 'must read' },
    { header: 'nplurals=2', problem: 'must read' },
    { header: 'nplurals=0; plural=0', problem: 'from 1 to 100' },
    { header: 'nplurals=101; plural=0', problem: 'from 1 to 100' },
    { header: 'nplurals=2; plural=n', problem: 'gives form 2 of 2 for n = 2' },
    { header: 'nplurals=2; plural=n/0', problem: 'gives form NaN' },
    { header: 'nplurals=2; plural=0-1', problem: 'gives form -1' },
    { header: 'nplurals=2; plural=n==1 ? 0', problem: 'unexpected end, expected :' },
    { header: 'nplurals=2; plural=(n', problem: 'unexpected end, expected )' },
    { header: 'nplurals=2; plural=n n', problem: 'unexpected "n"' },
    { header: 'nplurals=2; plural=process.exit()', problem: 'unexpected "p"' },
    { header: 'nplurals=2; plural=n1', problem: 'unexpected "n"' },
    { header: 'nplurals=2; plural=n = 1', problem: 'unexpected "="' },
    { header: `nplurals=2; plural=${'('.repeat(51)}n${')'.repeat(51)}`, problem: 'nests deeper than 50' },
    { header: `nplurals=2; plural=0${'+0'.repeat(500)}`, problem: 'longer than 1000' },
  ])('$header: $problem', ({ header, problem }) => {
    expect(() => parsePluralForms(header)).toThrow(SyntaxError)
    expect(() => parsePluralForms(header)).toThrow(problem)
  })

  test('nesting below the limit is taken', () => {
    expect(parsePluralForms(`nplurals=2; plural=${'('.repeat(49)}n>1${')'.repeat(49)}`).select(2)).toBe(1)
    expect(parsePluralForms(`nplurals=2; plural=${'!'.repeat(900)}n`).select(7)).toBe(1)
  })
})

describe('parseExpression', () => {
  test.each([
    { text: '1+2*3', value: 7, why: 'products first' },
    { text: '10-4-3', value: 3, why: 'from the left' },
    { text: '7/2', value: 3, why: 'whole numbers, as in C' },
    { text: '1||0&&0', value: 1, why: 'and before or' },
    { text: '1?2:0?3:4', value: 2, why: 'the conditional groups to the right' },
    { text: '0?2:0?3:4', value: 4, why: 'the conditional groups to the right' },
    { text: '!n==0', value: 1, why: 'not binds most' },
    { text: '!!n', value: 1, why: 'twice not is zero or one' },
    { text: '5>3>1', value: 0, why: 'a comparison is zero or one' },
    { text: '1 != 2 == 1', value: 1, why: 'equality from the left' },
  ])('$text is $value for n = 5: $why', ({ text, value }) => {
    expect(parseExpression(text)(5)).toBe(value)
  })

  test('any expression: the value that the same words have in JavaScript', () => {
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom('n', '0', '1', '2', '10'),
        fc
          .tuple(tie('expression'), fc.constantFrom('+', '-', '*', '<', '>', '<=', '>=', '==', '!='), tie('expression'))
          .map((parts) => parts.join(' ')),
        fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
        tie('expression').map((inner) => `(${inner})`),
      ),
    }))
    fc.assert(
      fc.property(expression, fc.nat(200), (text, n) => {
        fc.pre(text.length <= 1000)
        const expected: unknown = compileFunction(`return Number(${text})`, ['n'])(n)
        expect(parseExpression(text)(n)).toBe(expected)
      }),
    )
  })
})
