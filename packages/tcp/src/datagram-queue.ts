const OVERHEAD = 128 // bytes that an entry counts beside its data, so that empty datagrams are bounded, too
const COMPACT_FROM = 32 // entries

/** What waits to be received: first in, first out, bounded in bytes. */
export class DatagramQueue<T> {
  readonly #maxSize: number
  #entries: { item: T; size: number }[] = []
  #head = 0
  #size = 0
  #dropped = 0

  constructor(maxSize: number) {
    this.#maxSize = maxSize
  }

  get length(): number {
    return this.#entries.length - this.#head
  }

  /** How many were refused. */
  get dropped(): number {
    return this.#dropped
  }

  /** @returns false if it was dropped. An empty queue takes an item of any size, or it could never be received. */
  push(item: T, dataSize: number): boolean {
    const size = dataSize + OVERHEAD
    if (this.length > 0 && this.#size + size > this.#maxSize) {
      this.#dropped += 1
      return false
    }
    this.#entries.push({ item, size })
    this.#size += size
    return true
  }

  shift(): T | undefined {
    const entry = this.#entries[this.#head]
    if (entry === undefined) return undefined
    this.#head += 1
    this.#size -= entry.size
    this.#releaseTaken()
    return entry.item
  }

  /** Moves the rest to the front when at least half was taken: each entry is moved once on average. */
  #releaseTaken(): void {
    if (this.length === 0 || (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#entries.length)) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
  }
}
