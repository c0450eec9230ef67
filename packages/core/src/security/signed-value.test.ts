import { createHmac } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OptionError } from '../options.ts'
import {
  type CookieSecret,
  checkCookieSecret,
  createSignedValue,
  decodeSignedValue,
  signedValueKeyVersion,
} from './signed-value.ts'

const SECRET = "It's a secret to everybody"
const TIME = 1_300_000_000 // seconds
const DAY = 86_400 // seconds
const at = (seconds: number) => ({ clock: () => seconds * 1000 })

// The first is from Tornado's own tests; the others were made with hmac and base64 of Python 3.11.
const TORNADO_VECTOR =
  '2|1:0|10:1300000000|3:key|8:dmFsdWU=|3d4e60b996ff9c5d5788e333a0cba6f238a22c6c0f94788870e1a9ecd482e152'
const VECTORS = [
  { secret: SECRET, name: 'key', value: Buffer.from('value'), time: TIME, text: TORNADO_VECTOR },
  {
    secret: { 3: 'first key', 17: 'second key' },
    keyVersion: 17,
    name: 'user',
    value: Buffer.from(''),
    time: 1_700_000_000,
    text: '2|2:17|10:1700000000|4:user|0:|fad161a63304d1bf017f28d07ed70bcd43db20d53d2631c3bbe76ee4a24478a5',
  },
  {
    secret: { 3: 'cl\u00e9' },
    keyVersion: 3,
    name: 'nom\u00e9',
    value: Buffer.from([0, 255, 124, 58]),
    time: 1_700_000_000,
    text: '2|1:3|10:1700000000|5:nom\u00e9|8:AP98Og==|794365add696f7520cab198d98a4e8b60b731815973ec1ff0fc02bb14b453e43',
  },
]

describe('signed values (Tornado, format 2)', () => {
  test.each(VECTORS)('$text: made byte for byte', ({ secret, keyVersion, name, value, time, text }) => {
    expect(createSignedValue(secret, name, value, { keyVersion, ...at(time) })).toBe(text)
  })

  test.each(VECTORS)('$text: read back', ({ secret, name, value, time, text }) => {
    expect(decodeSignedValue(secret, name, text, at(time))).toEqual(value)
  })

  test('a text and its bytes: signed alike', () => {
    const bytes = new TextEncoder().encode('\u00e9')
    expect(createSignedValue(SECRET, 'a', '\u00e9', at(TIME))).toBe(createSignedValue(SECRET, 'a', bytes, at(TIME)))
  })

  test('fractions of a second: cut off', () => {
    expect(createSignedValue(SECRET, 'key', 'value', at(TIME + 0.999))).toBe(TORNADO_VECTOR)
  })

  test('without a clock: valid now', () => {
    expect(decodeSignedValue(SECRET, 'a', createSignedValue(SECRET, 'a', 'b'))?.toString()).toBe('b')
  })

  test.each([
    { age: 31 * DAY, maxAgeDays: undefined, valid: true, why: '31 days by default' },
    { age: 31 * DAY + 1, maxAgeDays: undefined, valid: false, why: 'a second more' },
    { age: DAY, maxAgeDays: 1, valid: true, why: 'a day' },
    { age: DAY + 1, maxAgeDays: 1, valid: false, why: 'a second more than a day' },
    { age: 0, maxAgeDays: 0, valid: true, why: 'this second' },
    { age: 1, maxAgeDays: 0, valid: false, why: '0 is an age, not the default' },
    { age: -DAY, maxAgeDays: 1, valid: true, why: 'made by a clock that is ahead' },
    { age: 0, maxAgeDays: Number.NaN, valid: false, why: 'not a number refuses all' },
  ])('$age seconds old, at most $maxAgeDays days: valid $valid, $why', ({ age, maxAgeDays, valid }) => {
    const value = decodeSignedValue(SECRET, 'key', TORNADO_VECTOR, { maxAgeDays, ...at(TIME + age) })
    expect(value?.toString()).toBe(valid ? 'value' : undefined)
  })

  test('another name: undefined', () => {
    expect(decodeSignedValue(SECRET, 'key2', TORNADO_VECTOR, at(TIME))).toBeUndefined()
  })

  test('another secret: undefined', () => {
    expect(decodeSignedValue(`${SECRET}!`, 'key', TORNADO_VECTOR, at(TIME))).toBeUndefined()
  })

  test('key rotation: the old key verifies while it is there', () => {
    const old = createSignedValue({ 1: 'old' }, 'a', 'b', { keyVersion: 1, ...at(TIME) })
    expect(decodeSignedValue({ 1: 'old', 2: 'new' }, 'a', old, at(TIME))?.toString()).toBe('b')
    expect(decodeSignedValue({ 2: 'new' }, 'a', old, at(TIME))).toBeUndefined()
    expect(decodeSignedValue({ 1: 'new' }, 'a', old, at(TIME))).toBeUndefined()
  })

  test('one secret: verifies whatever key version the value names, as in Tornado', () => {
    const signed = createSignedValue({ 7: SECRET }, 'a', 'b', { keyVersion: 7, ...at(TIME) })
    expect(decodeSignedValue(SECRET, 'a', signed, at(TIME))?.toString()).toBe('b')
  })

  test('an empty secret: verifies nothing, though anybody can sign with it', () => {
    const payload = TORNADO_VECTOR.slice(0, TORNADO_VECTOR.lastIndexOf('|') + 1)
    const forged = payload + createHmac('sha256', '').update(payload).digest('hex')
    expect(decodeSignedValue('', 'key', forged, at(TIME))).toBeUndefined()
    expect(decodeSignedValue({ 0: '' }, 'key', forged, at(TIME))).toBeUndefined()
  })

  test.each<[string | undefined, string]>([
    [undefined, 'absent'],
    ['', 'empty'],
    ['2|', 'no fields'],
    ['2|1:0', 'cut short'],
    ['dmFsdWU=|1300000000|31c934969f53e48164c50768b40cbd7e2daaaa4f', 'format 1'],
    [TORNADO_VECTOR.replace('2|', '1|'), 'another version'],
    [TORNADO_VECTOR.replace('2|', '3|'), 'another version'],
    [TORNADO_VECTOR.replace('2|', '02|'), 'a zero in front'],
    [TORNADO_VECTOR.replace('8:dmFsdWU=', '8:dmFsdWV='), 'another value'],
    [TORNADO_VECTOR.replace('1300000000', '1300000001'), 'another time'],
    [TORNADO_VECTOR.replace('1:0', '1:1'), 'another key version'],
    [TORNADO_VECTOR.replace('1:0', '2:0'), 'a length too great'],
    [TORNADO_VECTOR.replace('3:key', '+3:key'), 'a sign'],
    [TORNADO_VECTOR.replace('3:key', '999999999999999999999:key'), 'a length of 21 digits'],
    [TORNADO_VECTOR.replace('3:key', '-1:key'), 'a negative length'],
    [TORNADO_VECTOR.replace('3:key', ':key'), 'no length'],
    [TORNADO_VECTOR.slice(0, -1), 'a signature cut short'],
    [TORNADO_VECTOR.slice(0, -64), 'no signature'],
    [`${TORNADO_VECTOR}0`, 'a signature too long'],
    [TORNADO_VECTOR.replace(/[0-9a-f]+$/, (hex) => hex.toUpperCase()), 'a signature in capitals'],
    [`${TORNADO_VECTOR} `, 'a space behind it'],
    [`"${TORNADO_VECTOR}"`, 'in quotes'],
  ])('%j: undefined, %s', (signed) => {
    expect(decodeSignedValue(SECRET, 'key', signed, at(TIME))).toBeUndefined()
  })

  test.each([
    ['1:0|10:1300000000|3:key|7:dmFsdWU|', 'base64 without its padding'],
    ['1:0|10:1300000000|3:key|4:@@@@|', 'no base64'],
    ['1:0|5:1e999|3:key|8:dmFsdWU=|', 'no whole number for the time'],
    ['1:x|10:1300000000|3:key|8:dmFsdWU=|', 'no number for the key version'],
  ])('%s, well signed: undefined, %s', (fields) => {
    const payload = `2|${fields}`
    const signed = payload + createHmac('sha256', SECRET).update(payload).digest('hex')
    expect(decodeSignedValue(SECRET, 'key', signed, at(TIME))).toBeUndefined()
  })

  test('property: any value under any name survives', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ unit: 'binary' }), (value, name) => {
        const signed = createSignedValue(SECRET, name, value, at(TIME))
        expect(decodeSignedValue(SECRET, name, signed, at(TIME))).toEqual(Buffer.from(value))
      }),
    )
  })

  test('property: changing any one character makes it undefined', () => {
    const position = fc.nat({ max: TORNADO_VECTOR.length - 1 })
    fc.assert(
      fc.property(position, fc.constantFrom('0', '1', '9', 'a', '|', ':', '=', '\u00e9', ''), (index, character) => {
        fc.pre(TORNADO_VECTOR[index] !== character)
        const changed = TORNADO_VECTOR.slice(0, index) + character + TORNADO_VECTOR.slice(index + 1)
        expect(decodeSignedValue(SECRET, 'key', changed, at(TIME))).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
  })

  test('property: no two of (name, value) give the same text, whatever bars and colons are in them', () => {
    const text = fc.string({ unit: fc.constantFrom('|', ':', '1', '2', 'a') })
    fc.assert(
      fc.property(text, text, text, (name, otherName, value) => {
        fc.pre(name !== otherName)
        const signed = createSignedValue(SECRET, name, value, at(TIME))
        expect(decodeSignedValue(SECRET, otherName, signed, at(TIME))).toBeUndefined()
      }),
    )
  })

  test('property: no text throws', () => {
    const unit = fc.constantFrom('2|', '|', ':', '0', '1', '9', 'a', '=', '\u00e9')
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit }), fc.string({ unit: 'binary' })), (text) => {
        expect(decodeSignedValue(SECRET, 'key', text)).toBeUndefined()
      }),
    )
  })

  test.each(['2|', '2|1:', '2|1:0|', '2|0:|', '2|9', '2|:'])('a long text of %j: linear time', (unit) => {
    const text = unit + unit.slice(2).repeat(500_000) + '1'.repeat(500_000)
    const before = performance.now()
    expect(decodeSignedValue(SECRET, 'key', text)).toBeUndefined()
    expect(performance.now() - before).toBeLessThan(1000)
  })
})

describe('signedValueKeyVersion (Tornado get_signature_key_version)', () => {
  test.each(VECTORS)('$text: its key version', ({ keyVersion, text }) => {
    expect(signedValueKeyVersion(text)).toBe(keyVersion ?? 0)
  })

  test('the signature is not looked at', () => {
    expect(signedValueKeyVersion('2|1:5|1:0|0:|0:|forged')).toBe(5)
  })

  test.each(['', '2|', '2|1:5|', '1|1:5|1:0|0:|0:|', 'dmFsdWU=|1300000000|31c93496'])('%j: undefined', (signed) => {
    expect(signedValueKeyVersion(signed)).toBeUndefined()
  })
})

describe('checkCookieSecret', () => {
  test.each([
    { secret: 'x', keyVersion: undefined },
    { secret: 'x', keyVersion: 3 },
    { secret: { 0: 'x' }, keyVersion: 0 },
    { secret: { 1: 'x', 2: 'y' }, keyVersion: 2 },
  ] satisfies { secret: CookieSecret; keyVersion: number | undefined }[])(
    '$secret, $keyVersion: allowed',
    ({ secret, keyVersion }) => {
      expect(() => checkCookieSecret(secret, keyVersion)).not.toThrow()
      expect(() => createSignedValue(secret, 'a', 'b', { keyVersion })).not.toThrow()
    },
  )

  test.each([
    { secret: '', keyVersion: undefined, message: /must not be empty/ },
    { secret: { 1: 'x' }, keyVersion: undefined, message: /keyVersion must say which .* versions 1$/ },
    { secret: { 1: 'x', 2: 'y' }, keyVersion: 3, message: /keyVersion must be one of 1, 2, got 3/ },
    { secret: {}, keyVersion: 1, message: /keyVersion must be one of/ },
    { secret: { 1: 'x', 2: '' }, keyVersion: 1, message: /must not be empty/ },
    { secret: { a: 'x' }, keyVersion: 1, message: /a key version must be a whole number/ },
    { secret: { 1: 5 }, keyVersion: 1, message: /must be a string/ },
    { secret: 'x', keyVersion: 1.5, message: /keyVersion must be a whole number/ },
    { secret: 'x', keyVersion: -1, message: /keyVersion must be a whole number/ },
    { secret: 5, keyVersion: undefined, message: /cookieSecret must be a object/ },
    { secret: null, keyVersion: undefined, message: /cookieSecret must be a object/ },
  ])('$secret, $keyVersion: an OptionError', ({ secret, keyVersion, message }) => {
    const run = () => checkCookieSecret(secret as CookieSecret, keyVersion) // what JavaScript code may pass
    expect(run).toThrow(OptionError)
    expect(run).toThrow(message)
  })

  test.each([
    { secret: '', keyVersion: undefined },
    { secret: { 1: 'x' }, keyVersion: undefined },
    { secret: { 1: 'x' }, keyVersion: 2 },
    { secret: { 1: '' }, keyVersion: 1 },
  ] satisfies { secret: CookieSecret; keyVersion: number | undefined }[])(
    'createSignedValue with $secret, $keyVersion: an OptionError, nothing is signed',
    ({ secret, keyVersion }) => {
      expect(() => createSignedValue(secret, 'a', 'b', { keyVersion })).toThrow(OptionError)
    },
  )
})
