/** The header fields of a request: checked when they are set, so that no value can end its line (RFC 9110 §5.5). */

/** Header fields as callers write them; a list of values becomes as many lines. */
export type HeaderInit =
  | Headers
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/

/** Fields that frame the message or the connection: what they say is the client's business. */
const FRAMING = new Set(['connection', 'expect', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'])

interface Field {
  name: string
  values: string[]
}

/** Whether `text` is a token (RFC 9110 §5.6.2), as methods and field names are. */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/** Fields by name, whatever its case; each name is sent in the case in which it was first given. */
export class RequestFields {
  readonly #fields: Map<string, Field> = new Map()

  /**
   * @throws {@link TypeError} for a name that is not a token, a value with a control character or a character above
   *   U+00FF, and a field that belongs to the connection
   */
  constructor(init: HeaderInit = []) {
    for (const [name, value] of pairs(init)) this.append(name, value)
  }

  get(name: string): string | undefined {
    return this.#fields.get(name.toLowerCase())?.values.join(', ')
  }

  has(name: string): boolean {
    return this.#fields.has(name.toLowerCase())
  }

  set(name: string, value: string): void {
    this.delete(name)
    this.append(name, value)
  }

  /** Sets a field that the caller has not set. */
  setDefault(name: string, value: string): void {
    if (!this.has(name)) this.append(name, value)
  }

  append(name: string, value: string): void {
    checkField(name, value)
    const field = this.#fields.get(name.toLowerCase())
    if (field === undefined) this.#fields.set(name.toLowerCase(), { name, values: [value] })
    else field.values.push(value)
  }

  delete(name: string): void {
    this.#fields.delete(name.toLowerCase())
  }

  /** These fields, with each name that `other` has replaced by its values. */
  overlaid(other: RequestFields): RequestFields {
    const result = new RequestFields()
    for (const [key, field] of this.#fields) result.#fields.set(key, { ...field, values: [...field.values] })
    for (const [key, field] of other.#fields) result.#fields.set(key, { ...field, values: [...field.values] })
    return result
  }

  /** These fields but those of these names. */
  without(names: readonly string[]): RequestFields {
    const result = this.overlaid(new RequestFields())
    for (const name of names) result.delete(name)
    return result
  }

  /** Name and value of each line. */
  *[Symbol.iterator](): Generator<readonly [string, string], void, void> {
    for (const { name, values } of this.#fields.values()) for (const value of values) yield [name, value]
  }

  /** Names and values in turn. */
  flat(): string[] {
    return [...this].flat()
  }
}

function* pairs(init: HeaderInit): Generator<readonly [string, string]> {
  if (Symbol.iterator in init) return yield* init as Iterable<readonly [string, string]> // Headers are one too
  for (const [name, value] of Object.entries(init)) {
    for (const each of Array.isArray(value) ? (value as readonly string[]) : [value as string | undefined]) {
      if (each !== undefined) yield [name, each]
    }
  }
}

function checkField(name: string, value: string): void {
  if (!TOKEN.test(name)) throw new TypeError(`${JSON.stringify(name)} is not a field name (RFC 9110 §5.1)`)
  if (FRAMING.has(name.toLowerCase())) {
    throw new TypeError(
      `${name} is set by the client itself${name.toLowerCase() === 'expect' ? ': use expect100Continue' : ''}`,
    )
  }
  if (typeof value !== 'string') throw new TypeError(`${name}: a field value must be a string, got ${typeof value}`)
  const index = value.search(NOT_IN_VALUE)
  if (index >= 0) {
    const code = (value.codePointAt(index) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    throw new TypeError(`${name}: its value must not hold U+${code} (at index ${index})`)
  }
}
