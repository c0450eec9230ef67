/** What every hub refuses before it does anything; the names of topics are checked in topic.ts. */
import { HubInputError } from './errors.ts'
import type { SubscribeOptions } from './hub.ts'
import { isPattern } from './topic.ts'

const MAX_NAME_LENGTH = 1024

/** @throws {@link HubInputError} unless `name` is text of 1 to 1024 characters */
export function checkName(kind: 'sender' | 'member', name: string): void {
  if (typeof name === 'string' && name.length > 0 && name.length <= MAX_NAME_LENGTH) return
  throw new HubInputError(`a ${kind} is text of 1 to ${MAX_NAME_LENGTH} characters`)
}

/** @throws {@link HubInputError} unless `since` and `last` can be used with this topic */
export function checkSubscribeOptions(topic: string, { since, last = 0 }: SubscribeOptions): void {
  if (since !== undefined && typeof since !== 'string') {
    throw new HubInputError(`since must be the id of a message, got ${typeof since}`)
  }
  if (!Number.isSafeInteger(last) || last < 0) {
    throw new HubInputError(`last must be a whole number of messages, got ${String(last)}`)
  }
  if (isPattern(topic) && (since !== undefined || last > 0)) {
    throw new HubInputError(
      `${topic} names many topics, which have no common history: subscribe to one for since or last`,
    )
  }
}
