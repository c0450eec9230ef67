import type { Locale } from '@typhoon/core'
import { type FormatDateOptions, type FormatDayOptions, formatDate, formatDay } from './date-format.ts'
import { Formatters } from './formatters.ts'
import type { Messages } from './messages.ts'

const RIGHT_TO_LEFT: ReadonlySet<string> = new Set([
  'Adlm',
  'Arab',
  'Hebr',
  'Mand',
  'Nkoo',
  'Rohg',
  'Samr',
  'Syrc',
  'Thaa',
])

/**
 * One language of the application: its translations, its dates and numbers (Tornado: `Locale`).
 *
 * Made by {@link loadTranslations} and {@link loadGettextTranslations}; handlers have theirs in `this.locale`.
 */
export class TranslatedLocale implements Locale {
  /** The language tag, such as `pt-BR`: right for the `lang` attribute. */
  readonly code: string
  /** What the language calls itself, such as `português (Brasil)`. */
  readonly name: string
  /** The direction of its script: right for the `dir` attribute. */
  readonly dir: 'ltr' | 'rtl'
  readonly #catalogues: readonly Messages[]
  readonly #formatters: Formatters

  /** @param catalogues - where to look for a message, the closest language first */
  constructor(code: string, catalogues: readonly Messages[]) {
    this.code = code
    this.name = new Intl.DisplayNames(code, { type: 'language' }).of(code) ?? code
    this.dir = RIGHT_TO_LEFT.has(new Intl.Locale(code).maximize().script ?? '') ? 'rtl' : 'ltr'
    this.#catalogues = catalogues
    this.#formatters = new Formatters(code)
  }

  /**
   * The message in this language, or as it is where nobody translated it.
   *
   * Placeholders such as `%(name)s` stay in it for the caller to fill in. With a plural, a gettext catalogue chooses
   * by the rule of its language; otherwise `pluralMessage` goes with every `count` but one.
   *
   * @throws {@link TypeError} for a plural without `count`
   */
  translate(message: string, pluralMessage?: string, count?: number): string {
    return this.#translate(undefined, message, pluralMessage, count)
  }

  /**
   * As {@link translate}, for a message whose meaning depends on where it stands: `pgettext('menu', 'Open')`.
   *
   * CSV catalogues know no contexts and answer as if none were given.
   */
  pgettext(context: string, message: string, pluralMessage?: string, count?: number): string {
    return this.#translate(context, message, pluralMessage, count)
  }

  /** A date in words: `3 minutes ago`, `yesterday, 4:15 PM`, `Monday at 4:15 PM`, `January 22 at 4:15 PM`. */
  formatDate(date: Date | number, options?: FormatDateOptions): string {
    return formatDate(this.#formatters, date, options)
  }

  /** A day without its year: `Monday, January 22`. */
  formatDay(date: Date | number, options?: FormatDayOptions): string {
    return formatDay(this.#formatters, date, options)
  }

  /** A number with the language's separators: `1,234,567.8` (Tornado: `friendly_number`). */
  formatNumber(value: number, options: Intl.NumberFormatOptions = {}): string {
    return this.#formatters.number(options).format(value)
  }

  /** `A`, `A and B`, `A, B, and C`. */
  list(parts: readonly string[]): string {
    return this.#formatters.list('conjunction').format(parts)
  }

  #translate(context: string | undefined, message: string, pluralMessage?: string, count?: number): string {
    if (pluralMessage !== undefined && count === undefined) {
      throw new TypeError(`translate: the plural ${JSON.stringify(pluralMessage)} needs a count`)
    }
    for (const catalogue of this.#catalogues) {
      const found = catalogue.find(message, pluralMessage, count, context)
      if (found !== undefined) return found
    }
    return pluralMessage !== undefined && count !== 1 ? pluralMessage : message
  }
}
