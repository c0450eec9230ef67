/**
 * Checks text while it arrives, so that a peer learns of its first wrong byte and not only at the end of the message
 * (RFC 6455 §8.1, UTF-8 as in RFC 3629 §4).
 */
export class UTF8Check {
  #missing = 0 // bytes that the character at hand still needs
  #low = 0x80 // range of the next of them
  #high = 0xbf

  /**
   * @param mask - four bytes to be taken off with exclusive or, or undefined
   * @param offset - position of the first byte in its frame, for the mask
   * @returns false at the first byte that no UTF-8 text has at this place
   */
  accept(bytes: Uint8Array, mask: Uint8Array | undefined, offset: number): boolean {
    for (let i = 0; i < bytes.length; i++) {
      const byte = mask === undefined ? (bytes[i] as number) : (bytes[i] as number) ^ (mask[(offset + i) & 3] as number)
      if (this.#missing === 0) {
        if (byte >= 0x80 && !this.#begin(byte)) return false
      } else {
        if (byte < this.#low || byte > this.#high) return false
        this.#missing--
        this.#low = 0x80
        this.#high = 0xbf
      }
    }
    return true
  }

  /** True if the text may end here. */
  get complete(): boolean {
    return this.#missing === 0
  }

  #begin(byte: number): boolean {
    if (byte < 0xc2 || byte > 0xf4) return false // a stray continuation, an overlong form, or beyond U+10FFFF
    this.#missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
    if (byte === 0xe0)
      this.#low = 0xa0 // below is overlong
    else if (byte === 0xed)
      this.#high = 0x9f // above are surrogates
    else if (byte === 0xf0)
      this.#low = 0x90 // below is overlong
    else if (byte === 0xf4) this.#high = 0x8f // above is beyond U+10FFFF
    return true
  }
}
