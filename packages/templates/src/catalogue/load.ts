/** Finds the catalogue files of a directory, at start-up. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CatalogueError } from './catalogue-error.ts'
import { parseCsv } from './csv.ts'
import type { Messages } from './messages.ts'
import { parseMo } from './mo.ts'
import { languageTag } from './negotiate.ts'
import { parsePo } from './po.ts'
import { Translations } from './translations.ts'

/** Options of {@link loadTranslations} and {@link loadGettextTranslations}. */
export interface LoadOptions {
  /** The language in which the messages in the code are written. @defaultValue 'en-US' */
  defaultLocale?: string
}

type Parse = (bytes: Uint8Array, file: string) => Messages

interface CatalogueFile {
  /** As file or folder are named, such as `es_GT`. */
  readonly language: string
  readonly file: string
  readonly parse: Parse
}

/**
 * Reads CSV translations: one file for each language, such as `es_GT.csv` (Tornado: `load_translations`).
 *
 * A row is message, translation and, for messages with a plural, `"plural"` or `"singular"`. Files are UTF-8, or UTF-16
 * with a byte order mark.
 *
 * @throws {@link CatalogueError} for a file that cannot be used, naming its line, and if there are none
 *
 * @example
 * // es.csv: "Sign in","Entrar"
 * //         "%(n)s likes this","A %(n)s le gusta esto","singular"
 * //         "%(n)s like this","A %(n)s les gusta esto","plural"
 * const app = new Application(rules, { locales: await loadTranslations('locale') })
 */
export async function loadTranslations(directory: string | URL, options?: LoadOptions): Promise<Translations> {
  const root = path(directory)
  const names = (await readdir(root)).filter((name) => name.endsWith('.csv'))
  const files = names.map((name) => ({ language: name.slice(0, -4), file: join(root, name), parse: parseCsv }))
  return load(root, '*.csv', files, options)
}

/**
 * Reads gettext catalogues: `es_GT/LC_MESSAGES/DOMAIN.mo` or, where that is missing, `.po` (Tornado:
 * `load_gettext_translations`).
 *
 * @param domain - the name of the files, without extension
 * @throws {@link CatalogueError} for a file that cannot be used, naming its line, and if there are none
 */
export async function loadGettextTranslations(
  directory: string | URL,
  domain: string,
  options?: LoadOptions,
): Promise<Translations> {
  const root = path(directory)
  const folders = (await readdir(root, { withFileTypes: true })).filter((entry) => !entry.isFile())
  const found = await Promise.all(folders.map(({ name }) => gettextFile(root, name, domain)))
  const files = found.filter((file) => file !== undefined)
  return load(root, join('*', 'LC_MESSAGES', `${domain}.mo`), files, options)
}

async function gettextFile(root: string, language: string, domain: string): Promise<CatalogueFile | undefined> {
  const folder = join(root, language, 'LC_MESSAGES')
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
  if (names.includes(`${domain}.mo`)) return { language, file: join(folder, `${domain}.mo`), parse: parseMo }
  return names.includes(`${domain}.po`) ? { language, file: join(folder, `${domain}.po`), parse: parsePo } : undefined
}

async function load(
  root: string,
  pattern: string,
  files: readonly CatalogueFile[],
  { defaultLocale = 'en-US' }: LoadOptions = {},
): Promise<Translations> {
  const defaultCode = languageTag(defaultLocale)
  if (defaultCode === undefined) throw new TypeError(`defaultLocale must be a language tag, got ${defaultLocale}`)
  if (files.length === 0) throw new CatalogueError(root, undefined, `no ${pattern} here`)
  const read = await Promise.all(files.map(async ({ file, parse }) => parse(await readFile(file), file)))
  const catalogues = new Map<string, Messages>()
  for (const [index, { language, file }] of files.entries()) {
    const code = languageTag(language)
    if (code === undefined) throw new CatalogueError(file, undefined, `${language} is not a language tag such as es_GT`)
    if (catalogues.has(code)) throw new CatalogueError(file, undefined, `there is another catalogue for ${code}`)
    catalogues.set(code, read[index] ?? { find: () => undefined })
  }
  return new Translations(catalogues, defaultCode)
}

function path(directory: string | URL): string {
  return directory instanceof URL ? fileURLToPath(directory) : directory
}
