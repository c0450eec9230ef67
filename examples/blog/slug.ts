/** Slugs: the part of an entry's address that is made of its title. */
import { randomBytes } from 'node:crypto'

const MAX_CHARACTERS = 60
const NUMBERED = 9

/** The title in small letters and digits of any script, with `-` between words; `entry` where it has none. */
export function slugify(title: string): string {
  const words = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '') // accents: by NFKD they stand on their own
    .toLowerCase()
    .split(/[^\p{L}\p{N}]/u)
    .filter((word) => word !== '')
  const slug = Array.from(words.join('-').normalize('NFC')).slice(0, MAX_CHARACTERS).join('')
  return slug.replace(/-$/, '') || 'entry'
}

/** Slugs for a title in the order of preference: plain, then numbered, then with digits that nothing else will have. */
export function* slugCandidates(title: string): Generator<string, void, undefined> {
  const slug = slugify(title)
  yield slug
  for (let number = 2; number <= NUMBERED; number++) yield `${slug}-${number}`
  yield `${slug}-${randomBytes(8).toString('hex')}`
}
