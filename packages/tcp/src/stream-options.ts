import { checkInteger, LONGEST_TIMER } from './options.ts'

/** Limits of an {@link IOStream}; servers and clients pass them on to the streams that they make. */
export interface StreamOptions {
  /**
   * Most bytes that a read may gather before it is complete. A read that needs more closes the stream. Raise it for protocols
   * with large messages, or read these in parts. (Tornado: 100 MiB.) @defaultValue 1 MiB
   */
  maxBufferSize?: number | undefined
  /** Most bytes written and not yet handed to the kernel; a `write()` beyond it is refused. (Tornado: no limit.) @defaultValue 16 MiB */
  maxWriteBufferSize?: number | undefined
  /** How long an orderly close waits for the peer to take what was written and to close, in milliseconds. @defaultValue 2000 */
  closeTimeout?: number | undefined
}

export type ResolvedStreamOptions = { readonly [Name in keyof StreamOptions]-?: number }

const MIB = 1024 * 1024
/** The names of the options, for those who accept them among others. */
export const STREAM_OPTION_NAMES: readonly string[] = ['maxBufferSize', 'maxWriteBufferSize', 'closeTimeout']

/** Picks out, fills in and checks the limits of a stream. */
export function resolveStreamOptions(given: StreamOptions): ResolvedStreamOptions {
  const { maxBufferSize = MIB, maxWriteBufferSize = 16 * MIB, closeTimeout = 2000 } = given
  checkInteger('maxBufferSize', maxBufferSize, { min: 1, max: Number.MAX_SAFE_INTEGER })
  checkInteger('maxWriteBufferSize', maxWriteBufferSize, { min: 1, max: Number.MAX_SAFE_INTEGER })
  checkInteger('closeTimeout', closeTimeout, { min: 0, max: LONGEST_TIMER })
  return Object.freeze({ maxBufferSize, maxWriteBufferSize, closeTimeout })
}
