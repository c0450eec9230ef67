/**
 * The characters that one place of a regular expression accepts, as a set of bits: one for each ASCII
 * character and one for all others together, since a request path holds ASCII only.
 *
 * Classes and escapes are not interpreted here. The engine itself is asked which characters they take,
 * so that flags, ranges, `\p{…}` and the set notation of the `v` flag mean what they mean when matching.
 */

/** Bits 0 to 127 stand for the ASCII characters, {@link BEYOND_ASCII} for every other one. */
export type CharSet = bigint

const BEYOND_ASCII: CharSet = 1n << 128n
const PROBES_BEYOND_ASCII = ['\u00e9', '\u017f', '\u212a', '\u0130', '\u4e00', '\uffff', '\ud83d', '\u{1f600}']
const ASCII: readonly string[] = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
const SLASH: CharSet = 1n << 47n

/** The set with this one character (its first code unit). */
export function charSetOf(char: string): CharSet {
  const code = char.charCodeAt(0)
  return code < 128 ? 1n << BigInt(code) : BEYOND_ASCII
}

const known = new Map<string, CharSet>() // as many as there are different classes in the patterns of the program

/** What a class or an escape such as `[a-z]` or `\w` accepts under `flags`, found by asking the engine. */
export function charSetOfClass(source: string, flags: string): CharSet {
  const key = `${flags}/${source}`
  const set = known.get(key) ?? probe(source, flags)
  known.set(key, set)
  return set
}

function probe(source: string, flags: string): CharSet {
  const regexp = new RegExp(`^${source}$`, flags)
  let set: CharSet = PROBES_BEYOND_ASCII.some((char) => regexp.test(char)) ? BEYOND_ASCII : 0n
  for (const char of ASCII) if (regexp.test(char)) set |= charSetOf(char)
  return set
}

export function hasSlash(set: CharSet): boolean {
  return (set & SLASH) !== 0n
}

export function overlaps(one: CharSet, other: CharSet): boolean {
  return (one & other) !== 0n
}

const PRINTABLE = ASCII.slice(0x21, 0x7f)
const PATH_CHARACTERS: CharSet = PRINTABLE.reduce((set, char) => set | charSetOf(char), 0n)

/** Whether `outer` has every character of `inner` that can stand in a request path. */
export function coversPathCharacters(outer: CharSet, inner: CharSet): boolean {
  return (inner & PATH_CHARACTERS & ~outer) === 0n
}

/** Whether the set has every character that can stand in a request path. */
export function hasEveryPathCharacter(set: CharSet): boolean {
  return coversPathCharacters(set, PATH_CHARACTERS)
}

/** A character of the set that can stand in a request path. */
export function sampleOf(set: CharSet): string | undefined {
  return PRINTABLE.find((char) => overlaps(set, charSetOf(char)))
}
