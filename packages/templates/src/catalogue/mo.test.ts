import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CatalogueError } from './catalogue-error.ts'
import { parseMo } from './mo.ts'

/** Writes the file that msgfmt would, without its hash table. */
function encodeMo(strings: ReadonlyMap<string, string>, isLittle = true): Buffer {
  const pairs = Array.from(strings, (pair) => pair.map((text) => Buffer.from(`${text}\0`)))
  const texts = [...pairs.map(([key]) => key), ...pairs.map(([, value]) => value)].map(
    (text) => text ?? Buffer.alloc(1),
  )
  const tables = Buffer.alloc(28 + texts.length * 8)
  const put = (value: number, at: number): number =>
    isLittle ? tables.writeUInt32LE(value, at) : tables.writeUInt32BE(value, at)
  for (const [index, value] of [0x950412de, 0, pairs.length, 28, 28 + pairs.length * 8].entries()) put(value, index * 4)
  let offset = tables.length
  for (const [index, text] of texts.entries()) {
    put(text.length - 1, 28 + index * 8)
    put(offset, 32 + index * 8)
    offset += text.length
  }
  return Buffer.concat([tables, ...texts])
}

function refusal(bytes: Uint8Array): unknown {
  try {
    parseMo(bytes, 'x.mo')
    return undefined
  } catch (error) {
    return error
  }
}

const CZECH = new Map([
  ['', 'Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=3; plural=n==1 ? 0 : n>=2 && n<=4 ? 1 : 2;\n'],
  ['day\0days', 'den\0dny\0dní'],
  ['menu\x04Open', 'Otevřít'],
  ['Sign in', 'Přihlásit'],
  ['empty', ''],
])

describe.each([{ order: 'little' }, { order: 'big' }])(
  'parseMo, $order-endian (gettext manual, "MO files")',
  ({ order }) => {
    const isLittle = order === 'little'

    test('singular, plural and context', () => {
      const mo = parseMo(encodeMo(CZECH, isLittle), 'cs.mo')
      expect(mo.find('Sign in')).toBe('Přihlásit')
      expect(mo.find('Open')).toBeUndefined()
      expect(mo.find('Open', undefined, undefined, 'menu')).toBe('Otevřít')
      expect([1, 3, 5].map((n) => mo.find('day', 'days', n))).toEqual(['den', 'dny', 'dní'])
      expect(mo.find('empty')).toBeUndefined()
      expect(mo.find('')).toBeUndefined()
    })

    test('what is written is read: any messages', () => {
      const text = fc
        .string({ unit: 'grapheme' })
        .filter((value) => value !== '' && !value.includes('\0') && !value.includes('\x04'))
      fc.assert(
        fc.property(fc.dictionary(text, text), (messages) => {
          const mo = parseMo(encodeMo(new Map(Object.entries(messages)), isLittle), 'x.mo')
          for (const [message, translation] of Object.entries(messages)) expect(mo.find(message)).toBe(translation)
        }),
      )
    })
  },
)

describe('parseMo, files that cannot be used', () => {
  const file = encodeMo(CZECH)
  const changed = (at: number, value: number): Buffer => {
    const copy = Buffer.from(file)
    copy.writeUInt32LE(value, at)
    return copy
  }

  test.each([
    { bytes: Buffer.alloc(0), problem: 'too short' },
    { bytes: Buffer.from('msgid "a" msgstr "b" and so on'), problem: 'not a .mo file' },
    { bytes: changed(4, 2 << 16), problem: 'revision 2' },
    { bytes: changed(8, 0xffffffff), problem: '4294967295 strings do not fit' },
    { bytes: changed(12, 0xffffff00), problem: 'do not fit' },
    { bytes: changed(28, 0xffffffff), problem: 'string 1 lies outside' },
    { bytes: changed(28 + 8 + 4, 1_000_000), problem: 'string 2 lies outside' },
    { bytes: encodeMo(new Map([['', 'Content-Type: text/plain; charset=KOI8-R']])), problem: 'KOI8-R' },
    { bytes: encodeMo(new Map([['', 'Plural-Forms: nplurals=1; plural=1']])), problem: 'form 1 of 1' },
  ])('$problem', ({ bytes, problem }) => {
    expect(() => parseMo(bytes, 'cs.mo')).toThrow(CatalogueError)
    expect(() => parseMo(bytes, 'cs.mo')).toThrow(problem)
    expect(() => parseMo(bytes, 'cs.mo')).toThrow('cs.mo: ')
  })

  test('a text that is not UTF-8', () => {
    const copy = encodeMo(new Map([['a', 'é']]))
    copy[copy.length - 2] = 0x41
    expect(() => parseMo(copy, 'x.mo')).toThrow('x.mo: string 1 is not UTF-8')
  })

  test('cut anywhere, or with any byte changed: read, or refused as CatalogueError', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), fc.boolean(), (at, byte, isCut) => {
        const copy = Buffer.from(isCut ? file.subarray(0, at) : file)
        if (!isCut) copy[at] = byte
        expect(refusal(copy)).toBeOneOf([undefined, expect.any(CatalogueError)])
      }),
    )
  })
})
