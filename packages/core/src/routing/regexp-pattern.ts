/**
 * Patterns given as a RegExp: anchored, checked for mixed groups, and taken apart for building URLs.
 */
import type { Capture } from './path-arguments.ts'
import { parseRegExp, type RegExpNode, takesNoSlash } from './regexp-syntax.ts'
import type { URLPart } from './reverse-url.ts'

/** What is known of a pattern, in whichever form it was written. */
export interface PatternDefinition {
  /** As written; a RegExp without its delimiters and with `/` not escaped. */
  readonly source: string
  /** Matches a whole path. */
  readonly regexp: RegExp
  /** One for each capture of `regexp`. */
  readonly captures: readonly Capture[]
  /** The path in parts, or why no URL can be built from this pattern. */
  readonly urlParts: readonly URLPart[] | { readonly irreversible: string }
}

/**
 * Reads a RegExp. It is anchored at both ends; of its flags only `i`, `s`, `u` and `v` count, since the others
 * concern where a search begins or what is a line.
 *
 * @throws TypeError when it has named and positional groups
 */
export function defineRegExp({ source, flags }: RegExp): PatternDefinition {
  const kept = flags.replace(/[dgmy]/g, '')
  const syntax = parseRegExp(source, kept)
  return {
    source: source.replaceAll('\\/', '/'),
    regexp: new RegExp(`^(?:${source})$`, kept),
    captures: capturesOf(source, kept),
    urlParts: urlPartsOf(source, syntax),
  }
}

function capturesOf(source: string, flags: string): readonly Capture[] {
  const match = new RegExp(`${source}|`, flags).exec('') // an empty alternative always matches, and counts the groups
  const count = (match?.length ?? 1) - 1
  const names = groupNames(source)
  if (names.length === 0) return Array.from({ length: count }, () => ({ name: undefined, wildcard: false }))
  if (names.length === count) return names.map((name) => ({ name, wildcard: false }))
  throw new TypeError(
    'it mixes named and positional groups; name all of them, or write (?:…) for those that only group',
  )
}

function groupNames(source: string): string[] {
  const tokens = source.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|\(\?<(?<name>[^=!>][^>]*)>/gs)
  return [...tokens].flatMap(({ groups }) => groups?.['name'] ?? [])
}

class Irreversible extends Error {}

function urlPartsOf(source: string, syntax: RegExpNode | undefined): PatternDefinition['urlParts'] {
  if (syntax === undefined) return { irreversible: 'its syntax is too unusual' }
  const names = groupNames(source)
  let groups = 0
  const partsOf = (node: RegExpNode): URLPart[] => {
    if (node.type === 'character' && node.text !== undefined) return [node.text]
    if (node.type === 'sequence') return node.parts.flatMap(partsOf)
    if (node.type === 'assertion' && /^[\^$]$/.test(node.source)) return []
    if (node.type !== 'group') throw new Irreversible(`outside its groups it has ${NODE_NAMES[node.type]}`)
    if (!node.capturing) return partsOf(node.body)
    if (hasCapture(node.body)) throw new Irreversible('it has groups inside a group')
    const position = groups++
    return [{ param: names[position] ?? position, keepsSlashes: !takesNoSlash(node.body) }]
  }
  try {
    return partsOf(syntax)
  } catch (error) {
    if (error instanceof Irreversible) return { irreversible: error.message }
    throw error
  }
}

const NODE_NAMES = {
  character: 'a place where several characters fit',
  sequence: 'a sequence',
  choice: 'alternatives',
  repeat: 'an optional or repeated part',
  assertion: 'a look-around or word boundary',
  reference: 'a back-reference',
} as const

function hasCapture(node: RegExpNode): boolean {
  switch (node.type) {
    case 'group':
      return node.capturing || hasCapture(node.body)
    case 'repeat':
      return hasCapture(node.body)
    case 'sequence':
      return node.parts.some(hasCapture)
    case 'choice':
      return node.options.some(hasCapture)
    case 'character':
    case 'assertion':
    case 'reference':
      return false
    default:
      return node satisfies never
  }
}
