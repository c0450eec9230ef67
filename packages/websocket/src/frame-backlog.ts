import { costOf, type FrameGroup, type OutgoingFrame } from './outgoing-frame.ts'

const MANY_HOLES = 1000

/** Frames that wait until a socket has taken what it holds: they can still be dropped, or replaced by their key. */
export class FrameBacklog implements FrameGroup {
  /** In order; `undefined` where something was dropped. */
  #frames: (OutgoingFrame | undefined)[] = []
  #holes = 0
  #oldest = 0 // no message waits before this position
  #positions: Map<string, number> | undefined // of the frames that have a key
  cost = 0
  controlBytes = 0

  /** False if nothing waits. */
  get filled(): boolean {
    return this.#frames.length > this.#holes
  }

  get bytes(): Buffer {
    const [first, ...others] = this.#waiting
    if (first !== undefined && others.length === 0) return first.bytes
    return Buffer.concat(this.#waiting.map(({ bytes }) => bytes))
  }

  push(frame: OutgoingFrame): void {
    if (frame.control === true) this.controlBytes += frame.bytes.length
    else this.cost += costOf(frame)
    if (frame.key !== undefined) {
      this.#positions ??= new Map()
      this.#positions.set(frame.key, this.#frames.length)
    }
    this.#frames.push(frame)
  }

  /** The frame that a new one of this key would replace. */
  get(key: string): OutgoingFrame | undefined {
    const position = this.#positions?.get(key)
    return position === undefined ? undefined : this.#frames[position]
  }

  /** Puts a frame in the place of the one with the same key. */
  replace(key: string, frame: OutgoingFrame): void {
    const position = this.#positions?.get(key)
    const old = position === undefined ? undefined : this.#frames[position]
    if (position === undefined || old === undefined) return
    this.#frames[position] = frame
    this.cost += frame.bytes.length - old.bytes.length
    old.done?.()
  }

  /** Drops the message that has waited for longest. @returns false if none waits */
  dropOldest(): boolean {
    for (; this.#oldest < this.#frames.length; this.#oldest++) {
      const frame = this.#frames[this.#oldest]
      if (frame === undefined || frame.control === true) continue
      this.#frames[this.#oldest] = undefined
      this.#holes++
      this.cost -= costOf(frame)
      this.#closeHoles()
      frame.done?.()
      return true
    }
    return false
  }

  /** Takes all messages out and leaves the control frames. */
  takeMessages(): OutgoingFrame[] {
    const waiting = this.#waiting
    this.#frames = waiting.filter(({ control }) => control === true)
    this.#holes = 0
    this.#oldest = 0
    this.#positions = undefined
    this.cost = 0
    return waiting.filter(({ control }) => control !== true)
  }

  settle(error?: Error): void {
    for (const frame of this.#frames) frame?.done?.(error)
  }

  get #waiting(): OutgoingFrame[] {
    return this.#frames.filter((frame) => frame !== undefined)
  }

  /** Frames with a key are replaced and never dropped as the oldest, so no position changes under them. */
  #closeHoles(): void {
    if (this.#holes < MANY_HOLES || this.#holes < this.#frames.length / 2) return
    this.#frames = this.#waiting
    this.#holes = 0
    this.#oldest = 0
  }
}
