import { HTTPError } from '@typhoon/core'

/** Open sockets of one handler class by the address of their client. */
export class AddressCount {
  readonly #counts: Map<string, number> = new Map()

  /**
   * @param max - 0 for no limit
   * @returns takes the place back
   * @throws {@link HTTPError} 429 if the address has that many
   */
  enter(address: string, max: number): () => void {
    if (max === 0 || address === '') return () => {} // peers on a Unix socket have no address
    const count = this.#counts.get(address) ?? 0
    if (count >= max) throw new HTTPError(429, `${address} has ${count} sockets`)
    this.#counts.set(address, count + 1)
    return () => this.#leave(address)
  }

  #leave(address: string): void {
    const count = this.#counts.get(address) ?? 0
    if (count > 1) this.#counts.set(address, count - 1)
    else this.#counts.delete(address)
  }
}
