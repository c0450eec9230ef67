/**
 * The masters of a Redis Cluster as one server: what concerns a name goes to the node that serves its slot.
 *
 * Channels are sharded, so a message stays within its shard. Patterns are not: each node is asked for them, each tells of the messages of
 * all, and only the one that serves the channel is listened to. Which node serves what is looked up when a connection is lost or a node
 * sends elsewhere.
 */
import { HubUnavailableError } from './errors.ts'
import {
  type ConnectionOptions,
  type LinkEvents,
  RedisConnection,
  type RedisLink,
  type ScriptResult,
} from './redis-connection.ts'
import { SLOTS, slotOf } from './redis-slot.ts'

/** Where a node sends to: for good, or for this one command. */
interface Redirection {
  readonly isAsking: boolean
  readonly slot: number
  readonly host: string
  readonly port: number
}

const MAX_REDIRECTIONS = 5
const PAUSE = 100 // ms until nodes that contradict each other are asked again

export class RedisCluster implements RedisLink {
  readonly #seeds: readonly string[]
  readonly #options: ConnectionOptions
  readonly #events: LinkEvents
  readonly #nodes = new Map<string, Promise<RedisConnection>>() // by URL
  readonly #channels = new Map<string, string>() // → URL of the node where it is subscribed
  readonly #patterns = new Set<string>()
  #slots: (string | undefined)[] = [] // → URL of the node that serves it
  #looking: Promise<void> | undefined
  #lookAgain: NodeJS.Timeout | undefined
  #closed = false

  /** @param seeds - URLs of some nodes; the others are found by them */
  constructor(seeds: readonly string[], options: ConnectionOptions, events: LinkEvents) {
    this.#seeds = seeds
    this.#options = options
    this.#events = events
  }

  run(
    action: string,
    script: string,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<ScriptResult> {
    return this.#at(action, slotOf(keys[0] ?? ''), async (url, isAsking) =>
      (await this.#nodeAt(url)).run(action, script, keys, args, isAsking),
    )
  }

  async subscribe(channel: string, isPattern: boolean): Promise<void> {
    if (!isPattern) return this.#at('subscribe', slotOf(channel), (url) => this.#subscribeAt(url, channel))
    this.#patterns.add(channel)
    if (this.#slots.length === 0) await this.#look('subscribe')
    await this.#atAll((node) => node.subscribe(channel, true))
  }

  async unsubscribe(channel: string, isPattern: boolean): Promise<void> {
    if (isPattern) {
      this.#patterns.delete(channel)
      return this.#atAll((node) => node.unsubscribe(channel, true))
    }
    const node = this.#nodes.get(this.#channels.get(channel) ?? '')
    this.#channels.delete(channel)
    await (await node)?.unsubscribe(channel, false)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#lookAgain)
    for (const url of this.#nodes.keys()) this.#closeNode(url)
  }

  /** Uses the node that serves a slot, or those to which it sends. */
  async #at<T>(action: string, slot: number, use: (url: string, isAsking: boolean) => Promise<T>): Promise<T> {
    if (this.#slots[slot] === undefined) await this.#look(action)
    let url = this.#slots[slot]
    let isAsking = false
    for (let redirections = 0; url !== undefined; redirections++) {
      try {
        return await use(url, isAsking)
      } catch (error) {
        const redirection = redirectionOf(error)
        if (redirection === undefined || redirections === MAX_REDIRECTIONS) throw error
        url = addressOf(redirection, url)
        isAsking = redirection.isAsking
        if (!isAsking) this.#learn(redirection.slot, url)
      }
    }
    throw new HubUnavailableError(action, { cause: new Error(`no node serves slot ${slot}`) })
  }

  async #atAll(use: (node: RedisConnection) => Promise<void>): Promise<void> {
    await Promise.all([...this.#nodes.values()].map(async (node) => use(await node)))
  }

  async #subscribeAt(url: string, channel: string): Promise<void> {
    const node = await this.#nodeAt(url)
    this.#channels.set(channel, url)
    try {
      await node.subscribe(channel, false)
    } catch (error) {
      if (redirectionOf(error)) await node.unsubscribe(channel, false).catch(() => undefined) // it never had it
      throw error
    }
  }

  #nodeAt(url: string): Promise<RedisConnection> {
    const known = this.#nodes.get(url)
    if (known) return known
    const opened = this.#openNode(url)
    this.#nodes.set(url, opened)
    return opened
  }

  async #openNode(url: string): Promise<RedisConnection> {
    const node = await RedisConnection.open(url, {
      ...this.#options,
      onPublished: (channel, message, byPattern) => {
        if (!byPattern || this.#slots[slotOf(channel)] === url) this.#events.onPublished(channel, message)
      },
      onReconnected: this.#events.onReconnected,
      onLost: () => void this.#look('connect').catch(() => undefined), // told again while it stays lost
    })
    for (const pattern of this.#patterns) node.subscribe(pattern, true).catch(() => undefined) // done when it is connected
    return node
  }

  #closeNode(url: string): void {
    void this.#nodes.get(url)?.then((node) => node.close())
    this.#nodes.delete(url)
  }

  /** A node has said where a slot is now; others may have moved, too. */
  #learn(slot: number, url: string): void {
    this.#slots[slot] = url
    this.#lookSoon()
  }

  #lookSoon(): void {
    this.#lookAgain ??= setTimeout(() => {
      this.#lookAgain = undefined
      this.#look('connect').catch(() => undefined) // told by what is asked next
    }, PAUSE).unref()
  }

  /** Finds out which node serves what; one look at a time. */
  #look(action: string): Promise<void> {
    this.#looking ??= this.#findNodes(action).finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #findNodes(action: string): Promise<void> {
    if (this.#closed) throw new HubUnavailableError(action, { cause: new Error('the connections are closed') })
    const slots = await this.#readSlots(action)
    if (this.#closed) return
    this.#slots = slots
    const serving = new Set(slots.filter((url) => url !== undefined))
    for (const url of this.#nodes.keys()) if (!serving.has(url)) this.#closeNode(url)
    for (const url of serving) void this.#nodeAt(url)
    await this.#moveChannels()
  }

  async #readSlots(action: string): Promise<(string | undefined)[]> {
    const failures: unknown[] = []
    for (const url of new Set([...this.#nodes.keys(), ...this.#seeds])) {
      try {
        const slots: (string | undefined)[] = Array.from({ length: SLOTS })
        for (const { from, to, ...node } of await RedisConnection.slots(url, this.#options)) {
          slots.fill(addressOf(node, url), from, to + 1)
        }
        return slots
      } catch (error) {
        failures.push(error)
      }
    }
    throw new HubUnavailableError(action, { cause: new AggregateError(failures, 'no node of the cluster answers') })
  }

  /** Subscribes anew what another node serves now. */
  async #moveChannels(): Promise<void> {
    const moves = [...this.#channels].map(([channel, from]) => ({ channel, from, to: this.#slots[slotOf(channel)] }))
    const moved = moves.filter(({ from, to }) => to !== undefined && to !== from)
    const subscribed = moved.map(async ({ channel, from, to = from }) => {
      const before = await this.#nodes.get(from)
      before?.unsubscribe(channel, false).catch(() => undefined) // it has let go of it anyway
      await this.#subscribeAt(to, channel)
    })
    const failed = (await Promise.allSettled(subscribed)).some(({ status }) => status === 'rejected')
    if (failed) this.#lookSoon()
    if (moved.length > 0) this.#events.onReconnected(moved.map(({ channel }) => channel))
  }
}

/** What a node answers that does not serve a slot: `MOVED 3999 127.0.0.1:6381`, or while the slot is on its way `ASK …`. */
function redirectionOf(error: unknown): Redirection | undefined {
  const cause = error instanceof HubUnavailableError ? error.cause : undefined
  if (!(cause instanceof Error)) return undefined
  const [kind, slot, address = ''] = cause.message.split(' ')
  if (kind !== 'MOVED' && kind !== 'ASK') return undefined
  const colon = address.lastIndexOf(':')
  return {
    isAsking: kind === 'ASK',
    slot: Number(slot),
    host: address.slice(0, colon),
    port: Number(address.slice(colon + 1)),
  }
}

/** The URL of a node: credentials and TLS are those of the one that named it. */
function addressOf({ host, port }: { host: string; port: number }, namedBy: string): string {
  const url = new URL(namedBy)
  if (host !== '') url.hostname = host.includes(':') ? `[${host}]` : host
  url.port = String(port)
  return url.href
}
