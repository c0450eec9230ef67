/** Compression of responses on the way out (RFC 9110 §8.4, §12.5.3): which coding, if any, and the coding itself. */
import type { BrotliCompress, BrotliOptions, Gzip } from 'node:zlib'
import { preferredEncoding } from '../headers/accept.ts'
import { mediaTypeOf } from '../headers/media-type.ts'
import { appendVary } from '../headers/vary.ts'
import { HAS_ZSTD, zlib } from '../late-modules.ts'
import { checkInteger, checkOneOf, OptionError, withDefaults } from '../options.ts'
import type { ResponseHeaders } from './response-headers.ts'

/** A content coding that this server can produce; `zstd` needs Node 22.15 or later. */
export type ContentCoding = 'br' | 'zstd' | 'gzip'

/** Options of the setting `compressResponse`. */
export interface CompressionOptions {
  /** Smallest complete body that is compressed, in bytes; streamed bodies always are. @defaultValue 1024 */
  minSize?: number | undefined
  /** Codings to offer, the most wanted first. @defaultValue `['br', 'zstd', 'gzip']`, as far as Node has them */
  codings?: readonly ContentCoding[] | undefined
}

export type ResolvedCompression = Readonly<{ minSize: number; codings: readonly ContentCoding[] }>

const AVAILABLE: readonly ContentCoding[] = HAS_ZSTD ? ['br', 'zstd', 'gzip'] : ['br', 'gzip']
/** Levels at which a page costs about as much to compress as to make; the defaults of brotli and zstd are for files. */
const BROTLI_QUALITY = 4
const GZIP_LEVEL = 6
/** 64 KiB of history for each open stream instead of brotli's 4 MiB. */
const STREAM_WINDOW = 16
/** What is larger is compressed off the event loop. */
const SYNC_SIZE = 16 * 1024

/** @throws {@link OptionError} for a coding that this Node does not have, or a size that is none */
export function resolveCompression(given: boolean | CompressionOptions): ResolvedCompression | undefined {
  if (given === false) return undefined
  const options = withDefaults('compressResponse', { minSize: 1024, codings: AVAILABLE }, given === true ? {} : given)
  checkInteger('compressResponse.minSize', options.minSize, { min: 0, max: Number.MAX_SAFE_INTEGER })
  if (!Array.isArray(options.codings)) throw new OptionError('compressResponse.codings must be a list')
  for (const coding of options.codings) checkOneOf('compressResponse.codings', coding, AVAILABLE)
  return Object.freeze(options)
}

/**
 * Chooses the coding for a response, before its fields are complete.
 *
 * A response that some client could get compressed varies by `Accept-Encoding`, for the others too.
 *
 * @param size - of a complete body; undefined for a streamed one
 * @returns undefined for a body that is sent as it is
 */
export function chooseCoding(
  { minSize, codings }: ResolvedCompression,
  acceptEncoding: string | undefined,
  status: number,
  headers: ResponseHeaders,
  size: number | undefined,
): ContentCoding | undefined {
  const eligible = status !== 206 && !headers.has('Content-Encoding') && isCompressible(headers.get('Content-Type'))
  if (!eligible || (size !== undefined && size < minSize)) return undefined
  headers.set('Vary', appendVary(headers.get('Vary'), 'Accept-Encoding'))
  if (acceptEncoding === undefined) return undefined
  const chosen = preferredEncoding(acceptEncoding, [...codings, 'identity'])
  if (chosen === undefined || chosen === 'identity') return undefined
  return chosen as ContentCoding // one of those that were offered
}

/** Says in the fields that the body is sent in a coding; being other bytes then, a strong entity tag becomes a weak one. */
export function markEncoded(headers: ResponseHeaders, coding: ContentCoding): void {
  headers.set('Content-Encoding', coding)
  headers.delete('Content-Length')
  const etag = headers.get('ETag')
  if (etag?.startsWith('"')) headers.set('ETag', `W/${etag}`)
}

/** The body in its coding: at once if it is small, else in time. */
export function compress(coding: ContentCoding, body: string | Uint8Array): Buffer | Promise<Buffer> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (bytes.length <= SYNC_SIZE) return compressSync(coding, bytes)
  const encoder = new StreamEncoder(coding, bytes.length)
  return encoder.end(bytes)
}

function compressSync(coding: ContentCoding, bytes: Uint8Array): Buffer {
  if (coding === 'gzip') return zlib().gzipSync(bytes, { level: GZIP_LEVEL })
  if (coding === 'br') return zlib().brotliCompressSync(bytes, brotliOptions(bytes.length))
  return zlib().zstdCompressSync(bytes)
}

type Compressor = Gzip | BrotliCompress

/** Compresses a body in pieces; after each piece all of it can be read. */
export class StreamEncoder {
  readonly #stream: Compressor
  #output: Buffer[] = []
  #fail: (error: Error) => void = () => {}

  constructor(coding: ContentCoding, size?: number) {
    this.#stream = createCompressor(coding, size)
    this.#stream.on('data', (chunk: Buffer) => this.#output.push(chunk))
    this.#stream.on('error', (error) => this.#fail(error))
  }

  /** @returns all of the output so far, so that a reader sees the whole piece */
  encode(chunk: string | Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      this.#stream.write(chunk)
      this.#flush(() => resolve(this.#take()))
    })
  }

  /** @returns the rest of the output */
  end(chunk: string | Uint8Array = ''): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      this.#stream.once('end', () => resolve(this.#take()))
      this.#stream.end(chunk)
    })
  }

  destroy(): void {
    this.#stream.destroy()
  }

  #flush(done: () => void): void {
    // gzip's own default is a full flush, which forgets the history; brotli and zstd have one kind only
    const { Gzip, constants } = zlib()
    if (this.#stream instanceof Gzip) this.#stream.flush(constants.Z_SYNC_FLUSH, done)
    else this.#stream.flush(done)
  }

  #take(): Buffer {
    const output = this.#output
    this.#output = []
    return output.length === 1 ? (output[0] as Buffer) : Buffer.concat(output)
  }
}

function createCompressor(coding: ContentCoding, size?: number): Compressor {
  if (coding === 'gzip') return zlib().createGzip({ level: GZIP_LEVEL })
  if (coding === 'br') return zlib().createBrotliCompress(brotliOptions(size))
  return zlib().createZstdCompress()
}

function brotliOptions(size: number | undefined): BrotliOptions {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, BROTLI_PARAM_LGWIN } = zlib().constants
  const known = size === undefined ? { [BROTLI_PARAM_LGWIN]: STREAM_WINDOW } : { [BROTLI_PARAM_SIZE_HINT]: size }
  return { params: { [BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, ...known } }
}

const COMPRESSIBLE = new Set([
  'application/javascript',
  'application/json',
  'application/manifest+json',
  'application/rss+xml',
  'application/vnd.ms-fontobject',
  'application/wasm',
  'application/x-javascript',
  'application/xhtml+xml',
  'application/xml',
  'font/otf',
  'font/ttf',
  'image/bmp',
  'image/svg+xml',
  'image/x-icon',
])

/** Text, and what is text in disguise; media and archives are compressed already. */
function isCompressible(contentType: string | undefined): boolean {
  const type = mediaTypeOf(contentType ?? '')
  return type.startsWith('text/') || type.endsWith('+json') || type.endsWith('+xml') || COMPRESSIBLE.has(type)
}
