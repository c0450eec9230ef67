/** A form with files, as `multipart/form-data` (RFC 7578): nothing is copied into memory that was not there already. */
import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import { type ContentInit, type ContentSource, contentSource } from './content-source.ts'

/** A file of a form. */
export interface MultipartFile {
  /** A file on disk; else `content` is given. */
  readonly path?: string | undefined
  readonly content?: ContentInit | undefined
  /** What the receiver is told. @defaultValue the last part of `path`, the name of a `File`, or `blob` */
  readonly filename?: string | undefined
  /** @defaultValue the type of a Blob, or `application/octet-stream` */
  readonly contentType?: string | undefined
}

/** Text makes a field, anything else a file. */
export type MultipartValue = ContentInit | MultipartFile

/** Values by name, sent in this order; a list is sent as several values of one name. */
export type MultipartInit =
  | Readonly<Record<string, MultipartValue | readonly MultipartValue[] | undefined>>
  | Iterable<readonly [string, MultipartValue]>

export interface MultipartBody extends ContentSource {
  readonly contentType: string
}

interface Part {
  readonly head: Buffer
  readonly content: ContentSource
}

const CRLF = '\r\n'

/** @throws {@link TypeError} for a content type that could end its line; as {@link contentSource} for the contents */
export async function multipartBody(init: MultipartInit): Promise<MultipartBody> {
  const boundary = `typhoon-${randomBytes(18).toString('hex')}` // no content can hold it, except by having seen it
  const parts: Part[] = []
  for (const [name, value] of entries(init)) parts.push(await makePart(boundary, name, value))
  const end = Buffer.from(`--${boundary}--${CRLF}`)
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: totalLength(parts, end),
    replayable: parts.every(({ content }) => content.replayable),
    open: () => joined(parts, end),
    close: () => {
      for (const { content } of parts) content.close()
    },
  }
}

function* entries(init: MultipartInit): Generator<readonly [string, MultipartValue]> {
  if (Symbol.iterator in init) return yield* init as Iterable<readonly [string, MultipartValue]>
  for (const [name, value] of Object.entries(init)) {
    // a record's value is one value, a list of them, or left out
    for (const each of Array.isArray(value) ? (value as readonly MultipartValue[]) : [value as MultipartValue]) {
      if (each !== undefined) yield [name, each]
    }
  }
}

async function makePart(boundary: string, name: string, value: MultipartValue): Promise<Part> {
  const disposition = `--${boundary}${CRLF}Content-Disposition: form-data; name="${quoted(name)}"`
  if (typeof value === 'string') {
    return { head: Buffer.from(`${disposition}${CRLF}${CRLF}`), content: await contentSource(name, value) }
  }
  const { init, filename, contentType } = describe(value)
  if (/[^\t\x20-\x7e]/.test(contentType))
    throw new TypeError(`${name}: ${JSON.stringify(contentType)} is not a media type`)
  const head = `${disposition}; filename="${quoted(filename)}"${CRLF}Content-Type: ${contentType}${CRLF}${CRLF}`
  return { head: Buffer.from(head), content: await contentSource(name, init) }
}

function describe(value: Exclude<MultipartValue, string>): {
  init: ContentInit
  filename: string
  contentType: string
} {
  const wrapped = !(value instanceof Uint8Array || value instanceof Blob || Symbol.asyncIterator in value)
  const file: MultipartFile = wrapped ? (value as MultipartFile) : { content: value as ContentInit } // by exclusion
  const init = file.content ?? ({ path: file.path } as ContentInit) // contentSource refuses a path that is none
  const own =
    init instanceof Blob ? { name: 'name' in init ? String(init.name) : '', type: init.type } : { name: '', type: '' }
  const filename = file.filename ?? (file.path === undefined ? own.name || 'blob' : basename(file.path))
  return { init, filename, contentType: file.contentType ?? (own.type || 'application/octet-stream') }
}

/** As browsers write names: three characters escaped, the rest as UTF-8 (WHATWG HTML, multipart form data). */
function quoted(text: string): string {
  return text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')
}

function totalLength(parts: readonly Part[], end: Buffer): number | undefined {
  let total = end.length
  for (const { head, content } of parts) {
    if (content.length === undefined) return undefined
    total += head.length + content.length + CRLF.length
  }
  return total
}

async function* joined(parts: readonly Part[], end: Buffer): AsyncGenerator<Uint8Array, void, void> {
  for (const { head, content } of parts) {
    yield head
    const opened = content.open()
    if (opened instanceof Uint8Array) {
      if (opened.byteLength > 0) yield opened
    } else {
      yield* opened
    }
    yield Buffer.from(CRLF)
  }
  yield end
}
