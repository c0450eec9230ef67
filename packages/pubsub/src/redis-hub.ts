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
import { RedisCluster } from './redis-cluster.ts'
import { type LinkEvents, RedisConnection, type RedisLink } from './redis-connection.ts'
import { type ReadAnswer, type ReadRequest, RedisFeed } from './redis-feed.ts'
import { type RedisHubOptions, type ResolvedRedisHubOptions, resolveRedisHubOptions } from './redis-hub-options.ts'
import { RedisLease } from './redis-lease.ts'
import { describe, parseStored } from './redis-message.ts'
import { type ChannelKind, RedisNames } from './redis-names.ts'
import { type Members, RedisRoster } from './redis-roster.ts'
import { COUNT, MEMBERS, PUBLISH, READ } from './redis-scripts.ts'
import { checkTopic, checkTopicOrPattern, isPattern } from './topic.ts'

const NO_ID = 'none' // what Redis takes for no id, which leads to a gap
const DAY = 86_400_000
const GROUPS = 16 // of topics on a cluster, whose memberships are noted together

/** A channel of Redis, or a pattern, and how many subscriptions need it. */
interface OpenChannel {
  readonly kind: ChannelKind
  readonly topic: string
  users: number
}

/**
 * Topics of many processes on many machines, through a Redis (7 or later) or Valkey: pub/sub carries the messages, streams keep the
 * history. On a Redis Cluster pub/sub is sharded, and topics spread over the nodes. Needs the package `ioredis`.
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
  readonly #names: RedisNames
  readonly #link: Promise<RedisLink>
  readonly #leases: readonly RedisLease[] // by group
  readonly #feeds = new Map<string, RedisFeed>()
  readonly #rosters = new Map<string, RedisRoster>()
  readonly #channels = new Map<string, OpenChannel>()
  #memberships = 0
  #closing: Promise<void> | undefined

  /** @throws {@link HubOptionError} if an option is unknown or out of range */
  constructor(options: RedisHubOptions) {
    this.#options = resolveRedisHubOptions(options)
    this.#delivery = new Delivery(this.#options.onError, (topic, presence) => this.#forget(topic, presence))
    const { url, cluster, prefix, leaseTime, requestTimeout } = this.#options
    const events: LinkEvents = {
      onPublished: (channel, message) => this.#hear(channel, message),
      onReconnected: (channels) => this.#resume(channels),
    }
    const isCluster = cluster.length > 0
    this.#link = isCluster
      ? Promise.resolve(new RedisCluster(cluster, { requestTimeout }, events))
      : RedisConnection.open(url, { requestTimeout, ...events })
    this.#link.catch(() => undefined) // told by everything that is asked
    const groups = isCluster ? GROUPS : 1
    this.#names = new RedisNames(prefix, groups)
    this.#leases = Array.from({ length: groups }, (_, group) => {
      return new RedisLease(this.#link, this.#names.groupPrefix(group), leaseTime)
    })
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
    const args = [newEpoch(), maxHistoryMessages, ...lives, this.#names.channelOf('messages', topic), ...content]
    const [id, time] = (await this.#run('publish', PUBLISH, this.#names.keysOf(topic), args)) as [Buffer, Buffer] // by the script
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
    const roster = presence && feed ? this.#rosterOf(topic) : undefined
    try {
      await this.#open(topic, presence)
      await roster?.begin()
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
    await this.#leaseOf(topic).change(['member', topic, member], 1)
    this.#memberships++
    let held = true
    const leave = async (): Promise<void> => {
      if (!held || this.#closing) return
      held = false
      this.#memberships--
      await this.#leaseOf(topic).change(['member', topic, member], -1)
    }
    return { topic, member, leave }
  }

  async members(topic: string): Promise<string[]> {
    this.#assertOpen('members')
    checkTopic(topic)
    return [...(await this.#readMembers(topic)).members]
  }

  async count(topic: string): Promise<number> {
    this.#assertOpen('count')
    checkTopicOrPattern(topic)
    const key = `${this.#names.groupPrefix(this.#names.groupOf(topic))}total:subscription:${topic}`
    return (await this.#run('count', COUNT, [key], [])) as number // by the script
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
    await Promise.allSettled(this.#leases.map((lease) => lease.close())) // what fails runs out
    const link = await this.#link.catch(() => undefined)
    link?.close()
  }

  #start(topic: string, ...rest: [HubListener, SubscribeOptions, Parameters<Delivery['subscribe']>[3]?]): Subscription {
    this.#assertOpen('subscribe')
    return this.#delivery.subscribe(topic, ...rest)
  }

  async #run(...request: Parameters<RedisLink['run']>): ReturnType<RedisLink['run']> {
    return (await this.#link).run(...request)
  }

  #leaseOf(topic: string): RedisLease {
    return this.#leases[this.#names.groupOf(topic)] as RedisLease // there is one for each group
  }

  #feedOf(topic: string): RedisFeed {
    const feed = this.#feeds.get(topic) ?? new RedisFeed(topic, this.#delivery, (request) => this.#read(topic, request))
    this.#feeds.set(topic, feed)
    feed.users++
    return feed
  }

  #rosterOf(topic: string): RedisRoster {
    const roster = this.#rosters.get(topic) ?? new RedisRoster(topic, this.#delivery, () => this.#readMembers(topic))
    this.#rosters.set(topic, roster)
    roster.users++
    return roster
  }

  async #open(topic: string, presence: boolean): Promise<void> {
    const names = kindsOf(presence).map((kind) => {
      const name = this.#names.channelOf(kind, topic)
      const channel = this.#channels.get(name) ?? { kind, topic, users: 0 }
      this.#channels.set(name, channel)
      channel.users++
      return name
    })
    const link = await this.#link
    await Promise.all([
      ...names.map((name) => link.subscribe(name, isPattern(topic))),
      this.#leaseOf(topic).change(['subscription', topic], 1),
    ])
  }

  /** Takes back what one subscription needed. */
  async #forget(topic: string, presence: boolean): Promise<void> {
    const feed = this.#feeds.get(topic)
    if (feed && --feed.users === 0) this.#feeds.delete(topic)
    const roster = presence ? this.#rosters.get(topic) : undefined
    if (roster && --roster.users === 0) this.#rosters.delete(topic)
    const names = kindsOf(presence).map((kind) => this.#names.channelOf(kind, topic))
    const unused = names.filter((name) => this.#drop(name))
    if (this.#closing) return
    const link = await this.#link
    const released = unused.map((name) => link.unsubscribe(name, isPattern(topic)))
    await Promise.allSettled([...released, this.#leaseOf(topic).change(['subscription', topic], -1)])
  }

  /** Whether nobody needs the channel any more. */
  #drop(name: string): boolean {
    const channel = this.#channels.get(name)
    if (channel && --channel.users > 0) return false
    return this.#channels.delete(name)
  }

  async #read(topic: string, { since, last, cursor }: ReadRequest): Promise<ReadAnswer> {
    const from = since === undefined ? '' : parseMessageId(since) ? since : NO_ID
    const args = [newEpoch(), this.#options.maxHistoryAge + DAY, from, last, cursor ?? '']
    const result = await this.#run('subscribe', READ, this.#names.keysOf(topic), args)
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

  async #readMembers(topic: string): Promise<Members> {
    const group = this.#names.groupPrefix(this.#names.groupOf(topic))
    const result = await this.#run('members', MEMBERS, [`${group}total:member:${topic}`, `${group}events`], [])
    const [number, members] = result as [number, Buffer[]] // by the script
    return { number, members: members.map((member) => JSON.parse(member.toString()) as string) } // as it was noted
  }

  #hear(channel: string, message: Buffer): void {
    const { kind, topic } = this.#names.parseChannel(channel)
    if (kind === 'messages') this.#hearMessage(topic, message)
    else this.#hearPresence(topic, message)
  }

  #hearMessage(topic: string, message: Buffer): void {
    const stored = parseStored(topic, message)
    const feed = this.#feeds.get(topic)
    if (feed) feed.hear(stored)
    else this.#delivery.accept(stored.message)
  }

  #hearPresence(topic: string, message: Buffer): void {
    const { type, member, time, number } = JSON.parse(message.toString()) as PresenceEvent & { number: number } // by the script
    const event = { type, topic, member: JSON.parse(member) as string, time }
    const roster = this.#rosters.get(topic)
    if (roster) roster.hear(event, number)
    else this.#delivery.accept(event)
  }

  /** Topics are asked for what was missed; a pattern may have missed anything, so that is a gap. */
  #resume(names: readonly string[]): void {
    for (const lease of this.#leases) void lease.renew()
    const gaps = new Set<string>()
    for (const name of names) {
      const { kind, topic } = this.#channels.get(name) ?? {}
      if (topic === undefined) continue
      if (isPattern(topic)) gaps.add(topic)
      else if (kind === 'messages') void this.#feeds.get(topic)?.resume()
      else void this.#rosters.get(topic)?.resume()
    }
    for (const pattern of gaps) this.#delivery.accept(new TopicGap(pattern))
  }

  #assertOpen(action: string): void {
    if (this.#closing) throw new HubClosedError(action)
  }
}

function kindsOf(presence: boolean): ChannelKind[] {
  return presence ? ['messages', 'presence'] : ['messages']
}
