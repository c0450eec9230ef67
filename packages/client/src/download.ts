/**
 * A file from the network: written beside its place, continued where it was cut off, renamed when complete.
 *
 * A download that can be resumed leaves `<path>.part` and, in `<path>.part.json`, the validator of what it holds. Only
 * with a strong validator (RFC 9110 §13.1.5) can the rest be asked for; else it begins anew.
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { withAuth } from './authentication.ts'
import { HTTPClientError } from './errors.ts'
import { HTTPRequest } from './http-request.ts'
import type { StreamedResponse, TimeInfo } from './http-response.ts'
import { HTTPClientOptionError } from './option-error.ts'
import { RequestFields } from './request-fields.ts'
import type { RequestOptions } from './request-options.ts'
import type { ResponseHead } from './response-head.ts'

export interface DownloadProgress {
  /** Bytes that are in the file now, those of an earlier attempt included. */
  readonly received: number
  /** Bytes that it will have; undefined if the server does not say. */
  readonly total: number | undefined
}

export interface DownloadOptions extends Omit<RequestOptions, 'streamingCallback' | 'raiseError'> {
  /** Called when the head has arrived and after each part that was written. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  /** Keep what has arrived if it is cut off, and continue it the next time. @defaultValue false */
  readonly resume?: boolean | undefined
}

export interface DownloadResult extends ResponseHead {
  readonly path: string
  /** Of the whole file, in bytes. */
  readonly size: number
  /** Bytes that an earlier attempt had brought already. */
  readonly resumedFrom: number
  readonly timeInfo: TimeInfo
}

/** What fetches for a download. */
export type FetchStream = (request: HTTPRequest, options: RequestOptions) => Promise<StreamedResponse>

/** What is known of a part on disk. */
interface PartState {
  readonly offset: number
  /** For `If-Range`. */
  readonly validator: string
}

interface Part {
  readonly path: string
  readonly resume: boolean
  readonly state: PartState | undefined
}

const MAX_STATE = 16 * 1024 // bytes of the note beside a part

export async function download(
  fetchStream: FetchStream,
  target: string | URL | HTTPRequest,
  path: string,
  { onProgress, resume = false, ...options }: DownloadOptions,
): Promise<DownloadResult> {
  const base = target instanceof HTTPRequest ? target : new HTTPRequest(target)
  const request = new HTTPRequest(base.url, { requestTimeout: 0, ...base.options, ...withAuth(options) })
  await checkPlace(path)
  const part = await openPart(path, request.url, resume)
  try {
    const result = await fetchInto(fetchStream, request, part, onProgress ?? (() => {}))
    await rename(part.path, path)
    if (resume) await rm(stateFile(part), { force: true })
    return { ...result, path }
  } catch (error) {
    if (!resume) await rm(part.path, { force: true })
    throw error
  }
}

/** That the name cannot be taken is better known before the file has come. */
async function checkPlace(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined) // what is wrong with it otherwise, shows when it is written
  if (found?.isDirectory() === true)
    throw new HTTPClientOptionError(`path must be that of a file, ${path} is a directory`)
}

async function openPart(path: string, url: URL, resume: boolean): Promise<Part> {
  if (!resume) return { path: `${path}.${randomBytes(6).toString('hex')}.part`, resume, state: undefined }
  const part = { path: `${path}.part`, resume, state: undefined }
  return { ...part, state: await readState(part, url) }
}

async function fetchInto(
  fetchStream: FetchStream,
  request: HTTPRequest,
  part: Part,
  onProgress: (progress: DownloadProgress) => void,
): Promise<Omit<DownloadResult, 'path'>> {
  await using response = await ask(fetchStream, request, part.state)
  const { code } = response
  if (code === 416 && part.state !== undefined) {
    if (rangeSize(response.headers) === part.state.offset)
      return finished(response, part.state.offset, part.state.offset)
    response.close()
    return fetchInto(fetchStream, request, { ...part, state: undefined }, onProgress) // it has become shorter: from its beginning
  }
  const offset = startOf(response, part.state)
  if (offset === 'misplaced') {
    response.close()
    return fetchInto(fetchStream, request, { ...part, state: undefined }, onProgress)
  }
  const total = totalSize(response, offset)
  if (part.resume) await writeState(part, request.url, response)
  onProgress({ received: offset, total })
  const size = await save(response, part.path, offset, (received) => onProgress({ received, total }))
  if (total !== undefined && size !== total) {
    const { method, url } = { method: request.method, url: response.effectiveUrl }
    throw new HTTPClientError(`the file has ${size} of its ${total} bytes`, { method, url, phase: 'body', code })
  }
  return finished(response, size, offset)
}

function ask(fetchStream: FetchStream, request: HTTPRequest, state: PartState | undefined): Promise<StreamedResponse> {
  const fields = new RequestFields(request.options.headers)
  fields.set('Accept-Encoding', 'identity') // lengths and ranges then are those of the file
  if (state !== undefined) {
    fields.set('Range', `bytes=${state.offset}-`)
    fields.set('If-Range', state.validator)
  }
  return fetchStream(request, { headers: fields }).catch((error: unknown) => {
    if (state === undefined || !(error instanceof HTTPClientError) || error.code !== 416) throw error
    return fetchStream(request, { headers: fields, raiseError: false })
  })
}

/** Where in the file the body begins; `'misplaced'` if it is not what was asked for. */
function startOf({ code, headers }: ResponseHead, state: PartState | undefined): number | 'misplaced' {
  if (code !== 206) return 0
  const range = contentRange(headers)
  return range !== undefined && range.start === (state?.offset ?? 0) && state !== undefined ? range.start : 'misplaced'
}

function totalSize({ code, headers }: ResponseHead, offset: number): number | undefined {
  if (code === 206) return rangeSize(headers)
  const length = headers.get('content-length')
  return length === null ? undefined : offset + Number(length)
}

/** `bytes 5-9/10` (RFC 9110 §14.4). */
function contentRange(headers: Headers): { readonly start: number } | undefined {
  const match = /^bytes ([0-9]{1,15})-[0-9]{1,15}\/(?:[0-9]{1,15}|\*)$/i.exec(headers.get('content-range') ?? '')
  return match === null ? undefined : { start: Number(match[1]) }
}

function rangeSize(headers: Headers): number | undefined {
  const size = /\/([0-9]{1,15})$/.exec(headers.get('content-range') ?? '')?.[1]
  return size === undefined ? undefined : Number(size)
}

/** @returns the size of the file then */
async function save(
  body: AsyncIterable<Buffer>,
  path: string,
  offset: number,
  onWritten: (size: number) => void,
): Promise<number> {
  await using file = await openAt(path, offset)
  let position = offset
  for await (const chunk of body) {
    for (let written = 0; written < chunk.length; ) {
      const { bytesWritten } = await file.write(chunk, written, chunk.length - written, position)
      written += bytesWritten
      position += bytesWritten
    }
    onWritten(position)
  }
  await file.sync() // the name must not stand for bytes that a power cut takes away
  return position
}

async function openAt(path: string, offset: number): Promise<FileHandle> {
  const file = await open(path, offset === 0 ? 'w' : 'r+')
  if (offset > 0) await file.truncate(offset)
  return file
}

function finished(head: StreamedResponse, size: number, resumedFrom: number): Omit<DownloadResult, 'path'> {
  const { code, reason, headers, effectiveUrl, timeInfo } = head
  return { code, reason, headers, effectiveUrl, size, resumedFrom, timeInfo }
}

function stateFile(part: Part): string {
  return `${part.path}.json`
}

/** Nothing for a part that is missing or empty, or whose note is missing, of another URL or not readable: it begins anew. */
async function readState(part: Part, url: URL): Promise<PartState | undefined> {
  try {
    const { size } = await stat(part.path)
    const note = await readFile(stateFile(part))
    if (size === 0 || note.length > MAX_STATE) return undefined
    const state: unknown = JSON.parse(note.toString())
    if (typeof state !== 'object' || state === null) return undefined
    const { url: of, validator } = state as { url?: unknown; validator?: unknown }
    return of === url.href && typeof validator === 'string' ? { offset: size, validator } : undefined
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function writeState(part: Part, url: URL, { code, headers }: ResponseHead): Promise<void> {
  const validator = strongValidator(headers)
  if (validator !== undefined) await writeFile(stateFile(part), JSON.stringify({ url: url.href, validator }))
  else if (code !== 206) await rm(stateFile(part), { force: true })
}

/** A strong entity tag, or a date that is old enough to be one (RFC 9110 §8.8.2.2). */
function strongValidator(headers: Headers): string | undefined {
  const tag = headers.get('etag')
  if (tag !== null) return tag.startsWith('"') ? tag : undefined
  const modified = headers.get('last-modified')
  const age = Date.parse(headers.get('date') ?? '') - Date.parse(modified ?? '')
  return modified !== null && age >= 1000 ? modified : undefined
}
