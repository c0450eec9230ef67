import type { RequestHandler } from './request-handler.ts'

/**
 * Runs around the handler of every request of an application or of a group of rules.
 *
 * It is called when the handler has been made and initialized, before the body is read. `next()` runs the rest: further
 * middleware, body, XSRF check, `prepare()` and the method; it rejects with what they throw. The response ends only afterwards,
 * unless the handler has ended it itself. Who does not call `next()` answers in the handler's place.
 *
 * @example
 * const timing: Middleware = async (handler, next) => {
 *   await next()
 *   if (!handler.headersSent) handler.setHeader('Server-Timing', `app;dur=${handler.request.requestTime()}`)
 * }
 */
export type Middleware = (handler: RequestHandler, next: () => Promise<void>) => unknown
