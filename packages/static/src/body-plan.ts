/**
 * What the body of an answer consists of: the whole content, one part of it, or several in `multipart/byteranges`.
 */

import type { ByteRange } from '@typhoon/core/headers'
import { crypto } from './late-modules.ts'

/** Bytes that are ready, or a part of the content. */
type Piece = Buffer | ByteRange

export interface BodyPlan {
  readonly status: 200 | 206
  /** Of all pieces together, in bytes. */
  readonly length: number
  readonly pieces: readonly Piece[]
  readonly contentRange: string | undefined
  /** In place of that of the content. */
  readonly contentType: string | undefined
}

/** The whole content. */
export function wholeBody(size: number): BodyPlan {
  const pieces = size > 0 ? [{ start: 0, end: size - 1 }] : []
  return { status: 200, length: size, pieces, contentRange: undefined, contentType: undefined }
}

/**
 * Parts of the content (RFC 9110 §15.3.7): one goes by itself, several go in an envelope (§14.6).
 *
 * @param ranges - at least one
 */
export function partialBody(ranges: readonly ByteRange[], size: number, contentType: string): BodyPlan {
  const [only] = ranges
  if (only !== undefined && ranges.length === 1) {
    const contentRange = contentRangeOf(only, size)
    return { status: 206, length: lengthOf(only), pieces: [only], contentRange, contentType: undefined }
  }
  const boundary = crypto().randomBytes(12).toString('hex') // not in the content, by chance or by design
  const pieces: Piece[] = []
  for (const range of ranges) pieces.push(partHead(boundary, range, size, contentType, pieces.length === 0), range)
  pieces.push(Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1'))
  const length = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0)
  return {
    status: 206,
    length,
    pieces,
    contentRange: undefined,
    contentType: `multipart/byteranges; boundary=${boundary}`,
  }
}

function partHead(boundary: string, range: ByteRange, size: number, contentType: string, first: boolean): Buffer {
  const lines = [
    `--${boundary}`,
    `Content-Type: ${contentType}`,
    `Content-Range: ${contentRangeOf(range, size)}`,
    '',
    '',
  ]
  return Buffer.from((first ? '' : '\r\n') + lines.join('\r\n'), 'latin1')
}

function contentRangeOf({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end}/${size}`
}

/** In bytes. */
export function lengthOf(piece: Piece): number {
  return Buffer.isBuffer(piece) ? piece.length : piece.end - piece.start + 1
}
