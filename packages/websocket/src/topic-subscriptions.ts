/** The topics that one socket follows. They end with the socket. */
import type { Hub, HubMessage } from '@typhoon/pubsub'
import { WebSocketClosedError } from './errors.ts'
import { FollowedTopic, type TopicFollower, type TopicOptions } from './followed-topic.ts'

/** The socket that the messages go to. */
export interface TopicSession {
  /** @returns false if the topic must go on later */
  broadcast(message: HubMessage, envelope: boolean): boolean
  send(message: string, binary: boolean): Promise<void>
  /** The reader is too slow. */
  overflow(): void
  /** Told what went wrong where nobody waits for it. */
  report(error: unknown): void
}

/** Whose topics they are. */
export interface TopicHost {
  readonly hub: Hub
}

export class TopicSubscriptions implements TopicFollower {
  readonly #session: TopicSession
  readonly #host: TopicHost
  readonly #max: number
  /** Mostly it is one topic, for which no map is made. */
  #topics: FollowedTopic | Map<string, FollowedTopic> | undefined
  #closed = false

  /** @param max - how many topics may be followed */
  constructor(session: TopicSession, host: TopicHost, max: number) {
    this.#session = session
    this.#host = host
    this.#max = max
  }

  /** Follows a topic; following it again starts anew with the new options. */
  async add(topic: string, options: TopicOptions): Promise<void> {
    if (this.#closed) throw new WebSocketClosedError('subscribe()')
    const earlier = this.#get(topic)
    if (earlier === undefined && this.#count >= this.#max)
      throw new RangeError(`subscribe: this socket follows ${this.#max} topics already, see static maxSubscriptions`)
    const followed = new FollowedTopic(topic, options, this)
    this.#set(followed)
    try {
      if (earlier !== undefined) await earlier.stop()
      await followed.start()
    } catch (error) {
      if (this.#get(topic) === followed) this.#delete(topic)
      throw error
    }
    if (this.#closed) await followed.stop()
  }

  async delete(topic: string): Promise<void> {
    const followed = this.#get(topic)
    this.#delete(topic)
    await followed?.stop()
  }

  /** Takes up again what was paused, from where it was. */
  resume(): void {
    for (const followed of this.#all()) followed.resume()
  }

  async close(): Promise<void> {
    this.#closed = true
    const topics = this.#all()
    this.#topics = undefined
    await Promise.all(topics.map((followed) => followed.stop()))
  }

  // What a topic asks

  get hub(): Hub {
    return this.#host.hub
  }

  send(message: HubMessage, envelope: boolean): boolean {
    return this.#session.broadcast(message, envelope)
  }

  sendGap(topic: string): void {
    void this.#session.send(JSON.stringify({ topic, gap: true }), false)
  }

  overflow(): void {
    this.#session.overflow()
  }

  failed(error: unknown): void {
    this.#session.report(error)
  }

  get #count(): number {
    return this.#topics instanceof Map ? this.#topics.size : this.#topics === undefined ? 0 : 1
  }

  #all(): FollowedTopic[] {
    if (this.#topics instanceof Map) return [...this.#topics.values()]
    return this.#topics === undefined ? [] : [this.#topics]
  }

  #get(topic: string): FollowedTopic | undefined {
    if (this.#topics instanceof Map) return this.#topics.get(topic)
    return this.#topics?.topic === topic ? this.#topics : undefined
  }

  #set(followed: FollowedTopic): void {
    if (this.#topics === undefined) this.#topics = followed
    else if (this.#topics instanceof Map) this.#topics.set(followed.topic, followed)
    else if (this.#topics.topic === followed.topic) this.#topics = followed
    else this.#topics = new Map([this.#topics, followed].map((each) => [each.topic, each]))
  }

  #delete(topic: string): void {
    if (this.#topics instanceof Map) this.#topics.delete(topic)
    else if (this.#topics?.topic === topic) this.#topics = undefined
  }
}
