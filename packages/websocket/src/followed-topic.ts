import type { Hub, HubMessage, SubscribeOptions, Subscription } from '@typhoon/pubsub'

/** Options of `subscribe()`. */
export interface TopicOptions extends SubscribeOptions {
  /**
   * Send each message as JSON `{ topic, id, time, data }`, and `{ topic, gap: true }` where messages may be missing, so that the client
   * can come back with the last id that it has seen. Data that is a JSON object or array is embedded as such. @defaultValue false
   */
  envelope?: boolean | undefined
}

/** Who deals with what a topic brings. */
export interface TopicFollower {
  readonly hub: Hub
  /** Sends a message. @returns false if the topic must pause until the socket has drained */
  send(message: HubMessage, envelope: boolean): boolean
  sendGap(topic: string): void
  /** Called when a topic cannot be taken up again later. */
  overflow(): void
  /** Told what went wrong where nobody waits for it. */
  failed(error: unknown): void
}

/** One topic that a socket follows; a socket that is too slow for it goes on from the topic's history. */
export class FollowedTopic {
  readonly topic: string
  readonly #follower: TopicFollower
  readonly #options: TopicOptions
  /** Counts the subscriptions made for it; only messages of the latest one are listened to. */
  #turn = 0
  /** It tells of presence until the next one is there. */
  #subscription: Subscription | undefined
  /** The last message that was sent, or the place where the topic was joined. */
  #lastId: string | undefined
  #paused = false

  constructor(topic: string, options: TopicOptions, follower: TopicFollower) {
    this.topic = topic
    this.#options = options
    this.#follower = follower
    this.#lastId = options.since
  }

  /** Begins to follow it, with what was missed if the options ask for that. */
  start(): Promise<void> {
    return this.#subscribe(this.#options)
  }

  /** Goes on from where it was, if it has paused. */
  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#subscribe({ ...this.#options, since: this.#lastId, last: 0 }).catch((error) => this.#follower.failed(error))
  }

  async stop(): Promise<void> {
    this.#turn++
    const subscription = this.#subscription
    this.#subscription = undefined
    await subscription?.unsubscribe()
  }

  async #subscribe(options: TopicOptions): Promise<void> {
    const turn = ++this.#turn
    const listener = (message: HubMessage) => {
      if (this.#turn === turn && !this.#paused) this.#pass(message)
    }
    const isBare = options.onGap === undefined && options.onPresence === undefined && options.envelope !== true
    const subscription = await this.#follower.hub.subscribe(
      this.topic,
      listener,
      isBare ? options : this.#guarded(options, turn),
    )
    if (this.#turn !== turn) return subscription.unsubscribe()
    const earlier = this.#subscription
    this.#subscription = subscription
    this.#lastId ??= subscription.lastId
    await earlier?.unsubscribe()
  }

  /** The options with what they want to be told passed on by one subscription at a time. */
  #guarded(options: TopicOptions, turn: number): TopicOptions {
    const { onGap, onPresence, envelope } = options
    return {
      ...options,
      onGap: (source) => {
        if (this.#turn !== turn || this.#paused) return
        if (envelope === true) this.#follower.sendGap(this.topic)
        onGap?.(source)
      },
      onPresence:
        onPresence &&
        ((event, source) => {
          const current = this.#subscription
          if (current === undefined ? this.#turn === turn : source === current) onPresence(event, source)
        }),
    }
  }

  #pass(message: HubMessage): void {
    if (this.#follower.send(message, this.#options.envelope === true)) {
      this.#lastId = message.id
    } else if (this.#lastId === undefined || message.topic !== this.topic) {
      this.#follower.overflow() // a pattern, or nothing sent yet
    } else {
      this.#paused = true
      if (this.#options.onPresence !== undefined) return // joins and leaves are in no history
      this.stop().catch((error) => this.#follower.failed(error))
    }
  }
}
