import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseForwarded } from './forwarded.ts'

describe('parseForwarded (RFC 7239 §4)', () => {
  test.each([
    { value: 'for="_gazonk"', elements: [{ for: '_gazonk' }], why: 'an example of §4' },
    {
      value: 'For="[2001:db8:cafe::17]:4711"',
      elements: [{ for: '[2001:db8:cafe::17]:4711' }],
      why: 'names ignore case',
    },
    {
      value: 'for=192.0.2.60;proto=http;by=203.0.113.43',
      elements: [{ for: '192.0.2.60', proto: 'http', by: '203.0.113.43' }],
      why: 'an example of §4',
    },
    {
      value: 'for=192.0.2.43, for=198.51.100.17',
      elements: [{ for: '192.0.2.43' }, { for: '198.51.100.17' }],
      why: 'two hops',
    },
    { value: 'for=a; host="b:80" ,for=c', elements: [{ for: 'a', host: 'b:80' }, { for: 'c' }], why: 'spaces' },
    { value: 'host="a\\"b"', elements: [{ host: 'a"b' }], why: 'an escape' },
    { value: 'host="a,b;c=d"', elements: [{ host: 'a,b;c=d' }], why: 'separators in quotes' },
    { value: 'for=a;secret=x', elements: [{ for: 'a' }], why: 'an extension is left out' },
    { value: 'secret=x', elements: [{}], why: 'a hop that tells nothing we know is a hop' },
    { value: ',for=a,,;;for=b;,', elements: [{ for: 'a' }, { for: 'b' }], why: 'empty elements and pairs' },
    { value: 'for=""', elements: [{ for: '' }], why: 'an empty string is a value' },
  ])('$value: $why', ({ value, elements }) => {
    expect(parseForwarded(value)).toEqual(elements)
  })

  test.each([
    ['', 'nothing'],
    [' , ;', 'separators only'],
    ['for', 'no value'],
    ['for=', 'an empty value without quotes'],
    ['for =a', 'a space before the equals sign'],
    ['for=a b', 'a space inside'],
    ['for=192.0.2.43:80', 'a colon without quotes'],
    ['for=[2001:db8::1]', 'brackets without quotes'],
    ['for="a', 'a quote left open'],
    ['for="a"b', 'something after the quotes'],
    ['for=a;for=b', 'one parameter twice in an element'],
    ['for=a;x=1;X=2', 'an extension twice'],
    ['192.0.2.43', 'an address alone, as in X-Forwarded-For'],
    ['for=a, b', 'one bad element spoils the field'],
    ['for=\u00e9', 'not ASCII'],
  ])('%j: undefined, %s', (value) => {
    expect(parseForwarded(value)).toBeUndefined()
  })

  test('property: elements survive the way through text', () => {
    const text = fc.array(fc.integer({ min: 0x20, max: 0x7e })).map((codes) => String.fromCharCode(...codes))
    const element = fc.record({ for: text, by: text, proto: text, host: text }, { requiredKeys: ['for'] })
    fc.assert(
      fc.property(fc.array(element, { minLength: 1 }), (elements) => {
        const value = elements.map((pairs) => Object.entries(pairs).map(writePair).join(';')).join(', ')
        expect(parseForwarded(value)).toEqual(elements)
      }),
    )
  })
})

function writePair([name, value]: [string, string]): string {
  return `${name}="${value.replace(/["\\]/g, (character) => `\\${character}`)}"`
}
