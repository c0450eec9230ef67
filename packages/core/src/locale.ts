/** The seam for translations; catalogues that fit are in `@typhoon/templates`. */

/** One language: how texts, dates and numbers read in it. */
export interface Locale {
  /** The language tag, such as `pt-BR`. */
  readonly code: string
  /** What the language is called in itself, such as `português (Brasil)`. */
  readonly name: string
  /** Which way the script runs, for the `dir` attribute of a page. */
  readonly dir: 'ltr' | 'rtl'
  /**
   * The text in this language, or `message` itself where the catalogue has none (Tornado: `Locale.translate`).
   *
   * @param pluralMessage - the text for a `count` other than one
   */
  translate(message: string, pluralMessage?: string, count?: number): string
  /** As `translate()`, for a text whose meaning depends on `context`. */
  pgettext(context: string, message: string, pluralMessage?: string, count?: number): string
  formatDate(date: Date | number, options?: object): string
  formatNumber(value: number, options?: Intl.NumberFormatOptions): string
  /** An enumeration, such as `A, B and C` (Tornado: `Locale.list`). */
  list(parts: readonly string[]): string
}

/** The languages that an application speaks. */
export interface LocaleCatalogue {
  /** The best match for the wanted tags, most wanted first; the default locale where none matches (RFC 4647 §3.4). */
  closest(codes: readonly string[]): Locale
}

/** The locale of an application without catalogues: texts stay as they are, dates and numbers read as in `code`. */
class PlainLocale implements Locale {
  readonly code: string
  readonly name: string
  readonly dir = 'ltr'

  constructor(code: string, name: string) {
    this.code = code
    this.name = name
  }

  translate(message: string, pluralMessage?: string, count?: number): string {
    return pluralMessage !== undefined && count !== 1 ? pluralMessage : message
  }

  pgettext(_context: string, message: string, pluralMessage?: string, count?: number): string {
    return this.translate(message, pluralMessage, count)
  }

  formatDate(date: Date | number, options?: Intl.DateTimeFormatOptions): string {
    return new Intl.DateTimeFormat(this.code, options ?? { dateStyle: 'long', timeStyle: 'short' }).format(date)
  }

  formatNumber(value: number, options?: Intl.NumberFormatOptions): string {
    return new Intl.NumberFormat(this.code, options).format(value)
  }

  list(parts: readonly string[]): string {
    return new Intl.ListFormat(this.code, { type: 'conjunction' }).format(parts)
  }
}

const english = new PlainLocale('en-US', 'American English')

/** Used where the settings name no catalogue: American English, as in Tornado. */
export const plainCatalogue: LocaleCatalogue = { closest: () => english }
