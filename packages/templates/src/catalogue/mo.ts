/** Reads `.mo` files, the compiled form of gettext catalogues, in either byte order. */
import { CatalogueError } from './catalogue-error.ts'
import { type GettextEntry, GettextMessages, parseHeader, parseMessageKey } from './gettext.ts'
import { GERMANIC } from './plural-forms.ts'

const MAGIC = 0x950412de
const HEADER_SIZE = 20 // magic, revision, number of strings, offsets of the two tables
const ROW_SIZE = 8 // length and offset of one string

/** @throws {@link CatalogueError} that names the file, and the entry where one is at fault */
export function parseMo(bytes: Uint8Array, file: string): GettextMessages {
  const table = new StringTable(bytes, file)
  let plural = GERMANIC
  const entries: GettextEntry[] = []
  for (let index = 0; index < table.length; index++) {
    const { key, value } = table.entry(index)
    if (key === '') plural = readHeader(value, file)
    else entries.push(toEntry(key, value))
  }
  return new GettextMessages(plural, entries)
}

/** Both messages of a plural, and all its forms, are one string each, with NUL between the parts. */
function toEntry(key: string, value: string): GettextEntry {
  const [id = ''] = key.split('\0', 1)
  const hasPlural = id.length < key.length
  return { ...parseMessageKey(id), hasPlural, forms: hasPlural ? value.split('\0') : [value] }
}

function readHeader(header: string, file: string): ReturnType<typeof parseHeader> {
  try {
    return parseHeader(header)
  } catch (cause) {
    throw new CatalogueError(file, undefined, cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

class StringTable {
  readonly length: number
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #file: string
  readonly #isLittle: boolean
  readonly #keys: number
  readonly #values: number
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#file = file
    if (bytes.length < HEADER_SIZE) throw this.#error('too short for a .mo file')
    this.#isLittle = this.#view.getUint32(0, true) === MAGIC
    if (!this.#isLittle && this.#view.getUint32(0) !== MAGIC) throw this.#error('not a .mo file: it begins otherwise')
    if (this.#number(4) >>> 16 > 1) throw this.#error(`revision ${this.#number(4) >>> 16} of the format is unknown`)
    this.length = this.#number(8)
    this.#keys = this.#number(12)
    this.#values = this.#number(16)
    const end = Math.max(this.#keys, this.#values) + this.length * ROW_SIZE
    if (end > bytes.length) throw this.#error(`${this.length} strings do not fit into the file`)
  }

  entry(index: number): { key: string; value: string } {
    return { key: this.#string(this.#keys, index), value: this.#string(this.#values, index) }
  }

  #string(table: number, index: number): string {
    const length = this.#number(table + index * ROW_SIZE)
    const offset = this.#number(table + index * ROW_SIZE + 4)
    if (offset + length > this.#bytes.length) throw this.#error(`string ${index + 1} lies outside the file`)
    try {
      return this.#decoder.decode(this.#bytes.subarray(offset, offset + length))
    } catch (cause) {
      throw this.#error(`string ${index + 1} is not UTF-8`, { cause })
    }
  }

  #number(offset: number): number {
    return this.#view.getUint32(offset, this.#isLittle)
  }

  #error(problem: string, options?: ErrorOptions): CatalogueError {
    return new CatalogueError(this.#file, undefined, problem, options)
  }
}
