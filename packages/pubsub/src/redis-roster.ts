/**
 * Who is present in a topic, as those who watch it from this process have been told.
 *
 * Presence has no history. After a time in which nothing was heard the members are read, and what has changed is told as joins and
 * leaves. Events are numbered, so those that were held back while reading are known to be in what was read, or not.
 */
import type { Delivery } from './delivery.ts'
import type { PresenceEvent } from './hub.ts'

export interface Members {
  /** Of the last event that shows in them. */
  readonly number: number
  readonly members: readonly string[]
}

interface NumberedEvent {
  readonly number: number
  readonly event: PresenceEvent
}

const MAX_HELD = 10_000 // events; beyond that the members are read once more

export class RedisRoster {
  users = 0
  readonly #topic: string
  readonly #delivery: Delivery
  readonly #read: () => Promise<Members>
  #members: Set<string> | undefined
  #held: NumberedEvent[] | undefined
  #work: Promise<unknown> = Promise.resolve() // one reads at a time

  constructor(topic: string, delivery: Delivery, read: () => Promise<Members>) {
    this.#topic = topic
    this.#delivery = delivery
    this.#read = read
  }

  /** Takes an event from pub/sub. */
  hear(event: PresenceEvent, number: number): void {
    if (!this.#held) this.#pass(event)
    else if (this.#held.push({ event, number }) === MAX_HELD) void this.resume()
    else if (this.#held.length > MAX_HELD) this.#held.pop()
  }

  /** Learns who is there, before anybody is told of changes. */
  begin(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#members) await this.#learn()
    })
  }

  /** Tells what was missed. If that fails, the next reconnection leads here again. */
  async resume(): Promise<void> {
    await this.#inTurn(() => this.#learn()).catch(() => undefined)
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const result = this.#work.then(work)
    this.#work = result.catch(() => undefined)
    return result
  }

  async #learn(): Promise<void> {
    this.#held = []
    let seen = Number.NEGATIVE_INFINITY
    try {
      const { number, members } = await this.#read()
      seen = number
      this.#tellChanges(new Set(members))
    } finally {
      const held = this.#held
      this.#held = undefined
      for (const { event, number } of held) if (number > seen) this.#pass(event)
    }
  }

  #tellChanges(members: Set<string>): void {
    const [topic, time, before] = [this.#topic, Date.now(), this.#members]
    this.#members ??= members
    if (!before) return
    const left = [...before].filter((member) => !members.has(member))
    for (const member of left) this.#pass({ type: 'leave', topic, member, time })
    for (const member of members) this.#pass({ type: 'join', topic, member, time })
  }

  /** What is known already has been told. */
  #pass(event: PresenceEvent): void {
    const { type, member } = event
    if (this.#members?.has(member) === (type === 'join')) return
    if (type === 'join') this.#members?.add(member)
    else this.#members?.delete(member)
    this.#delivery.accept(event)
  }
}
