/** What becomes of a request's content: a form's arguments and files, or bytes for the handler (Tornado: `parse_body_arguments`). */
import type { ContentSource } from '../exchange.ts'
import { mediaTypeOf } from '../headers/media-type.ts'
import { type ArgumentMap, parseUrlencoded } from './arguments.ts'
import { checkDeclaredSize, readBody } from './body.ts'
import type { ResolvedBodyLimits } from './body-limits.ts'
import { decodeContent } from './content-decoding.ts'
import type { HTTPFile } from './http-file.ts'
import { parseMultipart } from './multipart.ts'

/** Content of up to so many bytes is taken as a whole; more is counted while it comes. */
const SMALL = 64 * 1024

const MULTIPART = 'multipart/form-data'
const NO_ARGUMENTS: ArgumentMap = new Map()
const NO_FILES: ReadonlyMap<string, readonly HTTPFile[]> = new Map()

/** A message's content and the fields that say what it is. */
export interface IncomingBody {
  /** `Content-Type`, if the message has it. */
  readonly contentType: string | undefined
  /** `Content-Encoding`, if the message has it. */
  readonly contentEncoding: string | undefined
  /** The announced size, before decoding. */
  readonly contentLength: number | undefined
  readonly source: ContentSource
  readonly limits: ResolvedBodyLimits
}

export interface RequestBody {
  /** The decoded content; empty for a multipart form. */
  readonly body: Buffer
  /** A form's fields; JSON is never made into arguments. */
  readonly bodyArguments: ArgumentMap
  readonly files: ReadonlyMap<string, readonly HTTPFile[]>
  /** Deletes the files that are on disk and were not moved. To be called when the request ends, in whatever way. */
  readonly remove: (() => Promise<void>) | undefined
}

/**
 * Reads the content of a request to its end, within its limits.
 *
 * The media type alone decides, in any case: `application/x-www-form-urlencoded` and `multipart/form-data` are parsed,
 * everything else is left as bytes. If it rejects, no file is left on disk.
 *
 * @throws {@link HTTPError} 400 for a malformed form or damaged compressed data, 413 for what is too large, 415 for a
 *   content coding that is not supported; and whatever `source` throws
 */
export function readRequestBody(incoming: IncomingBody): Promise<RequestBody> {
  const { contentType = '', contentEncoding, contentLength, source, limits } = incoming
  const mediaType = mediaTypeOf(contentType)
  const isSmall = contentLength !== undefined && contentLength <= Math.min(SMALL, limits.maxBodySize)
  if (!isSmall || contentEncoding || mediaType === MULTIPART || source.whole === undefined)
    return readCounted(incoming, mediaType)
  return source.whole().then((body) => contentOf(body, mediaType, limits))
}

async function readCounted(incoming: IncomingBody, mediaType: string): Promise<RequestBody> {
  const { contentType = '', contentEncoding, contentLength, source, limits } = incoming
  const isMultipart = mediaType === MULTIPART
  const maxSize = isMultipart ? limits.maxUploadSize : limits.maxBodySize
  checkDeclaredSize(contentLength, maxSize)
  const content = contentEncoding ? decodeContent(source, contentEncoding, maxSize) : source
  if (isMultipart) {
    const form = await parseMultipart(content, contentType, limits)
    return { body: Buffer.alloc(0), bodyArguments: form.fields, files: form.files, remove: () => form.remove() }
  }
  return contentOf(await readBody(content, { maxBodySize: maxSize }), mediaType, limits)
}

function contentOf(body: Buffer, mediaType: string, limits: ResolvedBodyLimits): RequestBody {
  const isForm = mediaType === 'application/x-www-form-urlencoded'
  const bodyArguments = isForm ? parseUrlencoded(body, limits) : NO_ARGUMENTS
  return { body, bodyArguments, files: NO_FILES, remove: undefined }
}
