/** Texts that many requests have in common, such as the names of their fields: the parser makes each of them anew. */

const MAX_TEXTS = 1000
const MAX_LENGTH = 200 // characters
/** Fields whose values are secret, or of one request only. */
const OWN = /^(?:cookie|(?:proxy-)?authorization|sec-websocket-key)$/i

const texts: Map<string, string> = new Map()

/**
 * Replaces each text by an equal one that came before, so that those who keep the fields of many requests keep most texts once.
 *
 * @param fields - names and values by turns
 */
export function shareTexts(fields: string[]): void {
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    fields[i] = shared(name)
    if (!OWN.test(name)) fields[i + 1] = shared(fields[i + 1] as string)
  }
}

function shared(text: string): string {
  const known = texts.get(text)
  if (known !== undefined || text.length > MAX_LENGTH) return known ?? text
  if (texts.size === MAX_TEXTS) texts.clear() // what is common will soon be there again
  texts.set(text, text)
  return text
}
