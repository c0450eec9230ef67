import { costOf, type FrameGroup, type OutgoingFrame } from './outgoing-frame.ts'

/** The link that was made last for a socket with nothing else to send. */
let lastFirst: FrameChain | undefined

/**
 * Frames that one socket is sent together: a link that adds one frame to those before it.
 *
 * Subscribers of a topic mostly have the same to send, so they share links: where another socket has just added the same frame at the
 * same place, its link is taken. A broadcast to a thousand sockets makes one link for each message and joins the bytes once.
 */
export class FrameChain implements FrameGroup {
  readonly cost: number
  readonly controlBytes: number
  readonly #frame: OutgoingFrame
  readonly #before: FrameChain | undefined
  #size: number
  /** True if somebody waits for one of the frames. */
  #awaited: boolean
  #next: FrameChain | undefined
  #bytes: Buffer | undefined

  private constructor(frame: OutgoingFrame, before: FrameChain | undefined) {
    const { bytes, control = false, done } = frame
    this.#frame = frame
    this.#before = before
    this.#size = bytes.length
    this.#awaited = done !== undefined
    this.cost = control ? 0 : costOf(frame)
    this.controlBytes = control ? bytes.length : 0
    if (before === undefined) return
    this.#size += before.#size
    this.#awaited ||= before.#awaited
    this.cost += before.cost
    this.controlBytes += before.controlBytes
  }

  /** The chain `before`, or none, with one more frame. */
  static add(before: FrameChain | undefined, frame: OutgoingFrame): FrameChain {
    const made = before === undefined ? lastFirst : before.#next
    if (made !== undefined && made.#frame === frame) return made
    const link = new FrameChain(frame, before)
    if (before === undefined) lastFirst = link
    else before.#next = link
    return link
  }

  /** Lets go of the link that was kept to be shared. */
  static forget(): void {
    lastFirst = undefined
  }

  /** Called when it leaves: who holds it for long holds nothing that others were sent behind it. */
  seal(): void {
    this.#next = undefined
  }

  get bytes(): Buffer {
    this.#bytes ??= this.#before === undefined ? this.#frame.bytes : this.#join()
    return this.#bytes
  }

  /** In the order in which they are to be sent. */
  get frames(): OutgoingFrame[] {
    const frames = [this.#frame]
    for (let link = this.#before; link !== undefined; link = link.#before) frames.push(link.#frame)
    return frames.reverse()
  }

  settle(error?: Error): void {
    if (this.#awaited) for (const { done } of this.frames) done?.(error)
  }

  #join(): Buffer {
    const joined = Buffer.allocUnsafe(this.#size)
    let position = 0
    for (const { bytes } of this.frames) {
      joined.set(bytes, position)
      position += bytes.length
    }
    return joined
  }
}
