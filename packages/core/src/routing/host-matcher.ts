/** The condition of a `hostMatches()` group. */
export class HostMatcher {
  /** As in the source code. */
  readonly source: string
  readonly #accepts: (host: string) => boolean
  #lastHost: string | undefined // most requests name the host of the one before
  #lastAnswer = false

  /** @param host - a string is the whole name; a RegExp is anchored at both ends */
  constructor(host: string | RegExp) {
    this.source = typeof host === 'string' ? `'${host}'` : String(host)
    if (typeof host === 'string') {
      const name = host.toLowerCase()
      this.#accepts = (given) => given === name
    } else {
      const regexp = new RegExp(`^(?:${host.source})$`, host.flags.replace(/[dgmy]/g, ''))
      this.#accepts = (given) => regexp.test(given)
    }
  }

  /** @param host - a lower-case name without a port */
  test(host: string): boolean {
    if (host !== this.#lastHost) {
      this.#lastAnswer = this.#accepts(host)
      this.#lastHost = host
    }
    return this.#lastAnswer
  }
}
