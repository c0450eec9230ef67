import type { Messages } from './messages.ts'
import { GERMANIC, type PluralForms, parsePluralForms } from './plural-forms.ts'

/** One translated message of a gettext catalogue. */
export interface GettextEntry {
  readonly context: string | undefined
  readonly message: string
  readonly hasPlural: boolean
  /** The translation, or one for each plural form; an empty one is none. */
  readonly forms: readonly string[]
}

const CONTEXT_END = '\u0004' // as in .mo files

/** The identity of a message: the same words in another context are another message. */
export function messageKey(context: string | undefined, message: string): string {
  return context === undefined ? message : context + CONTEXT_END + message
}

/** The opposite of {@link messageKey}. */
export function parseMessageKey(key: string): { context: string | undefined; message: string } {
  const end = key.indexOf(CONTEXT_END)
  return end === -1 ? { context: undefined, message: key } : { context: key.slice(0, end), message: key.slice(end + 1) }
}

/** The messages of a `.po` or `.mo` file. */
export class GettextMessages implements Messages {
  readonly #entries = new Map<string, GettextEntry>()
  readonly #plural: PluralForms

  constructor(plural: PluralForms, entries: Iterable<GettextEntry>) {
    this.#plural = plural
    for (const entry of entries) this.#entries.set(messageKey(entry.context, entry.message), entry)
  }

  find(message: string, pluralMessage?: string, count?: number, context?: string): string | undefined {
    const entry = this.#entries.get(messageKey(context, message))
    if (!entry || (pluralMessage !== undefined && !entry.hasPlural)) return undefined
    const form = entry.hasPlural ? this.#plural.select(pluralMessage === undefined ? 1 : (count ?? 1)) : 0
    return entry.forms[form] === '' ? undefined : entry.forms[form]
  }
}

/**
 * What the header, the translation of the empty message, says about plurals.
 *
 * @throws {@link SyntaxError} if the catalogue is not in UTF-8, or its plural rule cannot be used
 */
export function parseHeader(header: string): PluralForms {
  const fields = new Map(header.split('\n').map(headerField))
  const charset = /charset=([^\s;]+)/i.exec(fields.get('content-type') ?? '')?.[1] ?? 'utf-8'
  if (!/^(?:utf-?8|us-ascii|ascii|charset)$/i.test(charset)) {
    // CHARSET is what an unedited template says
    throw new SyntaxError(`the catalogue is in ${charset}; convert it with: msgconv --to-code=UTF-8`)
  }
  const plural = fields.get('plural-forms')
  return plural === undefined || plural.includes('nplurals=INTEGER') ? GERMANIC : parsePluralForms(plural)
}

function headerField(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, Math.max(colon, 0)).trim().toLowerCase(), line.slice(colon + 1).trim()]
}
