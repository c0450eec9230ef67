/** Reads `.po` files, the text form of gettext catalogues. */
import { CatalogueError } from './catalogue-error.ts'
import { decodeText } from './decode-text.ts'
import { type GettextEntry, GettextMessages, messageKey, parseHeader } from './gettext.ts'
import { GERMANIC, type PluralForms } from './plural-forms.ts'

/** An entry while it is being read: the strings by keyword, and the line on which it began. */
interface Draft {
  readonly line: number
  readonly isFuzzy: boolean
  readonly strings: Map<string, string>
}

const STATEMENT = /^(msgctxt|msgid_plural|msgid|msgstr(?:\[(?:0|[1-9]\d?)\])?)\s*(".*)$/
const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '"': '"', '\\': '\\' }),
)

/**
 * Fuzzy, obsolete and empty translations are left out, as `msgfmt` leaves them out.
 *
 * @throws {@link CatalogueError} that names file and line
 */
export function parsePo(bytes: Uint8Array, file: string): GettextMessages {
  const drafts = readDrafts(decodeText(bytes, file), file)
  const header = drafts.find((draft) => draft.strings.get('msgid') === '' && !draft.strings.has('msgctxt'))
  const plural = header ? readHeader(header, file) : GERMANIC
  const seen = new Map<string, number>()
  const entries: GettextEntry[] = []
  for (const draft of drafts) {
    const entry = toEntry(draft, plural, file)
    const key = messageKey(entry.context, entry.message)
    const earlier = seen.get(key)
    if (earlier !== undefined) throw new CatalogueError(file, draft.line, `this message is already on line ${earlier}`)
    seen.set(key, draft.line)
    if (draft !== header && !draft.isFuzzy) entries.push(entry)
  }
  return new GettextMessages(plural, entries)
}

function readDrafts(text: string, file: string): Draft[] {
  const drafts: Draft[] = []
  let keyword = ''
  let isFuzzy = false
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '') continue
    if (line.startsWith('#')) {
      if (line.startsWith('#,')) isFuzzy ||= /[,\s]fuzzy(?:,|\s|$)/.test(line)
      continue
    }
    const draft = drafts.at(-1)
    if (line.startsWith('"')) {
      if (!draft) throw new CatalogueError(file, index + 1, 'a string that belongs to no keyword')
      draft.strings.set(keyword, (draft.strings.get(keyword) ?? '') + unquote(line, file, index + 1))
      continue
    }
    const [, name = '', quoted = ''] = STATEMENT.exec(line) ?? []
    if (name === '')
      throw new CatalogueError(file, index + 1, `expected msgid, msgstr or the like, got ${excerpt(line)}`)
    const value = unquote(quoted, file, index + 1)
    if (!draft || beginsEntry(name, draft)) {
      drafts.push({ line: index + 1, isFuzzy, strings: new Map([[name, value]]) })
      isFuzzy = false
    } else if (draft.strings.has(name)) throw new CatalogueError(file, index + 1, `a second ${name} in one entry`)
    else draft.strings.set(name, value)
    keyword = name
  }
  return drafts
}

function beginsEntry(keyword: string, draft: Draft): boolean {
  return keyword === 'msgctxt' || (keyword === 'msgid' && draft.strings.has('msgid'))
}

function readHeader(header: Draft, file: string): PluralForms {
  try {
    return parseHeader(header.strings.get('msgstr') ?? '')
  } catch (cause) {
    throw new CatalogueError(file, header.line, cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function toEntry({ strings, line }: Draft, plural: PluralForms, file: string): GettextEntry {
  const message = strings.get('msgid')
  if (message === undefined) throw new CatalogueError(file, line, 'an entry without msgid')
  const hasPlural = strings.has('msgid_plural')
  const forms: string[] = []
  const wanted = hasPlural ? Array.from({ length: plural.count }, (_, form) => `msgstr[${form}]`) : ['msgstr']
  for (const [name, value] of strings) {
    if (!name.startsWith('msgstr')) continue
    if (!wanted.includes(name))
      throw new CatalogueError(file, line, `${name} in an entry that has ${wanted.join(', ')}`)
    forms[wanted.indexOf(name)] = value
  }
  for (const [form, name] of wanted.entries()) {
    if (forms[form] === undefined) throw new CatalogueError(file, line, `an entry without ${name}`)
  }
  return { context: strings.get('msgctxt'), message, hasPlural, forms }
}

function unquote(quoted: string, file: string, line: number): string {
  const fail = (problem: string): never => {
    throw new CatalogueError(file, line, `${problem}: ${excerpt(quoted)}`)
  }
  if (!/^"(?:[^"\\]|\\.)*"$/.test(quoted)) fail('not one string in double quotes')
  return quoted.slice(1, -1).replace(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))/gu, (_, octal, hex, letter) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    return ESCAPES.get(letter) ?? fail(`unknown escape \\${letter}`)
  })
}

function excerpt(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
