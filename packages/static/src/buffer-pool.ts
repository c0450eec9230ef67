/** Buffers for reading files, used again and again: making one costs about as much as filling it. */
import type { NodeMessages } from '@typhoon/core'
import { http } from './late-modules.ts'

/** Size of each buffer, in bytes. */
export const PIECE_SIZE: number = 256 * 1024
const MAX_IDLE = 32 // buffers, 8 MiB

const idle: Buffer[] = []

/** A buffer of {@link PIECE_SIZE} bytes with any content. */
export function takeBuffer(): Buffer {
  return idle.pop() ?? Buffer.allocUnsafeSlow(PIECE_SIZE)
}

/**
 * Takes a buffer back, if it is certain that nobody holds on to it: a chunk that was written belongs to the socket until the
 * kernel has it, which only Node's own response tells. Any other buffer is left to the garbage collector.
 */
export function giveBack(buffer: Buffer, node: NodeMessages | undefined): void {
  if (idle.length >= MAX_IDLE || !(node?.res instanceof http().ServerResponse)) return
  const { res } = node
  if (res.socket !== null && !res.destroyed && res.writableLength === 0) idle.push(buffer)
}
