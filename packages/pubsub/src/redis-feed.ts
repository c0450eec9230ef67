/**
 * One topic as a RedisHub follows it: what is heard over pub/sub, completed from the stream.
 *
 * Every message names the one before it. The feed remembers the last it has passed on; a message that does not follow it shows that
 * something was missed, and the stream is asked. While an answer is awaited, what is heard is held back.
 */
import type { Delivery } from './delivery.ts'
import { TopicGap } from './delivery.ts'
import { compareMessageIds } from './message-id.ts'
import type { Replay } from './message-log.ts'
import type { StoredMessage } from './redis-message.ts'

export interface ReadRequest {
  readonly since?: string | undefined
  readonly last: number
  /** What was passed on last. */
  readonly cursor: string | undefined
}

export interface ReadAnswer {
  readonly newest: string
  readonly gap: boolean
  readonly replay: readonly StoredMessage[]
  /** Whether anything after the cursor is gone. */
  readonly behind: boolean
  readonly missed: readonly StoredMessage[]
}

const MAX_HELD = 10_000 // messages; beyond that the stream is asked once more

export class RedisFeed {
  users = 0
  readonly #topic: string
  readonly #delivery: Delivery
  readonly #read: (request: ReadRequest) => Promise<ReadAnswer>
  #cursor: string | undefined
  #held: StoredMessage[] | undefined
  #work: Promise<unknown> = Promise.resolve() // one reads at a time

  constructor(topic: string, delivery: Delivery, read: (request: ReadRequest) => Promise<ReadAnswer>) {
    this.#topic = topic
    this.#delivery = delivery
    this.#read = read
  }

  /** Takes a message from pub/sub. */
  hear(stored: StoredMessage): void {
    if (this.#held) this.#hold(stored)
    else if (this.#isNew(stored)) this.#pass(stored)
  }

  /** Reads what a new subscriber is to be given; `start` begins the subscription at exactly that place. */
  begin<T>(since: string | undefined, last: number, start: (replay: Replay) => T): Promise<T> {
    return this.#exclusively(async () => {
      const answer = await this.#catchUp({ since, last })
      const { gap, replay } = answer
      const startId = replay[0]?.before ?? answer.newest
      return start({ gap, startId, messages: replay.map(({ message }) => message) })
    })
  }

  /** Reads what was missed. If that fails, the next message or reconnection leads here again. */
  async resume(): Promise<void> {
    await this.#exclusively(() => this.#catchUp({ last: 0 })).catch(() => undefined)
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(async () => {
      this.#held = []
      try {
        return await work()
      } finally {
        this.#release()
      }
    })
    this.#work = result.catch(() => undefined)
    return result
  }

  async #catchUp(request: Omit<ReadRequest, 'cursor'>): Promise<ReadAnswer> {
    const cursor = this.#cursor
    const answer = await this.#read({ ...request, cursor })
    // Those who listen by pattern only hear what was held; the stream has it for the others as well.
    const missed =
      cursor === undefined
        ? (this.#held ?? []).filter(({ message }) => !after(message.id, answer.newest))
        : answer.missed
    if (answer.behind) this.#delivery.accept(new TopicGap(this.#topic))
    for (const { message } of missed) {
      if (cursor === undefined || after(message.id, cursor)) this.#delivery.accept(message)
    }
    if (cursor === undefined || after(answer.newest, cursor)) this.#cursor = answer.newest
    return answer
  }

  #hold(stored: StoredMessage): void {
    if (this.#held && this.#held.length < MAX_HELD) this.#held.push(stored) // what follows will not fit on, which leads to resume()
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const stored of held) this.hear(stored)
  }

  #isNew({ message }: StoredMessage): boolean {
    return this.#cursor === undefined || after(message.id, this.#cursor)
  }

  #pass(stored: StoredMessage): void {
    if (this.#cursor !== undefined && stored.before !== this.#cursor) {
      this.#held = [] // until the work queue comes to it
      void this.resume()
      return
    }
    this.#cursor = stored.message.id
    this.#delivery.accept(stored.message)
  }
}

function after(id: string, other: string): boolean {
  return compareMessageIds(id, other) > 0
}
