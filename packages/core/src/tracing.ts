/**
 * Tracing channels for requests: what an OpenTelemetry instrumentation or a profiler can watch (`node:diagnostics_channel`).
 *
 * `typhoon.request` follows Node's convention for tracing channels: `tracing:typhoon.request:start` when a handler has been made,
 * `:end` when its sync part is over, `:asyncEnd` when the response is out of our hands, `:error` when something was
 * thrown. Nothing is done while nobody listens.
 */
import { channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import type { RequestHandler } from './request-handler.ts'

/** What the channel's listeners get; the same object for all events of a request. */
export interface RequestTrace {
  readonly handler: RequestHandler
  /** The rule's pattern, as in OpenTelemetry's `http.route`; undefined where none matched. */
  readonly route: string | undefined
  /** What was thrown, in `error` events. */
  error?: unknown
}

/** The channel of requests. */
export const requests: TracingChannel<RequestTrace, RequestTrace> = tracingChannel('typhoon.request')
const start = channel('tracing:typhoon.request:start')
const end = channel('tracing:typhoon.request:end')
const asyncEnd = channel('tracing:typhoon.request:asyncEnd')
const error = channel('tracing:typhoon.request:error')

/** True while somebody listens. Older versions of Node cannot ask a tracing channel as a whole. */
export function requestsAreTraced(): boolean {
  return start.hasSubscribers || end.hasSubscribers || asyncEnd.hasSubscribers || error.hasSubscribers
}
