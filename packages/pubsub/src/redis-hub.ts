import { Delivery, TopicGap } from './delivery.ts'
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
import { newEpoch, parseMessageId } from './message-id.ts'
import { RedisConnection } from './redis-connection.ts'
import { type ReadAnswer, type ReadRequest, RedisFeed } from './redis-feed.ts'
import { type RedisHubOptions, type ResolvedRedisHubOptions, resolveRedisHubOptions } from './redis-hub-options.ts'
import { RedisLease } from './redis-lease.ts'
import { describe, parseStored } from './redis-message.ts'
import { PUBLISH, READ } from './redis-scripts.ts'
import { checkTopic, checkTopicOrPattern, isPattern, prefixOf } from './topic.ts'

const NO_ID = 'none' // what Redis takes for no id, which leads to a gap
const DAY = 86_400_000

/**
 * Topics of many processes on many machines, through a Redis (7 or later) or Valkey: pub/sub carries the messages, streams keep the
 * history. Needs the package `ioredis`.
 *
 * When Redis cannot be reached, `publish()` fails with {@link HubUnavailableError}. The hub connects again by itself; its
 * subscriptions are then given what they missed, or a gap. A message is kept as safely as Redis keeps it: with `appendfsync always`,
 * all that was acknowledged is there after a crash.
 *
 * @example
 * import { RedisHub } from '@typhoon/pubsub/redis'
 *
 * const hub = new RedisHub({ url: 'redis://127.0.0.1:6379' })
 * await hub.publish('room:7', 'hello')
 */
export class RedisHub implements Hub {
  readonly #options: ResolvedRedisHubOptions
  readonly #delivery: Delivery
  readonly #connection: Promise<RedisConnection>
  readonly #lease: RedisLease
  readonly #feeds = new Map<string, RedisFeed>()
  readonly #channels = new Map<string, number>() // channel or pattern of Redis → how many need it
  #memberships = 0
  #previous: { readonly channel: string; readonly message: Buffer } | undefined
  #closing: Promise<void> | undefined

  /** @throws {@link HubOptionError} if an option is unknown or out of range */
  constructor(options: RedisHubOptions) {
    this.#options = resolveRedisHubOptions(options)
    this.#delivery = new Delivery(this.#options.onError, (topic, presence) => this.#forget(topic, presence))
    this.#connection = RedisConnection.open(this.#options.url, {
      onPublished: (channel, message) => this.#hear(channel, message),
      onReconnected: () => this.#resume(),
    })
    this.#connection.catch(() => undefined) // told by everything that is asked
    this.#lease = new RedisLease(this.#connection, this.#options.prefix, this.#options.leaseTime)
  }

  async publish(
    topic: string,
    message: string | Uint8Array,
    { sender }: PublishOptions = {},
  ): Promise<PublishedMessage> {
    this.#assertOpen('publish')
    checkTopic(topic)
    if (sender !== undefined) checkName('sender', sender)
    const { maxHistoryMessages, maxHistoryAge } = this.#options
    const content = describe(ownPayload(message), sender)
    const lives = [maxHistoryAge, maxHistoryAge + DAY]
    const args = [newEpoch(), maxHistoryMessages, ...lives, this.#channelOf('m:', topic), ...content]
    const connection = await this.#connection
    const [id, time] = (await connection.run('publish', PUBLISH, this.#keysOf(topic), args)) as [Buffer, Buffer] // by the script
    return { topic, id: id.toString(), time: Number(time.toString()) }
  }

  async subscribe(topic: string, listener: HubListener, options: SubscribeOptions = {}): Promise<Subscription> {
    this.#assertOpen('subscribe')
    checkTopicOrPattern(topic)
    checkSubscribeOptions(topic, options)
    const { maxSubscriptions } = this.#options
    if (this.#delivery.size >= maxSubscriptions) throw new HubLimitError('maxSubscriptions', maxSubscriptions)
    const presence = options.onPresence !== undefined
    const feed = isPattern(topic) ? undefined : this.#feedOf(topic)
    try {
      await this.#open(topic, presence)
      if (!feed) return this.#start(topic, listener, options)
      const { since, last = 0 } = options
      return await feed.begin(since, last, (replay) => this.#start(topic, listener, options, replay))
    } catch (error) {
      await this.#forget(topic, presence)
      throw error
    }
  }

  async join(topic: string, member: string): Promise<Membership> {
    this.#assertOpen('join')
    checkTopic(topic)
    checkName('member', member)
    const { maxMemberships } = this.#options
    if (this.#memberships >= maxMemberships) throw new HubLimitError('maxMemberships', maxMemberships)
    await this.#lease.change(['member', topic, member], 1)
    this.#memberships++
    let held = true
    const leave = async (): Promise<void> => {
      if (!held || this.#closing) return
      held = false
      this.#memberships--
      await this.#lease.change(['member', topic, member], -1)
    }
    return { topic, member, leave }
  }

  async members(topic: string): Promise<string[]> {
    this.#assertOpen('members')
    checkTopic(topic)
    const fields = await (await this.#connection).fields('members', `${this.#options.prefix}total:member:${topic}`)
    return Object.keys(fields).map((member) => JSON.parse(member) as string) // as it was noted
  }

  async count(topic: string): Promise<number> {
    this.#assertOpen('count')
    checkTopicOrPattern(topic)
    const fields = await (await this.#connection).fields('count', `${this.#options.prefix}total:subscription:${topic}`)
    return Number(fields[''] ?? 0)
  }

  close(): Promise<void> {
    this.#delivery.close()
    this.#closing ??= this.#disconnect()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #disconnect(): Promise<void> {
    await this.#lease.close().catch(() => undefined) // then the lease runs out
    const connection = await this.#connection.catch(() => undefined)
    connection?.close()
  }

  #start(topic: string, ...rest: [HubListener, SubscribeOptions, Parameters<Delivery['subscribe']>[3]?]): Subscription {
    this.#assertOpen('subscribe')
    return this.#delivery.subscribe(topic, ...rest)
  }

  #feedOf(topic: string): RedisFeed {
    const feed = this.#feeds.get(topic) ?? new RedisFeed(topic, this.#delivery, (request) => this.#read(topic, request))
    this.#feeds.set(topic, feed)
    feed.users++
    return feed
  }

  async #open(topic: string, presence: boolean): Promise<void> {
    const channels = this.#channelsFor(topic, presence)
    for (const channel of channels) this.#channels.set(channel, (this.#channels.get(channel) ?? 0) + 1)
    const connection = await this.#connection
    await Promise.all([
      ...channels.map((channel) => connection.subscribe(channel, isPattern(topic))),
      this.#lease.change(['subscription', topic], 1),
    ])
  }

  /** Takes back what one subscription needed. */
  async #forget(topic: string, presence: boolean): Promise<void> {
    const feed = this.#feeds.get(topic)
    if (feed && --feed.users === 0) this.#feeds.delete(topic)
    const unused = this.#channelsFor(topic, presence).filter((channel) => this.#drop(channel))
    if (this.#closing) return
    const connection = await this.#connection
    const released = unused.map((channel) => connection.unsubscribe(channel, isPattern(topic)))
    await Promise.allSettled([...released, this.#lease.change(['subscription', topic], -1)])
  }

  /** Whether nobody needs the channel any more. */
  #drop(channel: string): boolean {
    const users = (this.#channels.get(channel) ?? 0) - 1
    if (users > 0) this.#channels.set(channel, users)
    else this.#channels.delete(channel)
    return users <= 0
  }

  async #read(topic: string, { since, last, cursor }: ReadRequest): Promise<ReadAnswer> {
    const from = since === undefined ? '' : parseMessageId(since) ? since : NO_ID
    const args = [newEpoch(), this.#options.maxHistoryAge + DAY, from, last, cursor ?? '']
    const result = await (await this.#connection).run('subscribe', READ, this.#keysOf(topic), args)
    const [newest, gap, replay, behind, missed] = result as [Buffer, number, Buffer[], number, Buffer[]] // by the script
    const parse = (stored: Buffer): ReturnType<typeof parseStored> => parseStored(topic, stored)
    return {
      newest: newest.toString(),
      gap: gap === 1,
      replay: replay.map(parse),
      behind: behind === 1,
      missed: missed.map(parse),
    }
  }

  /** Redis sends a message once for the topic and once for each pattern, one right after the other. */
  #hear(channel: string, message: Buffer): void {
    if (this.#previous?.channel === channel && this.#previous.message.equals(message)) return
    this.#previous = { channel, message }
    const name = channel.slice(this.#options.prefix.length)
    const topic = name.slice(2)
    if (name.startsWith('p:')) this.#hearPresence(topic, message)
    else this.#hearMessage(topic, message)
  }

  #hearMessage(topic: string, message: Buffer): void {
    const stored = parseStored(topic, message)
    const feed = this.#feeds.get(topic)
    if (feed) feed.hear(stored)
    else this.#delivery.accept(stored.message)
  }

  #hearPresence(topic: string, message: Buffer): void {
    const { type, member, time } = JSON.parse(message.toString()) as PresenceEvent // written by the script
    this.#delivery.accept({ type, topic, member: JSON.parse(member) as string, time })
  }

  /** Topics are asked for what was missed; for patterns and presence there is no history, so that is a gap. */
  #resume(): void {
    for (const feed of this.#feeds.values()) void feed.resume()
    const beginning = this.#options.prefix.length
    for (const channel of this.#channels.keys()) {
      const name = channel.slice(beginning)
      if (name.startsWith('p:') || isPattern(name))
        this.#delivery.accept(new TopicGap(name.slice(2).replaceAll('\\', '')))
    }
    void this.#lease.renew()
  }

  #channelsFor(topic: string, presence: boolean): string[] {
    return (presence ? ['m:', 'p:'] : ['m:']).map((kind) => this.#channelOf(kind, topic))
  }

  /** In a pattern, what Redis would take for more than itself is escaped. */
  #channelOf(kind: string, topic: string): string {
    const name = `${this.#options.prefix}${kind}`
    if (!isPattern(topic)) return name + topic
    return `${(name + prefixOf(topic)).replaceAll(/[?[\]\\]/g, String.raw`\$&`)}*`
  }

  #keysOf(topic: string): string[] {
    return [`${this.#options.prefix}stream:${topic}`, `${this.#options.prefix}head:${topic}`]
  }

  #assertOpen(action: string): void {
    if (this.#closing) throw new HubClosedError(action)
  }
}
