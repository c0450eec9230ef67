/**
 * Writing the pieces of a body: from memory at once, from an open file with back-pressure and a bounded buffer.
 */
import type { RequestHandler } from '@typhoon/core'
import type { ByteRange } from '@typhoon/core/headers'
import { type BodyPlan, lengthOf } from './body-plan.ts'
import { giveBack, PIECE_SIZE, takeBuffer } from './buffer-pool.ts'
import type { ContainedFile } from './contained-file.ts'
import type { FoundFile } from './file-store.ts'

/** Part of a file up to this size, in bytes, gets a buffer of its own. */
const SMALL = 64 * 1024

/** Writes a body whose content is in memory. */
export function writeContent(handler: RequestHandler, plan: BodyPlan, content: Uint8Array): void {
  for (const piece of plan.pieces) {
    if (Buffer.isBuffer(piece)) handler.write(piece)
    else handler.write(lengthOf(piece) === content.length ? content : content.subarray(piece.start, piece.end + 1))
  }
}

/**
 * Writes a body from an open file.
 *
 * @throws {@link Error} if the file has become shorter, which ends the connection once the head is sent: a client must not
 * take what it got for the whole
 */
export async function writeFile(handler: RequestHandler, plan: BodyPlan, file: ContainedFile): Promise<void> {
  for (const piece of plan.pieces) {
    if (Buffer.isBuffer(piece)) handler.write(piece)
    else if (piece.end - piece.start < SMALL) await writeSmallPart(handler, piece, file)
    else await writePart(handler, piece, file)
  }
}

/** Writes a body that a subclass gives in pieces. */
export async function writeIterable(
  handler: RequestHandler,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const chunk of content) {
    handler.write(chunk)
    await handler.flush()
  }
}

/** A part of a file in pieces that the caller may keep. @param end - position behind the last byte */
export async function* contentOf(
  { content, opened }: FoundFile,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void> {
  if (content !== undefined) yield content.subarray(start, end)
  else if (opened !== undefined) {
    for (let position = start; position < end; position += PIECE_SIZE) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_SIZE, end - position))
      yield filled(buffer, await opened.read(buffer, buffer.length, position), buffer.length)
    }
  }
}

async function writeSmallPart(handler: RequestHandler, { start, end }: ByteRange, file: ContainedFile): Promise<void> {
  const buffer = Buffer.allocUnsafe(end - start + 1)
  handler.write(filled(buffer, await file.read(buffer, buffer.length, start), buffer.length))
}

async function writePart(handler: RequestHandler, { start, end }: ByteRange, file: ContainedFile): Promise<void> {
  for (let position = start; position <= end; position += PIECE_SIZE) {
    const buffer = takeBuffer()
    const length = Math.min(PIECE_SIZE, end - position + 1)
    handler.write(filled(buffer, await file.read(buffer, length, position), length))
    await handler.flush()
    giveBack(buffer, handler.request.node)
  }
}

function filled(buffer: Buffer, length: number, expected: number): Buffer {
  if (length < expected) throw new Error('the file was truncated while it was sent')
  return buffer.subarray(0, length)
}
