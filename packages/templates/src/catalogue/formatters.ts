const MAX_KEPT = 100 // of each kind; what an application asks for is written in its code, so there are few

/** The `Intl` formatters of one language, each made once: making one takes far longer than using it. */
export class Formatters {
  readonly #code: string
  readonly #numbers = new Map<string, Intl.NumberFormat>()
  readonly #dates = new Map<string, Intl.DateTimeFormat>()
  readonly #lists = new Map<string, Intl.ListFormat>()
  #relative: Intl.RelativeTimeFormat | undefined

  constructor(code: string) {
    this.#code = code
  }

  number(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    return keep(this.#numbers, JSON.stringify(options), () => new Intl.NumberFormat(this.#code, options))
  }

  date(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    return keep(this.#dates, JSON.stringify(options), () => new Intl.DateTimeFormat(this.#code, options))
  }

  list(type: 'conjunction' | 'unit'): Intl.ListFormat {
    const style = type === 'unit' ? 'short' : 'long'
    return keep(this.#lists, type, () => new Intl.ListFormat(this.#code, { type, style }))
  }

  relative(): Intl.RelativeTimeFormat {
    this.#relative ??= new Intl.RelativeTimeFormat(this.#code, { numeric: 'auto' })
    return this.#relative
  }
}

function keep<T>(kept: Map<string, T>, key: string, make: () => T): T {
  const known = kept.get(key)
  if (known) return known
  const made = make()
  if (kept.size < MAX_KEPT) kept.set(key, made)
  return made
}
