import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CatalogueError } from './catalogue-error.ts'
import { parsePo } from './po.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const parse = (text: string) => parsePo(bytes(text), 'es.po')

const HEADER = `# Spanish
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=n != 1;\\n"
`

describe('parsePo (gettext manual, "PO files")', () => {
  test('singular, plural, context, continued strings and comments', () => {
    const po = parse(`${HEADER}
#: src/app.ts:7
#. a hint
msgid "Sign in"
msgstr "Ent"
"rar"

msgctxt "menu"
msgid "Open"
msgstr "Abrir"
msgid "Open"
msgstr "Abierto"

msgid "%(n)s day"
msgid_plural "%(n)s days"
msgstr[0] "%(n)s día"
msgstr[1] "%(n)s días"
#~ msgid "gone"
#~ msgstr "ido"
`)
    expect(po.find('Sign in')).toBe('Entrar')
    expect(po.find('Open')).toBe('Abierto')
    expect(po.find('Open', undefined, undefined, 'menu')).toBe('Abrir')
    expect(po.find('Open', undefined, undefined, 'door')).toBeUndefined()
    expect([0, 1, 2].map((n) => po.find('%(n)s day', '%(n)s days', n))).toEqual([
      '%(n)s días',
      '%(n)s día',
      '%(n)s días',
    ])
    expect(po.find('%(n)s day')).toBe('%(n)s día')
    expect(po.find('gone')).toBeUndefined()
    expect(po.find('')).toBeUndefined()
    expect(po.find('Sign in', 'Sign in', 2)).toBeUndefined()
  })

  test.each([
    { text: 'msgid "a"\nmsgstr ""', why: 'empty' },
    { text: '#, fuzzy\nmsgid "a"\nmsgstr "b"', why: 'fuzzy' },
    { text: '#, c-format, fuzzy\n# x\nmsgid "a"\nmsgstr "b"', why: 'fuzzy among other flags' },
  ])('$text: no translation, it is $why', ({ text }) => {
    const po = parse(`${text}\nmsgid "next"\nmsgstr "one"`)
    expect(po.find('a')).toBeUndefined()
    expect(po.find('next')).toBe('one')
  })

  test.each(['__proto__', 'constructor', 'toString'])('%s is a message like any other', (message) => {
    expect(parse('').find(message)).toBeUndefined()
    expect(parse(`msgid "${message}"\nmsgstr "x"`).find(message)).toBe('x')
  })

  test('escapes', () => {
    expect(parse(`msgid "a"\n${String.raw`msgstr "\"\\\n\t\r\a\b\f\v\101\x42"`}`).find('a')).toBe(
      '"\\\n\t\r\x07\b\f\vAB',
    )
  })

  test('no header: one form for one, another for the rest; Windows line ends and a byte order mark', () => {
    const po = parse('\uFEFFmsgid "a"\r\nmsgid_plural "as"\r\nmsgstr[0] "b"\r\nmsgstr[1] "bs"\r\n')
    expect([1, 0, 3].map((n) => po.find('a', 'as', n))).toEqual(['b', 'bs', 'bs'])
  })

  test.each([
    { text: 'hello', line: 1, problem: 'expected msgid' },
    { text: '\n"x"', line: 2, problem: 'belongs to no keyword' },
    { text: 'msgid "a', line: 1, problem: 'double quotes' },
    { text: 'msgid "a" "b"', line: 1, problem: 'double quotes' },
    { text: 'msgid "a\\"', line: 1, problem: 'double quotes' },
    { text: 'msgid "a"\nmsgstr "\\q"', line: 2, problem: 'unknown escape \\q' },
    { text: 'msgid "a"\n\nmsgid "b"\nmsgstr ""', line: 1, problem: 'without msgstr' },
    { text: 'msgstr "a"', line: 1, problem: 'without msgid' },
    { text: 'msgid "a"\nmsgstr "x"\nmsgstr "y"', line: 3, problem: 'a second msgstr' },
    { text: 'msgid "a"\nmsgstr "x"\n\nmsgid "a"\nmsgstr "y"', line: 4, problem: 'already on line 1' },
    { text: 'msgid "a"\nmsgid_plural "b"\nmsgstr "y"', line: 1, problem: 'msgstr in an entry' },
    { text: 'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "y"', line: 1, problem: 'without msgstr[1]' },
    {
      text: 'msgid "a"\nmsgid_plural "b"\nmsgstr[0] ""\nmsgstr[1] ""\nmsgstr[2] ""',
      line: 1,
      problem: 'msgstr[2] in an entry',
    },
    { text: 'msgid "a"\nmsgid_plural "b"\nmsgstr[999999999] ""', line: 3, problem: 'expected msgid' },
    { text: '\nmsgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=n+;\\n"', line: 2, problem: 'unexpected end' },
    { text: 'msgid ""\nmsgstr "Content-Type: text/plain; charset=ISO-8859-1\\n"', line: 1, problem: 'msgconv' },
  ])('$text: line $line, $problem', ({ text, line, problem }) => {
    expect(() => parse(text)).toThrow(CatalogueError)
    expect(() => parse(text)).toThrow(problem)
    expect(() => parse(text)).toThrow(`es.po:${line}: `)
  })

  test('bytes that are not UTF-8: the line', () => {
    const text = Uint8Array.of(...bytes('msgid "é"\nmsgstr "'), 0xe9, 0x22)
    expect(() => parsePo(text, 'es.po')).toThrow('es.po:2: not utf-8')
  })

  test('what is written is read: any text', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 })
    const quote = (value: string): string =>
      `"${value.replace(/[\\"]/g, '\\$&').replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Zs}]/gu, (c) => (c === '\n' ? '\\n"\n"' : c.length === 1 && c < '\x80' && c !== ' ' ? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}` : c))}"`
    fc.assert(
      fc.property(text, text, fc.option(text, { nil: undefined }), (message, translation, context) => {
        const entry = `msgid ${quote(message)}\nmsgstr ${quote(translation)}\n`
        const po = parse(context === undefined ? entry : `msgctxt ${quote(context)}\n${entry}`)
        expect(po.find(message, undefined, undefined, context)).toBe(translation)
      }),
    )
  })
})
