import { ClusterClient, type News } from './cluster-client.ts'
import type { WireReplay } from './cluster-frame.ts'
import {
  type ClusterHubOptions,
  type ResolvedClusterHubOptions,
  resolveClusterHubOptions,
} from './cluster-hub-options.ts'
import { linkTo } from './cluster-link.ts'
import { Delivery, TopicGap } from './delivery.ts'
import { HubClosedError } from './errors.ts'
import type {
  Hub,
  HubListener,
  Membership,
  PublishedMessage,
  PublishOptions,
  SubscribeOptions,
  Subscription,
} from './hub.ts'
import { checkName, checkSubscribeOptions } from './hub-input.ts'
import { HubMessage, type HubMessageFields, ownPayload } from './hub-message.ts'
import { logLimits } from './memory-hub-options.ts'
import type { Replay } from './message-log.ts'
import { checkTopic, checkTopicOrPattern } from './topic.ts'

/**
 * Topics of all workers of a machine (node:cluster), with nothing to install: the first process keeps ids, history and presence, and
 * the workers speak with it over the channel that they have anyway. Make one in the first process and in each worker.
 *
 * Without workers it is a hub for one process. The history survives workers that come and go and ends with the first process. When
 * that is gone, or its hub is closed, everything asked of a worker's hub fails with {@link HubClosedError}; what a worker has joined
 * and subscribed ends with the worker.
 *
 * @example
 * const hub = new ClusterHub() // the same line in every process
 * await hub.subscribe('room:7', (message) => console.log(message.data))
 * await hub.publish('room:7', 'hello') // from any of them
 */
export class ClusterHub implements Hub {
  readonly #options: ResolvedClusterHubOptions
  readonly #delivery: Delivery
  readonly #client: ClusterClient
  #closing: Promise<void> | undefined

  /** @throws {@link HubOptionError} if an option is unknown or out of range */
  constructor(options: ClusterHubOptions = {}) {
    this.#options = resolveClusterHubOptions(options)
    this.#delivery = new Delivery(this.#options.onError, (topic, presence) => this.#unsubscribe(topic, presence))
    const { name, maxQueueSize, maxSubscriptions, maxMemberships } = this.#options
    const link = linkTo(name, { history: logLimits(this.#options), maxQueueSize, maxSubscriptions, maxMemberships })
    this.#client = new ClusterClient(link, this.#options, {
      onNews: (news) => this.#accept(news),
      onLost: () => this.#delivery.close(),
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
    return this.#client.request({ do: 'publish', topic, data: ownPayload(message), sender }, (published) => published)
  }

  async subscribe(topic: string, listener: HubListener, options: SubscribeOptions = {}): Promise<Subscription> {
    this.#assertOpen('subscribe')
    checkTopicOrPattern(topic)
    checkSubscribeOptions(topic, options)
    const { since, last = 0, onPresence } = options
    return this.#client.request(
      { do: 'subscribe', topic, presence: onPresence !== undefined, since, last },
      (replay) => {
        if (this.#delivery.closed) throw new HubClosedError('subscribe')
        return this.#delivery.subscribe(topic, listener, options, replay && replayOf(replay))
      },
    )
  }

  async join(topic: string, member: string): Promise<Membership> {
    this.#assertOpen('join')
    checkTopic(topic)
    checkName('member', member)
    await this.#client.request({ do: 'join', topic, member })
    let held = true
    const leave = async (): Promise<void> => {
      if (!held || this.#delivery.closed) return
      held = false
      await this.#release(this.#client.request({ do: 'leave', topic, member }))
    }
    return { topic, member, leave }
  }

  async members(topic: string): Promise<string[]> {
    this.#assertOpen('members')
    checkTopic(topic)
    return this.#client.request({ do: 'members', topic }, (members) => members)
  }

  async count(topic: string): Promise<number> {
    this.#assertOpen('count')
    checkTopicOrPattern(topic)
    return this.#client.request({ do: 'count', topic }, (count) => count)
  }

  close(): Promise<void> {
    this.#delivery.close()
    this.#closing ??= this.#client.close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #accept(news: News): void {
    if (news.kind === 'message') this.#delivery.accept(messageOf(news.message))
    else this.#delivery.accept(news.kind === 'gap' ? new TopicGap(news.topic) : news.event)
  }

  #unsubscribe(topic: string, presence: boolean): Promise<void> {
    return this.#release(this.#client.request({ do: 'unsubscribe', topic, presence }))
  }

  /** What ends with the hub anyway does not fail because the hub has ended first. */
  async #release(released: Promise<void>): Promise<void> {
    try {
      await released
    } catch (error) {
      if (!(error instanceof HubClosedError)) throw error
    }
  }

  #assertOpen(action: string): void {
    if (this.#closing) throw new HubClosedError(action)
  }
}

/** Within one process the message itself comes, with the encodings that it has. */
function messageOf(fields: HubMessageFields): HubMessage {
  return fields instanceof HubMessage ? fields : new HubMessage(fields)
}

function replayOf(replay: WireReplay): Replay {
  return { ...replay, messages: replay.messages.map(messageOf) }
}
