import { preferredMediaType } from '../headers/accept.ts'
import { escapeHTML } from '../security/escape.ts'

/** The body of an error answer, with its media type. */
export interface ErrorPage {
  readonly contentType: string
  readonly body: string
}

/** Members of an `application/problem+json` answer beyond `title` and `status` (RFC 9457 §3.2). */
export type ProblemDetails = Readonly<Record<string, unknown>>

const OFFERED = ['text/html', 'application/problem+json', 'application/json'] as const

/**
 * The page for an error status: Tornado's HTML, or a problem document (RFC 9457) for clients that prefer JSON.
 *
 * @param accept - the request's Accept field
 * @param problem - details that are the client's to know; they make the answer JSON unless the client wants HTML only
 */
export function errorPage(
  status: number,
  reason: string,
  accept: string | undefined,
  problem?: ProblemDetails,
): ErrorPage {
  const preferred = accept === undefined ? undefined : preferredMediaType(accept, OFFERED)
  const wantsJSON = problem !== undefined || preferred?.endsWith('json') === true
  if (wantsJSON) {
    const document = { title: reason, status, ...problem }
    return { contentType: 'application/problem+json', body: JSON.stringify(document) }
  }
  const text = `${status}: ${escapeHTML(reason)}`
  return {
    contentType: 'text/html; charset=UTF-8',
    body: `<html><title>${text}</title><body>${text}</body></html>`,
  }
}

/** The stack of an error as plain text, for `debug` only (Tornado: `serve_traceback`). */
export function tracePage(error: unknown): ErrorPage {
  return { contentType: 'text/plain; charset=UTF-8', body: describe(error) }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const text = error.stack ?? String(error)
  return error.cause === undefined ? text : `${text}\n\nCaused by: ${describe(error.cause)}`
}
