/** Frames on their way out, and what they count. */

export interface OutgoingFrame {
  readonly bytes: Buffer
  /** A newer frame of the same key takes the place of this one while it waits. */
  readonly key?: string | undefined
  /** Control frames are never dropped and do not count. */
  readonly control?: boolean
  /** Told when the socket has taken the frame, when it was dropped, or with an error when the socket closed before. */
  readonly done?: ((error?: Error) => void) | undefined
}

/** Frames that leave in one write. */
export interface FrameGroup {
  readonly bytes: Buffer
  /** What its messages count. */
  readonly cost: number
  readonly controlBytes: number
  /** Tells those who wait for one of the frames. */
  settle(error?: Error): void
}

/** What a message that waits costs besides its bytes, so that very many small ones are bounded too. */
export const FRAME_COST = 64

/** What a message counts, in bytes. */
export function costOf(frame: OutgoingFrame): number {
  return frame.bytes.length + FRAME_COST
}
