/**
 * Read buffer: the bytes that have arrived and that nobody has taken yet.
 *
 * They lie in one piece, so a search never has to look across chunks. The storage doubles when it is full, and what is left moves
 * to its front only when at least half of it was taken: each byte is copied a bounded number of times, however small the chunks.
 */

const EMPTY = Buffer.alloc(0)
const SMALLEST = 1024 // bytes; storage smaller than that would grow again at once
const LARGEST_KEPT = 64 * 1024 // bytes; larger storage is given back when it is empty

export class ReadBuffer {
  #storage: Buffer = EMPTY
  #start = 0
  #end = 0

  get length(): number {
    return this.#end - this.#start
  }

  /** Adds bytes at the end. The chunk belongs to the buffer from now on: it is not copied if nothing else is there. */
  append(chunk: Buffer): void {
    if (this.length === 0 && chunk.length > this.#storage.length) {
      this.#reset(chunk)
      this.#end = chunk.length
      return
    }
    if (chunk.length > this.#storage.length - this.#end) this.#makeRoom(chunk.length)
    chunk.copy(this.#storage, this.#end)
    this.#end += chunk.length
  }

  /** Takes the first `size` bytes, at most `length`. The result is the caller's own memory. */
  take(size: number): Buffer {
    const from = this.#start
    const to = from + size
    if (to === this.#end && size * 2 >= this.#storage.length) {
      const all = this.#storage.subarray(from, to) // nobody else holds the storage any longer, so it need not be copied
      this.#reset(EMPTY)
      return all
    }
    const taken = Buffer.from(this.#storage.subarray(from, to))
    this.#skip(size)
    return taken
  }

  /** Moves bytes to `target`, as many as there are and fit. @returns how many */
  takeInto(target: Uint8Array): number {
    const size = this.#storage.copy(target, 0, this.#start, Math.min(this.#end, this.#start + target.length))
    this.#skip(size)
    return size
  }

  /** Where `needle` begins, between the positions `from` and `to`; -1 if it is not wholly between them. */
  indexOf(needle: Uint8Array, from: number, to: number): number {
    return this.#storage.subarray(this.#start, this.#start + to).indexOf(needle, from)
  }

  /** The bytes between two positions as text, a character for each byte. */
  latin1(from: number, to: number): string {
    return this.#storage.toString('latin1', this.#start + from, this.#start + to)
  }

  #skip(size: number): void {
    this.#start += size
    if (this.#start < this.#end) return
    this.#reset(this.#storage.length > LARGEST_KEPT ? EMPTY : this.#storage)
  }

  #reset(storage: Buffer): void {
    this.#storage = storage
    this.#start = 0
    this.#end = 0
  }

  #makeRoom(more: number): void {
    const { length } = this
    const needed = length + more
    const target =
      needed * 2 <= this.#storage.length
        ? this.#storage
        : Buffer.allocUnsafeSlow(Math.max(needed, this.#storage.length * 2, SMALLEST))
    this.#storage.copy(target, 0, this.#start, this.#end)
    this.#storage = target
    this.#start = 0
    this.#end = length
  }
}
