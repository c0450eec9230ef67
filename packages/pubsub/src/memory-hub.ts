import { Delivery } from './delivery.ts'
import { HubClosedError, HubLimitError } from './errors.ts'
import type {
  Hub,
  HubListener,
  Membership,
  PresenceEvent,
  PublishedMessage,
  PublishOptions,
  SubscribeOptions,
  Subscription,
} from './hub.ts'
import { checkName, checkSubscribeOptions } from './hub-input.ts'
import { ownPayload } from './hub-message.ts'
import {
  logLimits,
  type MemoryHubOptions,
  type ResolvedMemoryHubOptions,
  resolveMemoryHubOptions,
} from './memory-hub-options.ts'
import { MessageLog } from './message-log.ts'
import { Presence } from './presence.ts'
import { checkTopic, checkTopicOrPattern, isPattern } from './topic.ts'

/**
 * Topics within one process. Everything happens during the call: when `publish()` returns its promise, the listeners have been called,
 * unless a listener published.
 *
 * The history ends with the process. An id of an earlier life leads to a gap.
 *
 * @example
 * const hub = new MemoryHub({ maxHistoryMessages: 100 })
 * await hub.subscribe('room:7', (message) => console.log(message.data))
 * await hub.publish('room:7', 'hello')
 */
export class MemoryHub implements Hub {
  readonly #options: ResolvedMemoryHubOptions
  readonly #log: MessageLog
  readonly #presence = new Presence()
  readonly #delivery: Delivery

  /** @throws {@link HubOptionError} if an option is unknown or out of range */
  constructor(options: MemoryHubOptions = {}) {
    this.#options = resolveMemoryHubOptions(options)
    this.#delivery = new Delivery(this.#options.onError)
    this.#log = new MessageLog(logLimits(this.#options))
  }

  async publish(
    topic: string,
    message: string | Uint8Array,
    { sender }: PublishOptions = {},
  ): Promise<PublishedMessage> {
    this.#assertOpen('publish')
    checkTopic(topic)
    if (sender !== undefined) checkName('sender', sender)
    const published = this.#log.append({ topic, data: ownPayload(message), sender })
    this.#delivery.accept(published)
    return published
  }

  async subscribe(topic: string, listener: HubListener, options: SubscribeOptions = {}): Promise<Subscription> {
    this.#assertOpen('subscribe')
    checkTopicOrPattern(topic)
    checkSubscribeOptions(topic, options)
    this.#assertRoom('maxSubscriptions', this.#delivery.size)
    const replay = isPattern(topic) ? undefined : this.#log.read(topic, options.since, options.last ?? 0)
    return this.#delivery.subscribe(topic, listener, options, replay)
  }

  async join(topic: string, member: string): Promise<Membership> {
    this.#assertOpen('join')
    checkTopic(topic)
    checkName('member', member)
    this.#assertRoom('maxMemberships', this.#presence.size)
    if (this.#presence.join(topic, member)) this.#announce('join', topic, member)
    let held = true
    const leave = async (): Promise<void> => {
      if (!held) return
      held = false // before the listeners are called, which may call again
      if (this.#presence.leave(topic, member)) this.#announce('leave', topic, member)
    }
    return { topic, member, leave }
  }

  async members(topic: string): Promise<string[]> {
    this.#assertOpen('members')
    checkTopic(topic)
    return this.#presence.members(topic)
  }

  async count(topic: string): Promise<number> {
    this.#assertOpen('count')
    checkTopicOrPattern(topic)
    return this.#delivery.count(topic)
  }

  async close(): Promise<void> {
    this.#delivery.close()
    this.#presence.clear()
    this.#log.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #announce(type: PresenceEvent['type'], topic: string, member: string): void {
    this.#delivery.accept({ type, topic, member, time: Date.now() })
  }

  #assertOpen(action: string): void {
    if (this.#delivery.closed) throw new HubClosedError(action)
  }

  #assertRoom(limit: 'maxSubscriptions' | 'maxMemberships', used: number): void {
    if (used >= this.#options[limit]) throw new HubLimitError(limit, this.#options[limit])
  }
}
