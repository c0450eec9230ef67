/**
 * The fields of a received message, in the order and spelling in which they came (Tornado: `HTTPHeaders`).
 *
 * It is a view on the flat list of names and values that the parser made, so a request whose fields nobody
 * reads costs nothing. Names are compared without regard to case (RFC 9110 §5.1).
 */
export class HTTPHeaders implements Iterable<[name: string, value: string]> {
  readonly #raw: readonly string[]

  /** @param raw - names and values by turns, as in Node's `rawHeaders` */
  constructor(raw: readonly string[]) {
    this.#raw = raw
  }

  /**
   * The value of a field; several fields of one name are joined with `, ` (RFC 9110 §5.3), `Cookie` with `; `.
   *
   * @returns undefined when the field did not come
   */
  get(name: string): string | undefined {
    const raw = this.#raw
    const key = name.toLowerCase()
    let found: string | undefined
    for (let i = 0; i < raw.length; i += 2) {
      if (!sameName(raw[i] as string, key)) continue
      const value = raw[i + 1] as string
      found = found === undefined ? value : `${found}${key === 'cookie' ? '; ' : ', '}${value}`
    }
    return found
  }

  /** Every value of a field, one for each time it came (Tornado: `get_list`). */
  getAll(name: string): string[] {
    const raw = this.#raw
    const key = name.toLowerCase()
    const values: string[] = []
    for (let i = 0; i < raw.length; i += 2) if (sameName(raw[i] as string, key)) values.push(raw[i + 1] as string)
    return values
  }

  has(name: string): boolean {
    const raw = this.#raw
    const key = name.toLowerCase()
    for (let i = 0; i < raw.length; i += 2) if (sameName(raw[i] as string, key)) return true
    return false
  }

  /** How many fields came, repeated ones counted each time. */
  get size(): number {
    return this.#raw.length / 2
  }

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    const raw = this.#raw
    for (let i = 0; i < raw.length; i += 2) yield [raw[i] as string, raw[i + 1] as string]
  }
}

function sameName(name: string, key: string): boolean {
  return name.length === key.length && (name === key || name.toLowerCase() === key)
}
