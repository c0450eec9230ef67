/** Reads translations in Tornado's CSV form: message, translation and, where it matters, `plural` or `singular`. */
import { CatalogueError } from './catalogue-error.ts'
import { decodeText } from './decode-text.ts'
import type { Messages } from './messages.ts'

const NUMBERS = ['plural', 'singular', 'unknown'] as const
type GrammaticalNumber = (typeof NUMBERS)[number]

interface Row {
  readonly line: number
  readonly fields: readonly string[]
}

/**
 * Fields are trimmed, a later row wins over an earlier one, contexts do not exist: as in Tornado.
 *
 * @throws {@link CatalogueError} that names file and line
 */
export function parseCsv(bytes: Uint8Array, file: string): CsvMessages {
  const messages = new CsvMessages()
  for (const { line, fields } of readRows(decodeText(bytes, file), file)) {
    const [message = '', translation, number = '', ...rest] = fields.map((field) => field.trim())
    if (message === '' && translation === undefined) continue
    if (translation === undefined || rest.length > 0) {
      throw new CatalogueError(
        file,
        line,
        `expected message, translation[, plural|singular], got ${fields.length} fields`,
      )
    }
    const known = NUMBERS.find((name) => name === (number === '' ? 'unknown' : number))
    if (!known) throw new CatalogueError(file, line, `expected plural or singular, got ${JSON.stringify(number)}`)
    messages.add(known, message, translation)
  }
  return messages
}

/** The messages of one file; a plural is looked up by its own text, for any number but one. */
class CsvMessages implements Messages {
  readonly #texts: Record<GrammaticalNumber, Map<string, string>> = {
    plural: new Map(),
    singular: new Map(),
    unknown: new Map(),
  }

  add(number: GrammaticalNumber, message: string, translation: string): void {
    this.#texts[number].set(message, translation)
  }

  find(message: string, pluralMessage?: string, count?: number): string | undefined {
    if (pluralMessage === undefined) return this.#texts.unknown.get(message)
    return count === 1 ? this.#texts.singular.get(message) : this.#texts.plural.get(pluralMessage)
  }
}

/** RFC 4180, with any line ends, and with blanks allowed between a comma and a quote. */
function readRows(text: string, file: string): Row[] {
  const rows: Row[] = []
  const field = /[ \t]*"((?:[^"]|"")*)"[ \t]*|(?![ \t]*")([^,\r\n]*)/y
  const separator = /,|\r?\n|\r|$/y
  let fields: string[] = []
  let line = 1
  let rowLine = 1
  for (let position = 0; position < text.length || fields.length > 0; position = separator.lastIndex) {
    field.lastIndex = position
    const [whole, quoted, plain = ''] = field.exec(text) ?? []
    separator.lastIndex = field.lastIndex
    const end = separator.exec(text)?.[0]
    if (whole === undefined || end === undefined)
      throw new CatalogueError(file, line, 'a quote that is out of place or never ends')
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    line += whole.split('\n').length - 1
    if (end === ',') continue
    rows.push({ line: rowLine, fields })
    fields = []
    rowLine = ++line
  }
  return rows
}
