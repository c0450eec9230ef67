/** Sends the frames of one turn of the event loop together, and knows how much has not left yet. */
export class Outbox<Frame> {
  readonly #write: (frames: readonly Frame[], sent: () => void) => void
  readonly #sizeOf: (frame: Frame) => number
  #frames: Frame[] = []
  #waiting = 0 // bytes in #frames
  #unsent = 0 // bytes in #frames and on their way
  #scheduled: NodeJS.Immediate | undefined
  /** Called when everything has left. */
  onEmpty: (() => void) | undefined

  constructor(write: (frames: readonly Frame[], sent: () => void) => void, sizeOf: (frame: Frame) => number) {
    this.#write = write
    this.#sizeOf = sizeOf
  }

  /** In bytes. */
  get unsent(): number {
    return this.#unsent
  }

  push(frame: Frame): void {
    const size = this.#sizeOf(frame)
    this.#frames.push(frame)
    this.#waiting += size
    this.#unsent += size
    this.#scheduled ??= setImmediate(() => this.flush())
  }

  flush(): void {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    const [frames, size] = [this.#frames, this.#waiting]
    if (frames.length === 0) return
    this.#frames = []
    this.#waiting = 0
    this.#write(frames, () => this.#sent(size))
  }

  #sent(size: number): void {
    this.#unsent -= size
    if (this.#unsent === 0) this.onEmpty?.()
  }
}
