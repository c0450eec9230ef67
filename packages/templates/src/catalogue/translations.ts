import type { LocaleCatalogue } from '@typhoon/core'
import { TranslatedLocale } from './locale.ts'
import type { Messages } from './messages.ts'
import { fallbacks, lookUp } from './negotiate.ts'

/** The languages of an application, for its `locales` setting. */
export class Translations implements LocaleCatalogue {
  readonly defaultLocale: TranslatedLocale
  readonly #locales = new Map<string, TranslatedLocale>()

  /**
   * @param catalogues - by language tag; a message that `es-GT` lacks is looked for in `es`
   * @param defaultCode - the language in which the messages are written; it needs no catalogue
   */
  constructor(catalogues: ReadonlyMap<string, Messages>, defaultCode: string) {
    const byTag = new Map(Array.from(catalogues, ([code, messages]) => [code.toLowerCase(), messages]))
    const make = (code: string): TranslatedLocale => {
      const found = fallbacks(code).map((tag) => byTag.get(tag))
      return new TranslatedLocale(
        code,
        found.filter((messages) => messages !== undefined),
      )
    }
    for (const code of catalogues.keys()) this.#locales.set(code.toLowerCase(), make(code))
    this.defaultLocale = this.#locales.get(defaultCode.toLowerCase()) ?? make(defaultCode)
    this.#locales.set(defaultCode.toLowerCase(), this.defaultLocale)
  }

  /** The tags of all languages, the default one among them. */
  get codes(): string[] {
    return Array.from(this.#locales.values(), (locale) => locale.code)
  }

  /**
   * The language that fits best (RFC 4647 §3.4), or the default one (Tornado: `Locale.get_closest`).
   *
   * @param codes - most wanted first; `pt-br` and `pt_BR` are the same
   */
  closest(codes: readonly string[]): TranslatedLocale {
    return lookUp(codes, this.#locales) ?? this.defaultLocale
  }

  /** Exactly this language, or undefined. */
  get(code: string): TranslatedLocale | undefined {
    return this.#locales.get(code.toLowerCase().replaceAll('_', '-'))
  }
}
