/**
 * Byte collector: chunks in, one Buffer out.
 *
 * It copies. A list of chunks would cost a hundred bytes for each, however small, and every chunk keeps the whole
 * block alive that it was read into; a client that sends single bytes could make a small body cost a lot of memory.
 */
const EMPTY: Buffer = Buffer.alloc(0)

export class ByteCollector {
  #bytes: Buffer = EMPTY
  #length = 0

  /** Bytes collected since the start or the last `take()`. */
  get length(): number {
    return this.#length
  }

  append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length
    if (needed > this.#bytes.length) this.#grow(needed)
    this.#bytes.set(chunk, this.#length)
    this.#length = needed
  }

  /** All that was collected; the collector is empty afterwards. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length)
    this.#bytes = EMPTY
    this.#length = 0
    return taken
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#length * 2)) // doubling keeps the copying linear
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
