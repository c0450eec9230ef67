/**
 * Delivery: hands messages and presence events to the listeners of this process.
 *
 * What is published while something is being handed out waits in a queue, so every listener sees the same order. A subscription made
 * meanwhile gets only what is accepted after it; what is still in the queue then belongs to its replay, if to anything.
 */
import type { HubListener, PresenceEvent, SubscribeOptions, Subscription } from './hub.ts'
import { HubMessage } from './hub-message.ts'
import type { Replay } from './message-log.ts'
import { TopicIndex } from './topic-index.ts'

/** Told of an error that a listener threw, and of the topic it was called for. */
export type ListenerErrorHandler = (error: unknown, topic: string) => void

/** What else ends with a subscription; `unsubscribe()` waits for it. */
export type RemovalHandler = (topic: string, wantsPresence: boolean) => Promise<void>

/** Messages or presence events of a topic may be missing before the next item. */
export class TopicGap {
  readonly topic: string

  constructor(topic: string) {
    this.topic = topic
  }
}

type Item = HubMessage | PresenceEvent | TopicGap

interface SubscriptionParts {
  readonly topic: string
  readonly listener: HubListener
  readonly options: SubscribeOptions
  /** `undefined` for a pattern. */
  readonly startId: string | undefined
  /** Number of the last item accepted before the subscription. */
  readonly after: number
}

/** What a subscription is left with that asks for messages and nothing else. */
const MESSAGES_ALONE: SubscribeOptions = Object.freeze({})

class LocalSubscription implements Subscription {
  readonly topic: string
  readonly after: number
  readonly #delivery: Delivery
  readonly #listener: HubListener
  readonly #options: SubscribeOptions
  #active = true
  #gap = false
  #lastId: string | undefined

  constructor(delivery: Delivery, { topic, listener, options, startId, after }: SubscriptionParts) {
    this.topic = topic
    this.after = after
    this.#delivery = delivery
    this.#listener = listener
    this.#options = options.onGap === undefined && options.onPresence === undefined ? MESSAGES_ALONE : options
    this.#lastId = startId
  }

  get wantsPresence(): boolean {
    return this.#options.onPresence !== undefined
  }

  get gap(): boolean {
    return this.#gap
  }

  get lastId(): string | undefined {
    return this.#lastId
  }

  async unsubscribe(): Promise<void> {
    if (!this.#active) return
    this.#active = false
    await this.#delivery.remove(this)
  }

  give(item: Item): void {
    if (!this.#active || this.#delivery.closed) return
    try {
      if (item instanceof HubMessage) this.#giveMessage(item)
      else if (item instanceof TopicGap) this.giveGap()
      else this.#options.onPresence?.(item, this)
    } catch (error) {
      this.#delivery.report(error, item.topic)
    }
  }

  giveGap(): void {
    this.#gap = true
    try {
      this.#options.onGap?.(this)
    } catch (error) {
      this.#delivery.report(error, this.topic)
    }
  }

  #giveMessage(message: HubMessage): void {
    if (this.#lastId !== undefined) this.#lastId = message.id
    this.#listener(message, this)
  }
}

export class Delivery {
  readonly #subscriptions = new TopicIndex<LocalSubscription>()
  readonly #watchers = new TopicIndex<LocalSubscription>() // those of them that ask for presence events
  readonly #onError: ListenerErrorHandler
  readonly #onRemove: RemovalHandler | undefined
  readonly #queue: Item[] = []
  #delivering = false
  #accepted = 0 // items ever put into the queue
  #delivered = 0 // items ever taken from it
  #closed = false

  constructor(onError: ListenerErrorHandler, onRemove?: RemovalHandler) {
    this.#onError = onError
    this.#onRemove = onRemove
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Subscriptions to all topics and patterns. */
  get size(): number {
    return this.#subscriptions.size
  }

  /** Subscriptions to exactly this topic or pattern. */
  count(topic: string): number {
    return this.#subscriptions.count(topic)
  }

  /** Adds a subscription and hands it what it missed; that to a pattern has no replay. */
  subscribe(topic: string, listener: HubListener, options: SubscribeOptions, replay?: Replay): Subscription {
    const parts = { topic, listener, options, startId: replay?.startId, after: this.#accepted }
    const subscription = new LocalSubscription(this, parts)
    this.#subscriptions.add(topic, subscription)
    if (subscription.wantsPresence) this.#watchers.add(topic, subscription)
    if (replay) this.#deliver(() => this.#replay(subscription, replay))
    return subscription
  }

  async remove(subscription: LocalSubscription): Promise<void> {
    const { topic, wantsPresence } = subscription
    this.#subscriptions.delete(topic, subscription)
    if (wantsPresence) this.#watchers.delete(topic, subscription)
    if (!this.#closed) await this.#onRemove?.(topic, wantsPresence)
  }

  /** Hands a message, an event or a gap to the listeners of its topic: at once, or when those before it have been handed out. */
  accept(item: Item): void {
    this.#accepted++
    this.#queue.push(item)
    if (!this.#delivering) this.#deliver()
  }

  /** Passes on what a listener threw; when the handler throws too, that is an uncaught exception. */
  report(error: unknown, topic: string): void {
    try {
      this.#onError(error, topic)
    } catch (reason) {
      queueMicrotask(() => {
        throw reason
      })
    }
  }

  /** Ends every subscription: no listener is called from here on. */
  close(): void {
    this.#closed = true
    this.#subscriptions.clear()
    this.#watchers.clear()
  }

  /** Calls `first`, which may call listeners; the outermost call then hands out what is in the queue by then. */
  #deliver(first?: () => void): void {
    const outermost = !this.#delivering
    this.#delivering = true
    first?.()
    if (!outermost) return
    for (let i = 0; i < this.#queue.length; i++) this.#handOut(this.#queue[i] as Item) // i is in range
    this.#queue.length = 0
    this.#delivering = false
  }

  #handOut(item: Item): void {
    const number = ++this.#delivered
    const index = 'member' in item ? this.#watchers : this.#subscriptions
    index.forEachMatch(item.topic, (subscription) => {
      if (subscription.after < number) subscription.give(item)
    })
  }

  #replay(subscription: LocalSubscription, { gap, messages }: Replay): void {
    if (gap) subscription.giveGap()
    for (const message of messages) subscription.give(message)
  }
}
