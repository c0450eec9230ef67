/** What people may enter: each function gives the value as it is kept, and notes what is wrong with it. */

/** What is wrong, by the name of the field; shown next to it. */
export type Problems = Map<string, string>

/** Lengths are in UTF-16 units, as the `maxlength` of a field counts them. */
export const LIMITS = {
  name: 40,
  minPassword: 10,
  password: 128,
  title: 120,
  text: 50_000,
} as const

// XML (for the feed) and PostgreSQL cannot hold all of these, and nobody sees any.
const UNUSABLE = /[^\P{Cc}\t\n]|[\p{Cs}\ufffe\uffff]/gu
const BIDI_CONTROL = /\p{Bidi_Control}/u // would turn the text around a name as well
const VISIBLE = /[\p{L}\p{N}\p{S}]/u

export function authorName(given: string, problems: Problems): string {
  const name = singleLine(given)
  if (!VISIBLE.test(name)) problems.set('name', 'Please enter a name with a letter or a digit in it.')
  else if (name.length > LIMITS.name) problems.set('name', `A name has at most ${LIMITS.name} characters.`)
  else if (BIDI_CONTROL.test(name)) problems.set('name', 'That name has a character that cannot be used.')
  return name
}

export function newPassword(password: string, problems: Problems): string {
  if (password.length < LIMITS.minPassword)
    problems.set('password', `A password has at least ${LIMITS.minPassword} characters.`)
  else if (password.length > LIMITS.password)
    problems.set('password', `A password has at most ${LIMITS.password} characters.`)
  return password
}

export function entryTitle(given: string, problems: Problems): string {
  const title = singleLine(given)
  if (!VISIBLE.test(title)) problems.set('title', 'Please give the entry a title.')
  else if (title.length > LIMITS.title) problems.set('title', `A title has at most ${LIMITS.title} characters.`)
  return title
}

export function entryText(given: string, problems: Problems): string {
  const text = given.replace(/\r\n?/g, '\n').replace(UNUSABLE, '').trim()
  if (text === '') problems.set('text', 'Please write something first.')
  else if (text.length > LIMITS.text)
    problems.set('text', `An entry has at most ${LIMITS.text} characters; this one has ${text.length}.`)
  return text
}

function singleLine(given: string): string {
  return given.normalize('NFC').replace(/\s/g, ' ').replace(UNUSABLE, '').trim().replace(/ +/g, ' ')
}
