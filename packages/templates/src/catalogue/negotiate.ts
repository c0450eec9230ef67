/** Language tags and the choice between them (RFC 5646, RFC 4647 §3.4). */

const LONGEST_TAG = 64 // characters; RFC 5646 §4.4.1 has none above 35 in use
const SCRIPT_MODIFIERS: ReadonlyMap<string, string> = new Map([
  ['latin', 'Latn'],
  ['cyrillic', 'Cyrl'],
])

/**
 * The language tag for a catalogue's name: `pt_br`, `pt-BR` and `pt_BR.UTF-8` are all `pt-BR`; `sr_RS@latin` is `sr-Latn-RS`.
 *
 * @returns undefined if it is no language tag
 */
export function languageTag(name: string): string | undefined {
  const [, code = '', modifier = ''] = /^([^.@]*)(?:\.[^@]*)?(?:@(.*))?$/.exec(name) ?? []
  const script = SCRIPT_MODIFIERS.get(modifier)
  const [language = '', ...rest] = code.split(/[-_]/)
  try {
    return Intl.getCanonicalLocales([language, ...(script === undefined ? [] : [script]), ...rest].join('-'))[0]
  } catch {
    return undefined
  }
}

/**
 * The first of the wanted languages that is there, each tried with ever fewer subtags: `es-GT`, then `es`.
 *
 * @param wanted - language ranges, most wanted first; `*` and what is no range are passed over
 * @param supported - by tag in lower case
 */
export function lookUp<T>(wanted: readonly string[], supported: ReadonlyMap<string, T>): T | undefined {
  for (const range of wanted) {
    for (const tag of fallbacks(range)) {
      const found = supported.get(tag)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** A tag in lower case, then what is left of it each time its last subtag is taken off (RFC 4647 §3.4). */
export function fallbacks(tag: string): string[] {
  if (tag.length > LONGEST_TAG || !/^[a-z0-9]{1,8}(?:[-_][a-z0-9]{1,8})*$/i.test(tag)) return []
  const subtags = tag.toLowerCase().split(/[-_]/)
  const tags: string[] = []
  while (subtags.length > 0) {
    tags.push(subtags.join('-'))
    subtags.pop()
    if (subtags.at(-1)?.length === 1) subtags.pop() // a single letter only introduces what follows it
  }
  return tags
}
