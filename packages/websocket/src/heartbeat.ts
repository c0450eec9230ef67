/**
 * Pings peers that are silent and finds those that no longer answer, also where the network never said that they are gone.
 *
 * All sockets with the same times share two timers.
 */
import { DeadlineQueue } from './deadline-queue.ts'

/** A socket, as the heartbeat sees it. */
export interface Pulse {
  ping(): void
  /** True while the peer's silence means nothing because nobody listens. */
  isHolding(): boolean
  /** The peer did not answer in time. */
  lost(): void
}

const heartbeats: Map<string, Heartbeat> = new Map()

export class Heartbeat {
  readonly #quiet: DeadlineQueue<Pulse>
  readonly #asked: DeadlineQueue<Pulse>

  private constructor(interval: number, timeout: number) {
    this.#quiet = new DeadlineQueue(interval, (pulse) => this.#ask(pulse))
    this.#asked = new DeadlineQueue(timeout, (pulse) => this.#judge(pulse))
  }

  /** @returns the heartbeat that all sockets with these times share, in milliseconds */
  static of(interval: number, timeout: number): Heartbeat {
    const key = `${interval} ${timeout}`
    const heartbeat = heartbeats.get(key) ?? new Heartbeat(interval, timeout)
    heartbeats.set(key, heartbeat)
    return heartbeat
  }

  add(pulse: Pulse): void {
    this.#quiet.set(pulse)
  }

  remove(pulse: Pulse): void {
    this.#quiet.delete(pulse)
    this.#asked.delete(pulse)
  }

  /** The peer has sent something, whatever it was. */
  alive(pulse: Pulse): void {
    if (!this.#asked.has(pulse)) return
    this.#asked.delete(pulse)
    this.#quiet.set(pulse)
  }

  #ask(pulse: Pulse): void {
    this.#asked.set(pulse)
    pulse.ping()
  }

  #judge(pulse: Pulse): void {
    if (pulse.isHolding()) this.#quiet.set(pulse)
    else pulse.lost()
  }
}
