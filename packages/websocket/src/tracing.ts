/**
 * The tracing channel `typhoon.message` (`node:diagnostics_channel`): `onMessage()` of each message, in Node's convention for such
 * channels. Nothing is done while nobody listens. Messages read from `messages()` have no such span and are not traced.
 */
import { channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import type { RequestHandler } from '@typhoon/core'

/** What the channel's listeners get; the same object for all events of a message. */
export interface MessageTrace {
  readonly handler: RequestHandler
  /** As it came, before a schema has seen it. */
  readonly message: string | Buffer
  /** What was thrown, in `error` events. */
  error?: unknown
}

const messages: TracingChannel<MessageTrace, MessageTrace> = tracingChannel('typhoon.message')
const NAMES = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const
const channels = NAMES.map((name) => channel(`tracing:typhoon.message:${name}`))

/** Calls a hook, and tells the listeners if there are any. Older versions of Node cannot ask a tracing channel as a whole. */
export function traced(handler: RequestHandler, message: string | Buffer, hook: () => unknown): unknown {
  if (!channels.some((each) => each.hasSubscribers)) return hook()
  return messages.tracePromise(async () => hook(), { handler, message })
}
