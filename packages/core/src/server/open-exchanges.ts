import type { OpenExchange } from '../engine/exchange-host.ts'

/** The exchanges of a server that are not over yet. Each knows its place in the list: a Set would have to hash each of them. */
export class OpenExchanges {
  readonly #list: OpenExchange[] = []
  #whenEmpty: (() => void) | undefined
  #isCutOff = false

  add(exchange: OpenExchange): void {
    exchange.place = this.#list.length
    this.#list.push(exchange)
  }

  remove(exchange: OpenExchange): void {
    const last = this.#list.pop()
    if (last !== undefined && last !== exchange) {
      this.#list[exchange.place] = last
      last.place = exchange.place
    }
    if (this.#list.length === 0) this.#whenEmpty?.()
  }

  /** Settles when none is under way. */
  empty(): Promise<void> {
    if (this.#list.length === 0 || this.#isCutOff) return Promise.resolve()
    return new Promise((resolve) => {
      this.#whenEmpty = resolve
    })
  }

  /** Cuts all of them off and waits no longer for their handlers. */
  abort(): void {
    for (const exchange of this.#list.slice()) exchange.abort()
    this.#isCutOff = true
    this.#whenEmpty?.()
  }
}
