/** What a handler's method returns, made into the response. */
import type { RequestHandler } from './request-handler.ts'
import { type BodySource, discard, isBodySource, pump } from './response/body-source.ts'

const BYTES = 'application/octet-stream'

/**
 * Sends a returned value: text, bytes, an object for JSON, a `Response`, a `Blob`, or a body in pieces.
 *
 * @returns a promise when the body comes in pieces
 * @throws {@link TypeError} for anything else, such as a number
 */
export function sendReturnValue(handler: RequestHandler, value: unknown): Promise<void> | undefined {
  if (value instanceof Response) return sendResponse(handler, value)
  if (value instanceof Blob) return sendBlob(handler, value)
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && isBodySource(value)) {
    setType(handler, BYTES)
    return sendSource(handler, value)
  }
  if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) {
    throw new TypeError(`a handler returned a ${typeof value}; return text, bytes, an object, a Response or a stream`)
  }
  if (value instanceof Uint8Array) setType(handler, BYTES)
  handler.write(value)
  return undefined
}

async function sendResponse(handler: RequestHandler, response: Response): Promise<void> {
  handler.setStatus(response.status, response.statusText || undefined)
  handler.clearHeader('Content-Type')
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') handler.addHeader(name, value)
    else if (name !== 'transfer-encoding') handler.setHeader(name, value)
  }
  if (response.body !== null) await sendSource(handler, response.body)
}

async function sendBlob(handler: RequestHandler, blob: Blob): Promise<void> {
  setType(handler, blob.type || BYTES)
  handler.setHeader('Content-Length', blob.size)
  await sendSource(handler, blob.stream())
}

async function sendSource(handler: RequestHandler, source: BodySource): Promise<void> {
  if (handler.request.method === 'HEAD') return discard(source)
  await pump(
    source,
    (chunk) => {
      handler.write(chunk)
      return handler.flush()
    },
    handler.request.signal,
  )
}

/** Says what is sent, unless the handler has said it. */
function setType(handler: RequestHandler, contentType: string): void {
  if (handler.getHeader('Content-Type') === 'text/html; charset=UTF-8') handler.setHeader('Content-Type', contentType)
}
