import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CatalogueError } from './catalogue-error.ts'
import { loadGettextTranslations, loadTranslations } from './load.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'typhoon-locale-'))
})

afterEach(async () => {
  await rm(root, { recursive: true })
})

async function write(files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), content)
  }
}

describe('loadTranslations (Tornado: load_translations)', () => {
  test('a language by its file; what a region lacks comes from its language, then as it is written', async () => {
    await write({ 'es.csv': 'Hi,Hola\nCar,Coche', 'es_GT.csv': 'Car,Carro', 'README.txt': '"' })
    const translations = await loadTranslations(root)
    const locale = translations.closest(['es-gt', 'en'])
    expect(locale.code).toBe('es-GT')
    expect(['Hi', 'Car', 'None'].map((message) => locale.translate(message))).toEqual(['Hola', 'Carro', 'None'])
    expect(translations.closest(['es_MX']).translate('Car')).toBe('Coche')
    expect(translations.codes.sort()).toEqual(['en-US', 'es', 'es-GT'])
  })

  test('nothing fits: the default, which needs no file', async () => {
    await write({ 'es.csv': 'Hi,Hola' })
    const translations = await loadTranslations(pathToFileURL(`${root}/`), { defaultLocale: 'pt_BR' })
    expect(translations.closest(['fr', '*', ''])).toBe(translations.defaultLocale)
    expect(translations.defaultLocale.code).toBe('pt-BR')
    expect(translations.get('ES')?.translate('Hi')).toBe('Hola')
    expect(translations.get('pt_br')).toBe(translations.defaultLocale)
    expect(translations.get('es-GT')).toBeUndefined()
  })

  test('the default with a file', async () => {
    await write({ 'en_US.csv': 'colour,color' })
    expect((await loadTranslations(root)).closest([]).translate('colour')).toBe('color')
  })

  test.each([
    { files: { 'es.csv': 'a,b\nc' }, problem: 'es.csv:2: expected message' },
    { files: { 'nonsense!.csv': 'a,b' }, problem: 'is not a language tag' },
    { files: { 'pt-br.csv': 'a,b', 'pt_BR.csv': 'a,b' }, problem: 'another catalogue for pt-BR' },
    { files: { 'es.txt': '' }, problem: 'no *.csv here' },
  ])('$files: $problem', async ({ files, problem }) => {
    await write(files)
    await expect(loadTranslations(root)).rejects.toThrow(CatalogueError)
    await expect(loadTranslations(root)).rejects.toThrow(problem)
  })

  test('no directory, no language', async () => {
    await expect(loadTranslations(join(root, 'none'))).rejects.toThrow('ENOENT')
    await expect(loadTranslations(root, { defaultLocale: 'x' })).rejects.toThrow('defaultLocale must be a language tag')
  })
})

describe('loadGettextTranslations (Tornado: load_gettext_translations)', () => {
  /** `msgfmt` on `msgid "Hi"`, `msgstr "Hola (mo)"`: one string, at 28 and 36. */
  const mo = Buffer.alloc(64)
  for (const [index, value] of [0x950412de, 0, 1, 28, 36, 0, 0, 2, 44, 9, 47].entries())
    mo.writeUInt32LE(value, index * 4)
  mo.write('Hi\0Hola (mo)\0', 44)

  test('.mo, or .po where there is none; other domains and files are left alone', async () => {
    await write({
      'es/LC_MESSAGES/site.mo': mo,
      'es/LC_MESSAGES/site.po': 'msgid "Hi"\nmsgstr "Hola (po)"',
      'de/LC_MESSAGES/site.po': 'msgctxt "x"\nmsgid "Hi"\nmsgstr "Hallo"',
      'fr/LC_MESSAGES/other.po': 'broken',
      'templates/site.pot': 'broken',
      README: '',
    })
    const translations = await loadGettextTranslations(root, 'site')
    expect(translations.codes.sort()).toEqual(['de', 'en-US', 'es'])
    expect(translations.closest(['es']).translate('Hi')).toBe('Hola (mo)')
    expect(translations.closest(['de']).pgettext('x', 'Hi')).toBe('Hallo')
    expect(translations.closest(['de']).translate('Hi')).toBe('Hi')
  })

  test('plurals by the rule of the language, by count where nobody translated them', async () => {
    await write({
      'ru/LC_MESSAGES/site.po': String.raw`msgid ""
msgstr "Plural-Forms: nplurals=3; plural=n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2;\n"
msgid "day"
msgid_plural "days"
msgstr[0] "день"
msgstr[1] "дня"
msgstr[2] "дней"`,
    })
    const locale = (await loadGettextTranslations(root, 'site')).closest(['ru'])
    expect([1, 3, 5, 21].map((n) => locale.translate('day', 'days', n))).toEqual(['день', 'дня', 'дней', 'день'])
    expect([1, 0, 2].map((n) => locale.translate('car', 'cars', n))).toEqual(['car', 'cars', 'cars'])
    expect(() => locale.translate('day', 'days')).toThrow('needs a count')
  })

  test('a domain that nobody has: an error instead of an application in one language', async () => {
    await write({ 'es/LC_MESSAGES/site.po': '' })
    await expect(loadGettextTranslations(root, 'sight')).rejects.toThrow('no */LC_MESSAGES/sight.mo here')
  })
})

describe('TranslatedLocale', () => {
  test.each([
    { code: 'en-US', name: 'American English', dir: 'ltr', number: '1,234,567.8' },
    { code: 'es', name: 'español', dir: 'ltr', number: '1.234.567,8' },
    { code: 'he', name: 'עברית', dir: 'rtl', number: '1,234,567.8' },
  ])('$code: $name, $dir', async ({ code, name, dir, number }) => {
    await write({ [`${code}.csv`]: 'a,b' })
    const locale = (await loadTranslations(root)).closest([code])
    expect(locale).toMatchObject({ code, dir })
    expect(locale.name).toBe(name)
    expect(locale.formatNumber(1234567.8)).toBe(number)
  })

  test.each([
    { code: 'ar', dir: 'rtl' },
    { code: 'az-Arab', dir: 'rtl' },
    { code: 'pa-PK', dir: 'rtl' },
    { code: 'pa', dir: 'ltr' },
    { code: 'ckb', dir: 'rtl' },
    { code: 'sr-Latn', dir: 'ltr' },
  ])('$code: written $dir', async ({ code, dir }) => {
    await write({ [`${code}.csv`]: '' })
    expect((await loadTranslations(root)).closest([code]).dir).toBe(dir)
  })

  test('lists, percentages and dates in its own words', async () => {
    await write({ 'es.csv': '' })
    const locale = (await loadTranslations(root)).closest(['es'])
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map((parts) => locale.list(parts))).toEqual([
      '',
      'a',
      'a y b',
      'a, b y c',
    ])
    expect(locale.formatNumber(0.5, { style: 'percent' })).toMatch(/^50\s%$/)
    expect(locale.formatDate(0, { shorter: true, now: 300 * 24 * 3600 * 1000 })).toBe('1 de enero')
    expect(locale.formatDay(0)).toBe('jueves, 1 de enero')
  })
})
