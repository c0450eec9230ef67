/**
 * Topic names and patterns.
 *
 * A topic is 1 to 256 UTF-16 units of text without `*`, control characters and lone surrogates, so that it survives every carrier
 * and every log. A pattern is a prefix of topics, possibly empty, and one `*` at its end: `room:*` matches `room:` and `room:7`.
 */
import { HubInputError } from './errors.ts'

const MAX_TOPIC_LENGTH = 256
const FORBIDDEN = /[*\p{Cc}\p{Cs}]/u // with the u flag, Cs is a surrogate without its partner

/** @throws {@link HubInputError} unless `topic` names one topic */
export function checkTopic(topic: string): void {
  if (typeof topic === 'string' && topic.length > 0 && topic.length <= MAX_TOPIC_LENGTH && !FORBIDDEN.test(topic))
    return
  throw new HubInputError(
    `a topic is text of 1 to ${MAX_TOPIC_LENGTH} characters without "*", control characters and lone surrogates, got ${show(topic)}`,
  )
}

/** @throws {@link HubInputError} unless `topic` names one topic or is a prefix followed by one `*` */
export function checkTopicOrPattern(topic: string): void {
  if (topic === '*') return
  checkTopic(isPattern(topic) ? prefixOf(topic) : topic)
}

/** Whether this names many topics, by their prefix. */
export function isPattern(topic: string): boolean {
  return typeof topic === 'string' && topic.endsWith('*')
}

/** What the topics that match a pattern begin with. */
export function prefixOf(pattern: string): string {
  return pattern.slice(0, -1)
}

function show(topic: unknown): string {
  return typeof topic === 'string' ? JSON.stringify(topic.slice(0, 2 * MAX_TOPIC_LENGTH)) : typeof topic
}
