/** The topics that one socket follows. They end with the socket; a socket that is too slow for one goes on from the topic's history. */
import type { Hub, HubMessage, SubscribeOptions, Subscription } from '@typhoon/pubsub'
import { WebSocketClosedError } from './errors.ts'

/** Options of `subscribe()`. */
export interface TopicOptions extends SubscribeOptions {
  /**
   * Send each message as JSON `{ topic, id, time, data }`, and `{ topic, gap: true }` where messages may be missing, so that the client
   * can come back with the last id that it has seen. Data that is a JSON object or array is embedded as such. @defaultValue false
   */
  envelope?: boolean | undefined
}

/** Sends a topic's message. @returns false if the topic must pause until the socket has drained */
type TopicSender = (message: HubMessage, envelope: boolean) => boolean

interface Followed {
  readonly topic: string
  readonly options: TopicOptions
  /** Counts the subscriptions made for it; only the latest one is listened to. */
  turn: number
  subscription: Subscription | undefined
  /** The last message that was sent, or the place where the topic was joined. */
  lastId: string | undefined
  paused: boolean
}

export interface TopicSubscriptionsOptions {
  readonly hub: () => Hub
  readonly maxSubscriptions: number
  readonly send: TopicSender
  readonly sendGap: (topic: string) => void
  /** Called when a topic cannot be taken up again later. */
  readonly onOverflow: (topic: string) => void
  /** Told what went wrong where nobody waits for it. */
  readonly onError: (error: unknown) => void
}

export class TopicSubscriptions {
  readonly #options: TopicSubscriptionsOptions
  readonly #topics: Map<string, Followed> = new Map()
  #closed = false

  constructor(options: TopicSubscriptionsOptions) {
    this.#options = options
  }

  /** Follows a topic; following it again starts anew with the new options. */
  async add(topic: string, options: TopicOptions): Promise<void> {
    if (this.#closed) throw new WebSocketClosedError('subscribe()')
    const { maxSubscriptions } = this.#options
    const earlier = this.#topics.get(topic)
    if (earlier === undefined && this.#topics.size >= maxSubscriptions) {
      throw new RangeError(
        `subscribe: this socket follows ${maxSubscriptions} topics already, see static maxSubscriptions`,
      )
    }
    const followed: Followed = {
      topic,
      options,
      turn: 0,
      subscription: undefined,
      lastId: options.since,
      paused: false,
    }
    this.#topics.set(topic, followed)
    try {
      if (earlier !== undefined) await this.#stop(earlier)
      await this.#start(followed, options)
    } catch (error) {
      if (this.#topics.get(topic) === followed) this.#topics.delete(topic)
      throw error
    }
  }

  async delete(topic: string): Promise<void> {
    const followed = this.#topics.get(topic)
    if (followed === undefined) return
    this.#topics.delete(topic)
    await this.#stop(followed)
  }

  /** Takes up again what was paused, from where it was. */
  resume(): void {
    for (const followed of this.#topics.values()) {
      if (!followed.paused) continue
      followed.paused = false
      this.#start(followed, { ...followed.options, since: followed.lastId, last: 0 }).catch(this.#options.onError)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const topics = [...this.#topics.values()]
    this.#topics.clear()
    await Promise.all(topics.map((followed) => this.#stop(followed)))
  }

  async #start(followed: Followed, { envelope = false, ...options }: TopicOptions): Promise<void> {
    const turn = ++followed.turn
    const subscription = await this.#options.hub().subscribe(
      followed.topic,
      (message) => {
        if (followed.turn === turn) this.#pass(followed, message, envelope)
      },
      {
        ...options,
        onGap: (source) => {
          if (followed.turn !== turn) return
          if (envelope) this.#options.sendGap(followed.topic)
          options.onGap?.(source)
        },
      },
    )
    if (followed.turn !== turn) return subscription.unsubscribe()
    followed.subscription = subscription
    followed.lastId ??= subscription.lastId
    if (this.#closed) await this.#stop(followed)
  }

  #pass(followed: Followed, message: HubMessage, envelope: boolean): void {
    if (this.#options.send(message, envelope)) followed.lastId = message.id
    else if (followed.lastId === undefined || message.topic !== followed.topic)
      this.#options.onOverflow(followed.topic) // a pattern, or nothing sent yet
    else {
      followed.paused = true
      this.#stop(followed).catch(this.#options.onError)
    }
  }

  async #stop(followed: Followed): Promise<void> {
    followed.turn++
    const { subscription } = followed
    followed.subscription = undefined
    await subscription?.unsubscribe()
  }
}
