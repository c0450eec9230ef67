/**
 * Lists of what a client would accept and how much it likes each (RFC 9110 §12.4.2), as Accept and its relatives have them.
 */
import { readParameters } from './parameter.ts'
import { trimWhitespace } from './whitespace.ts'

/** One member of such a list. */
export interface WeightedMember {
  /** What is wanted, as it was sent, without parameters. */
  readonly value: string
  /** Parameters in front of the weight, by name in lower case. */
  readonly parameters: ReadonlyMap<string, string>
  /** From 0, which refuses, to 1. */
  readonly weight: number
}

const MAX_MEMBERS = 100
const WEIGHT = /^(?:[01]|[01]?\.\d+|[01]\.)$/
const NO_PARAMETERS: ReadonlyMap<string, string> = new Map()
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

/**
 * The members of a list in their order, without those that break the grammar.
 *
 * Of very many just the first hundred count, so that the cost of an answer stays in proportion.
 */
export function parseWeightedList(field: string): WeightedMember[] {
  const members: WeightedMember[] = []
  let start = 0
  for (let count = 0; count < MAX_MEMBERS && start < field.length; count += 1) {
    const end = endOfMember(field, start)
    const member = parseMember(field.slice(start, end))
    if (member !== undefined) members.push(member)
    start = end + 1
  }
  return members
}

/** The index of the comma behind the member that begins at `start`, or the end of the text. */
function endOfMember(field: string, start: number): number {
  let quoted = false
  for (let index = start; index < field.length; index += 1) {
    const code = field.charCodeAt(index)
    if (code === QUOTE) quoted = !quoted
    else if (code === BACKSLASH && quoted) index += 1
    else if (code === COMMA && !quoted) return index
  }
  return field.length
}

function parseMember(text: string): WeightedMember | undefined {
  const semicolon = text.indexOf(';')
  const value = trimWhitespace(text, 0, semicolon === -1 ? text.length : semicolon)
  if (value === '') return undefined
  if (semicolon === -1) return { value, parameters: NO_PARAMETERS, weight: 1 }
  const parameters = new Map<string, string>()
  let quality = '1'
  const isWhole = readParameters(text, semicolon, ({ name, value: parameter }) => {
    if (name === 'q') quality = parameter
    else parameters.set(name, parameter)
    return name !== 'q' // what follows is of no use
  })
  const weight = WEIGHT.test(quality) ? Number(quality) : Number.NaN
  return isWhole && weight <= 1 ? { value, parameters, weight } : undefined
}
