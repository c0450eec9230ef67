import { checkFieldName, checkFieldValue } from '../headers/field-syntax.ts'
import { formatHTTPDate } from '../headers/http-date.ts'

/** What a field may be set to; a Date is sent in the format of RFC 9110 §5.6.7. */
export type FieldValue = string | number | Date

const SINGLE: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'location',
  'etag',
  'last-modified',
  'date',
])

/**
 * The fields of a response under construction: names and values by turns in one flat list, the form in which
 * they are sent. Responses have a handful of fields, for which a scan is cheaper than a map.
 */
export class ResponseHeaders {
  readonly #fields: string[]

  constructor(fields: readonly string[] = []) {
    this.#fields = fields.slice()
  }

  /** Names and values by turns; the list itself, not a copy. */
  get fields(): readonly string[] {
    return this.#fields
  }

  get(name: string): string | undefined {
    const at = this.#indexOf(name)
    return at < 0 ? undefined : this.#fields[at + 1]
  }

  has(name: string): boolean {
    return this.#indexOf(name) >= 0
  }

  /**
   * Sets a field in place of all earlier ones of that name; a list sets it once for each value.
   *
   * @throws {@link TypeError} for a character that a field name or value may not have (RFC 9110 §5.1, §5.5)
   */
  set(name: string, value: FieldValue | readonly FieldValue[]): void {
    if (typeof value === 'object' && !(value instanceof Date)) {
      const texts = value.map((each) => fieldText(name, each))
      if (texts.length > 1 && SINGLE.has(name.toLowerCase()))
        throw new TypeError(`${name} has one value, got ${texts.length}`)
      this.delete(name)
      for (const text of texts) this.#fields.push(name, text)
      return
    }
    const text = fieldText(name, value)
    const at = this.#indexOf(name)
    if (at < 0) {
      this.#fields.push(name, text)
      return
    }
    this.#fields[at] = name
    this.#fields[at + 1] = text
    this.#deleteFrom(at + 2, name)
  }

  /**
   * Adds a field beside earlier ones of that name; what a message can have only once is replaced (RFC 9110 §8.3, §8.6).
   *
   * @throws {@link TypeError} as `set()`
   */
  add(name: string, value: FieldValue): void {
    if (SINGLE.has(name.toLowerCase())) return this.set(name, value)
    this.#fields.push(name, fieldText(name, value))
  }

  /** Puts a value that is known to be right in place of the one that a field has; a field that is not there is added. */
  replace(name: string, value: string): void {
    const at = this.#indexOf(name)
    if (at < 0) this.#fields.push(name, value)
    else this.#fields[at + 1] = value
  }

  /** Adds a field at the end that is known to be right and not to be there yet. */
  append(name: string, value: string): void {
    this.#fields.push(name, value)
  }

  delete(name: string): void {
    this.#deleteFrom(0, name)
  }

  /** Takes away every field whose name in lower case is one of `keys`. */
  deleteAll(keys: ReadonlySet<string>): void {
    for (let i = this.#fields.length - 2; i >= 0; i -= 2) {
      if (keys.has(keyOf(this.#fields[i] as string))) this.#fields.splice(i, 2)
    }
  }

  #indexOf(name: string): number {
    const fields = this.#fields
    for (let i = 0; i < fields.length; i += 2) if (isSame(fields[i] as string, name)) return i
    return -1
  }

  #deleteFrom(start: number, name: string): void {
    for (let i = this.#fields.length - 2; i >= start; i -= 2) {
      if (isSame(this.#fields[i] as string, name)) this.#fields.splice(i, 2)
    }
  }
}

/** Names that were found to be right, with their lower case: an application uses few names, and each of them often. */
const keys = new Map<string, string>()
const MAX_KEYS = 1000

/** The name in lower case, by which names are compared; it is checked only where a field is set. */
function keyOf(name: string): string {
  return keys.get(name) ?? name.toLowerCase()
}

function isSame(name: string, other: string): boolean {
  return name === other || (name.length === other.length && keyOf(name) === keyOf(other))
}

function checkName(name: string): void {
  if (keys.has(name)) return
  checkFieldName(name)
  if (name.toLowerCase() === 'transfer-encoding') {
    throw new TypeError('Transfer-Encoding is set by the server, which frames the message; leave it out')
  }
  if (keys.size < MAX_KEYS) keys.set(name, name.toLowerCase())
}

/** The checked text of a field value. */
function fieldText(name: string, value: FieldValue): string {
  checkName(name)
  const text = typeof value === 'string' ? value : value instanceof Date ? formatHTTPDate(value) : String(value)
  checkFieldValue(name, text)
  return text
}
