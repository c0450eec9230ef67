/**
 * Who may send now: at most so many requests in all and to one host; the others wait.
 *
 * Within a host the first come goes first. Between hosts they take turns, so that a slow one cannot hold up the rest.
 */

interface Host {
  active: number
  readonly waiting: Set<() => void>
}

export class RequestQueue {
  readonly #maxClients: number
  readonly #maxClientsPerHost: number
  readonly #hosts: Map<string, Host> = new Map()
  #active = 0

  constructor(maxClients: number, maxClientsPerHost: number) {
    this.#maxClients = maxClients
    this.#maxClientsPerHost = maxClientsPerHost
  }

  /**
   * Settles when a request to `name` may start.
   *
   * @returns what gives the place back; calling it again changes nothing
   * @throws the signal's reason, if it is aborted before
   */
  async acquire(name: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    const host = this.#host(name)
    if (this.#active >= this.#maxClients || host.active >= this.#maxClientsPerHost) await this.#wait(name, host, signal)
    else this.#take(host)
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#release(name, host)
    }
  }

  #host(name: string): Host {
    let host = this.#hosts.get(name)
    if (host === undefined) {
      host = { active: 0, waiting: new Set() }
      this.#hosts.set(name, host)
    }
    return host
  }

  #take(host: Host): void {
    host.active++
    this.#active++
  }

  #wait(name: string, host: Host, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        host.waiting.delete(go)
        this.#forgetUnused(name, host)
        reject(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      host.waiting.add(go)
    })
  }

  #release(name: string, host: Host): void {
    host.active--
    this.#active--
    this.#forgetUnused(name, host)
    if (this.#active < this.#maxClients) this.#startNext()
  }

  /** The next host in turn that has someone waiting and room for them. */
  #startNext(): void {
    for (const [name, host] of this.#hosts) {
      if (host.active >= this.#maxClientsPerHost) continue
      const [next] = host.waiting
      if (next === undefined) continue
      host.waiting.delete(next)
      this.#hosts.delete(name) // to the end of the line
      this.#hosts.set(name, host)
      this.#take(host) // before the waiter runs, or a newcomer could take its place
      return next()
    }
  }

  #forgetUnused(name: string, host: Host): void {
    if (host.active === 0 && host.waiting.size === 0 && this.#hosts.get(name) === host) this.#hosts.delete(name)
  }
}
