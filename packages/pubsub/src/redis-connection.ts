/** The only file that knows the client, ioredis: one connection to a server for commands and one for what is published. */
import type { Redis } from 'ioredis'
import { HubUnavailableError } from './errors.ts'

export interface LinkEvents {
  /** Called once for each message, by however many channels and patterns it came. */
  readonly onPublished: (channel: string, message: Buffer) => void
  /** Called when these channels and patterns are subscribed again; what was published meanwhile was not heard. */
  readonly onReconnected: (channels: readonly string[]) => void
}

/** What a hub needs of Redis, whether that is one server or many. */
export interface RedisLink {
  /** @throws {@link HubUnavailableError} if Redis cannot be reached; the script may have run nevertheless */
  run(
    action: string,
    script: string,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<ScriptResult>
  subscribe(channel: string, isPattern: boolean): Promise<void>
  unsubscribe(channel: string, isPattern: boolean): Promise<void>
  close(): void
}

export interface ConnectionOptions {
  /** How long the server may take to answer, in milliseconds. */
  readonly requestTimeout: number
}

export interface ConnectionEvents {
  readonly onPublished: (channel: string, message: Buffer, byPattern: boolean) => void
  readonly onReconnected: LinkEvents['onReconnected']
  /** Called when the server is gone, or no longer has what was subscribed there; may be called often. */
  readonly onLost?: () => void
}

/** What a script gives: numbers, bytes, or lists of them. */
export type ScriptResult = number | Buffer | readonly ScriptResult[]

/** A node of a cluster and the slots that it serves, both ends included. */
export interface SlotRange {
  readonly from: number
  readonly to: number
  /** Empty for that of the node that was asked. */
  readonly host: string
  readonly port: number
}

const LONGEST_PAUSE = 1000 // ms between attempts to connect

export class RedisConnection implements RedisLink {
  readonly #commands: Redis
  readonly #published: Redis
  readonly #events: ConnectionEvents
  readonly #tried: Promise<unknown> // the first attempt to connect
  readonly #pinging: NodeJS.Timeout
  readonly #channels = new Set<string>()
  readonly #patterns = new Set<string>()
  #previous: { readonly channel: string; readonly message: Buffer } | undefined

  private constructor(commands: Redis, published: Redis, interval: number, events: ConnectionEvents) {
    this.#commands = commands
    this.#published = published
    this.#events = events
    for (const client of [commands, published]) {
      client.on('error', () => undefined) // told by what fails, and tried again
      client.on('ready', () => void this.#restore())
      client.on('close', () => events.onLost?.())
    }
    published.on('error', () => this.#resynchronize())
    published.on('smessageBuffer', (channel: Buffer, message: Buffer) => this.#hear(channel, message, false))
    published.on('pmessageBuffer', (_: Buffer, channel: Buffer, message: Buffer) => this.#hear(channel, message, true))
    this.#tried = Promise.allSettled([commands.connect(), published.connect()])
    this.#pinging = setInterval(() => this.#ping(), interval).unref()
  }

  static async open(
    url: string,
    { requestTimeout, ...events }: ConnectionOptions & ConnectionEvents,
  ): Promise<RedisConnection> {
    const { Redis: Client } = await import('ioredis')
    const shared = {
      lazyConnect: true,
      connectTimeout: requestTimeout,
      commandTimeout: requestTimeout,
      retryStrategy: (attempts: number) => Math.min(50 * attempts, LONGEST_PAUSE),
    }
    // A command whose answer is lost may have been done: it fails, and is not sent twice.
    const once = { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, enableOfflineQueue: false }
    const published = new Client(url, { ...shared, maxRetriesPerRequest: null, autoResubscribe: false })
    return new RedisConnection(new Client(url, { ...shared, ...once }), published, requestTimeout, events)
  }

  /** Which master serves which slots, as one node of a cluster sees it. */
  static async slots(url: string, { requestTimeout }: ConnectionOptions): Promise<SlotRange[]> {
    const { Redis: Client } = await import('ioredis')
    const limits = { connectTimeout: requestTimeout, commandTimeout: requestTimeout, retryStrategy: () => null }
    const client = new Client(url, { lazyConnect: true, ...limits })
    client.on('error', () => undefined) // told by what fails
    try {
      await client.connect()
      const ranges = (await client.call('CLUSTER', 'SLOTS')) as [number, number, [string | null, number]][] // by the command
      return ranges.map(([from, to, [host, port]]) => ({ from, to, host: host ?? '', port }))
    } finally {
      client.disconnect()
    }
  }

  async run(
    action: string,
    script: string,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
    isAsking = false,
  ): Promise<ScriptResult> {
    return this.#try(action, async () => {
      if (isAsking) this.#commands.call('ASKING').catch(() => undefined) // what fails it fails the next as well
      const result = await this.#commands.callBuffer('EVAL', script, keys.length, ...keys, ...args)
      return result as ScriptResult // our scripts give nothing else
    })
  }

  async subscribe(channel: string, isPattern: boolean): Promise<void> {
    this.#namesOf(isPattern).add(channel)
    await this.#try('subscribe', () => this.#subscribe(channel, isPattern))
  }

  async unsubscribe(channel: string, isPattern: boolean): Promise<void> {
    this.#namesOf(isPattern).delete(channel)
    await this.#try('unsubscribe', () =>
      isPattern ? this.#published.punsubscribe(channel) : this.#published.sunsubscribe(channel),
    )
  }

  close(): void {
    clearInterval(this.#pinging)
    this.#commands.disconnect()
    this.#published.disconnect()
  }

  /** A server that says nothing any more would not be missed by somebody who only listens. */
  #ping(): void {
    for (const client of [this.#commands, this.#published]) {
      if (client.status === 'ready') client.ping().catch(() => client.disconnect(true))
    }
  }

  #namesOf(isPattern: boolean): Set<string> {
    return isPattern ? this.#patterns : this.#channels
  }

  #subscribe(channel: string, isPattern: boolean): Promise<unknown> {
    return isPattern ? this.#published.psubscribe(channel) : this.#published.ssubscribe(channel)
  }

  /** Redis sends a message once for the topic and once for each pattern, one right after the other. */
  #hear(channelName: Buffer, message: Buffer, byPattern: boolean): void {
    const channel = channelName.toString()
    if (this.#previous?.channel === channel && this.#previous.message.equals(message)) return
    this.#previous = { channel, message }
    this.#events.onPublished(channel, message, byPattern)
  }

  /** Told only when the subscriptions are in place again: what is read after that and what is heard then leave nothing out. */
  async #restore(): Promise<void> {
    const isReady = (): boolean => this.#commands.status === 'ready' && this.#published.status === 'ready'
    if (!isReady()) return
    const names = [...this.#channels, ...this.#patterns]
    const restored = await Promise.allSettled(names.map((name) => this.#subscribe(name, this.#patterns.has(name))))
    if (!isReady()) return // and will be restored again
    this.#events.onReconnected(names)
    if (restored.some(({ status }) => status === 'rejected')) this.#events.onLost?.()
  }

  /**
   * When a slot moves to another node, Redis ends the subscriptions without being asked. The client takes that for the answer to
   * another command, or for an error if there is none: it has to begin anew.
   */
  #resynchronize(): void {
    if (this.#published.status === 'ready') this.#published.disconnect(true)
  }

  async #try<T>(action: string, use: () => Promise<T>): Promise<T> {
    try {
      await this.#tried
      return await use()
    } catch (cause) {
      throw new HubUnavailableError(action, { cause })
    }
  }
}
