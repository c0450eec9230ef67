import { Refusal } from './refusal.ts'

/** Longest name of a person or a room, in UTF-16 units, as the `maxlength` of a field counts them. */
export const MAX_NAME_LENGTH = 32

// Control characters and lone surrogates; what turns the writing direction around; the wildcard of hub topics.
const UNUSABLE = /[\p{Cc}\p{Cs}\p{Bidi_Control}*]/u
const VISIBLE = /[\p{L}\p{N}\p{S}]/u // by which `.` and `..`, which have a meaning in URLs, are no names either

/**
 * The name of a person or a room as it is kept: composed, and with single spaces.
 *
 * @throws {@link Refusal} 422 for one that is too long, cannot be seen or holds characters that cannot be used
 */
export function cleanName(given: string): string {
  const name = given.normalize('NFC').trim().replace(/\s+/g, ' ')
  if (!VISIBLE.test(name)) throw new Refusal(422, 'Please enter a name with a letter or a digit in it.')
  if (name.length > MAX_NAME_LENGTH) throw new Refusal(422, `A name has at most ${MAX_NAME_LENGTH} characters.`)
  if (UNUSABLE.test(name)) throw new Refusal(422, 'That name has a character that cannot be used, such as *.')
  return name
}

/** Whether two names look too much alike for two people: `Ann` and `ANN` do. */
export function isSameName(one: string, other: string): boolean {
  return fold(one) === fold(other)
}

function fold(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
