/** The only file that knows the client, ioredis: one connection for commands and one for what is published. */
import type { Redis } from 'ioredis'
import { HubUnavailableError } from './errors.ts'

export interface ConnectionEvents {
  /** The topic is what follows the prefix that was subscribed with. */
  readonly onPublished: (channel: string, message: Buffer) => void
  /** Connected again; all subscriptions are in place, what was published meanwhile was not heard. */
  readonly onReconnected: () => void
}

/** What a script gives: numbers, bytes, or lists of them. */
export type ScriptResult = number | Buffer | readonly ScriptResult[]

const LONGEST_PAUSE = 1000 // ms between attempts to connect

export class RedisConnection {
  readonly #commands: Redis
  readonly #published: Redis
  readonly #tried: Promise<unknown> // the first attempt to connect
  readonly #channels = new Set<string>()
  readonly #patterns = new Set<string>()

  private constructor(commands: Redis, published: Redis, { onPublished, onReconnected }: ConnectionEvents) {
    this.#commands = commands
    this.#published = published
    for (const client of [commands, published]) client.on('error', () => undefined) // told by what fails, and tried again
    published.on('messageBuffer', (channel: Buffer, message: Buffer) => onPublished(channel.toString(), message))
    published.on('pmessageBuffer', (_: Buffer, channel: Buffer, message: Buffer) =>
      onPublished(channel.toString(), message),
    )
    for (const client of [commands, published]) client.on('ready', () => void this.#restore(onReconnected))
    this.#tried = Promise.allSettled([commands.connect(), published.connect()])
  }

  static async open(url: string, events: ConnectionEvents): Promise<RedisConnection> {
    const { Redis: Client } = await import('ioredis')
    const shared = {
      lazyConnect: true,
      retryStrategy: (attempts: number) => Math.min(50 * attempts, LONGEST_PAUSE),
    }
    // A command whose answer is lost may have been done: it fails, and is not sent twice.
    const once = { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, enableOfflineQueue: false }
    const published = new Client(url, { ...shared, maxRetriesPerRequest: null, autoResubscribe: false })
    return new RedisConnection(new Client(url, { ...shared, ...once }), published, events)
  }

  /** @throws {@link HubUnavailableError} if Redis cannot be reached; a script may have run nevertheless */
  async run(
    action: string,
    script: string,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<ScriptResult> {
    return this.#try(action, async () => {
      const result = await this.#commands.callBuffer('EVAL', script, keys.length, ...keys, ...args)
      return result as ScriptResult // our scripts give nothing else
    })
  }

  async fields(action: string, key: string): Promise<Record<string, string>> {
    return this.#try(action, () => this.#commands.hgetall(key))
  }

  async subscribe(channel: string, isPattern: boolean): Promise<void> {
    this.#namesOf(isPattern).add(channel)
    await this.#try('subscribe', () =>
      isPattern ? this.#published.psubscribe(channel) : this.#published.subscribe(channel),
    )
  }

  async unsubscribe(channel: string, isPattern: boolean): Promise<void> {
    this.#namesOf(isPattern).delete(channel)
    await this.#try('unsubscribe', () =>
      isPattern ? this.#published.punsubscribe(channel) : this.#published.unsubscribe(channel),
    )
  }

  close(): void {
    this.#commands.disconnect()
    this.#published.disconnect()
  }

  #namesOf(isPattern: boolean): Set<string> {
    return isPattern ? this.#patterns : this.#channels
  }

  /** Told only when the subscriptions are in place again: what is read after that and what is heard then leave nothing out. */
  async #restore(onReconnected: () => void): Promise<void> {
    if (this.#commands.status !== 'ready' || this.#published.status !== 'ready') return
    try {
      if (this.#channels.size > 0) await this.#published.subscribe(...this.#channels)
      if (this.#patterns.size > 0) await this.#published.psubscribe(...this.#patterns)
    } catch {
      return // the connection is gone again, and will be restored again
    }
    onReconnected()
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
