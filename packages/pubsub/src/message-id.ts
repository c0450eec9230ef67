/**
 * Message ids: `<epoch>-<sequence>`, two whole numbers of at most 20 digits without leading zeros.
 *
 * Within a topic a later message has the greater id: epochs are compared first, then sequences, both as numbers. The epoch
 * names one life of what counts the messages, so an id from an earlier life is known as such and leads to a gap, not to a
 * wrong place. The form is that of a Redis stream entry, which a carrier may therefore use as it is.
 */

import { HubInputError } from './errors.ts'
import { crypto } from './late-modules.ts'

export interface MessageIdParts {
  readonly epoch: string
  readonly sequence: string
}

const MESSAGE_ID = /^(0|[1-9]\d{0,19})-(0|[1-9]\d{0,19})$/

/** The two numbers of an id as decimal text, or `undefined` for any other text: ids come back from clients. */
export function parseMessageId(id: string): MessageIdParts | undefined {
  const [, epoch, sequence] = MESSAGE_ID.exec(id) ?? []
  return epoch === undefined || sequence === undefined ? undefined : { epoch, sequence }
}

/**
 * Orders two ids of one topic, as `Array.prototype.sort` asks for it: negative when `a` is the earlier one, 0 when they are equal.
 *
 * @throws {@link HubInputError} if one of them is not a message id
 */
export function compareMessageIds(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)]
  return compareNumerals(left.epoch, right.epoch) || compareNumerals(left.sequence, right.sequence)
}

/** The id right before one whose sequence is at least 1. */
export function idBefore(id: string): string {
  const { epoch, sequence } = partsOf(id)
  return `${epoch}-${BigInt(sequence) - 1n}`
}

/** An epoch later than those of earlier starts: the time in milliseconds, then six random digits to part simultaneous starts. */
export function newEpoch(): string {
  return `${Date.now()}${crypto().randomInt(1_000_000).toString().padStart(6, '0')}`
}

function partsOf(id: string): MessageIdParts {
  const parts = parseMessageId(id)
  if (parts) return parts
  throw new HubInputError(`a message id has the form <epoch>-<sequence>, got ${JSON.stringify(id)}`)
}

// 20 digits exceed what a number holds exactly; without leading zeros the longer numeral is the greater one.
function compareNumerals(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a === b ? 0 : a < b ? -1 : 1
}
