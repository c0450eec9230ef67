/** Texts that many requests have in common, such as the names of their fields: the parser makes each of them anew. */

const MAX_TEXTS = 1000
const MAX_LENGTH = 200 // characters

const texts: Map<string, string> = new Map()

/** Replaces each text of a list by an equal one that came before, so that those who keep such lists keep most texts once. */
export function shareTexts(list: string[]): void {
  for (let i = 0; i < list.length; i++) list[i] = shared(list[i] as string)
}

function shared(text: string): string {
  const known = texts.get(text)
  if (known !== undefined || text.length > MAX_LENGTH) return known ?? text
  if (texts.size === MAX_TEXTS) texts.clear() // what is common will soon be there again
  texts.set(text, text)
  return text
}
