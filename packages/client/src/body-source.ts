/** The body of a request: from whichever option it was given in, with its type, its length and its bytes. */
import { type ContentInit, type ContentSource, close, contentSource, encoded, exactly } from './content-source.ts'
import { type MultipartInit, multipartBody } from './multipart-body.ts'
import { HTTPClientOptionError } from './option-error.ts'
import { type BodyProducer, produced } from './produced-body.ts'

export type { BodyProducer }

/** Text and a Blob bring their own Content-Type, `URLSearchParams` that of a form; bytes, streams and files bring none. */
export type BodySource = ContentInit | URLSearchParams

type FormValue = string | number | boolean

/** Names and values; a list is several values of one name, `undefined` none. */
export type FormInit =
  | URLSearchParams
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, FormValue | readonly FormValue[] | undefined>>

/** The body of a request; at most one of these can be given. */
export interface BodyOptions {
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: FormInit | undefined
  /** Sent as `application/json`. */
  readonly json?: unknown
  /** Sent as `multipart/form-data`, files as streams. */
  readonly multipart?: MultipartInit | undefined
  readonly body?: BodySource | undefined
  /** Called to write the body, and again if it must be sent again (Tornado: `body_producer`). */
  readonly bodyProducer?: BodyProducer | undefined
}

/** What is sent, and what the head says about it. */
export interface RequestBody extends ContentSource {
  readonly contentType: string | undefined
}

const FORM = 'application/x-www-form-urlencoded'

/** @returns undefined for a request without a body */
export async function requestBody(options: BodyOptions): Promise<RequestBody | undefined> {
  const { form, json, multipart, body, bodyProducer } = options
  if (form !== undefined) return withType(FORM, await contentSource('form', searchParams(form).toString()))
  if (json !== undefined) return withType('application/json', await contentSource('json', stringify(json)))
  if (multipart !== undefined) return multipartBody(multipart)
  if (bodyProducer !== undefined) return producedBody(bodyProducer)
  if (body === undefined) return undefined
  if (body instanceof URLSearchParams) return withType(FORM, await contentSource('body', body.toString()))
  return withType(ownType(body), await contentSource('body', body))
}

/** The same body, held to the length that the caller has declared for it. @throws {@link HTTPClientOptionError} */
export function declareLength(body: RequestBody | undefined, declared: string): RequestBody {
  if (body === undefined) throw new HTTPClientOptionError('Content-Length must not be given without a body')
  const length = /^[0-9]{1,15}$/.test(declared) ? Number(declared) : -1
  if (length < 0 || (body.length !== undefined && body.length !== length)) {
    throw new HTTPClientOptionError(
      `Content-Length must be ${body.length ?? 'a number'}, got ${JSON.stringify(declared)}`,
    )
  }
  if (body.length !== undefined) return body
  const open = () => exactly(iterated(body.open()), length)
  return { ...body, length, open }
}

export function searchParams(init: FormInit): URLSearchParams {
  if (Symbol.iterator in init)
    return new URLSearchParams(
      [...(init as Iterable<readonly [string, string]>)].map(([name, value]) => [name, value] as [string, string]),
    )
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(init)) {
    // a record's value is one value, a list of them, or left out
    const list = Array.isArray(value) ? (value as readonly FormValue[]) : [value as FormValue | undefined]
    for (const each of list) if (each !== undefined) params.append(name, String(each))
  }
  return params
}

function stringify(json: unknown): string {
  const text: string | undefined = JSON.stringify(json) // undefined for a function or symbol, which its type leaves out
  if (text === undefined)
    throw new HTTPClientOptionError(`json must be something that JSON can hold, got ${typeof json}`)
  return text
}

function withType(contentType: string | undefined, source: ContentSource): RequestBody {
  return { ...source, contentType }
}

function ownType(body: ContentInit): string | undefined {
  if (typeof body === 'string') return 'text/plain;charset=UTF-8'
  return body instanceof Blob && body.type !== '' ? body.type : undefined
}

function producedBody(producer: BodyProducer): RequestBody {
  return { contentType: undefined, length: undefined, replayable: true, open: () => encoded(produced(producer)), close }
}

function iterated(opened: Uint8Array | AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (!(opened instanceof Uint8Array)) return opened
  return (async function* () {
    yield opened
  })()
}
