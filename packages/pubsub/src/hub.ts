/**
 * The contract of every hub, whether its topics live in one process, in the workers of a machine or on many machines.
 *
 * - The messages of a topic reach each listener in the order of their ids, each one once. Topics are not ordered among each other.
 * - A promise settles when the carrier has done what was asked: a published message is then kept within the limits of the history.
 * - Listeners are called synchronously and must not block. They may publish, subscribe and unsubscribe; what they publish is
 *   delivered after the message at hand. An error that they throw goes to `onError` of the hub and stops nothing else.
 * - A hub does not wait for slow listeners and has no queue for them: what to do with a full socket is the transport's decision.
 */
import type { HubMessage } from './hub-message.ts'

/** Called with each message of a subscription. */
export type HubListener = (message: HubMessage, subscription: Subscription) => void

/** A member came, with its first `join()`, or went, with its last `leave()`. */
export interface PresenceEvent {
  readonly type: 'join' | 'leave'
  readonly topic: string
  readonly member: string
  /** In milliseconds since 1970. */
  readonly time: number
}

export interface PublishOptions {
  /** Who publishes, 1 to 1024 characters, handed on as `message.sender`: a listener can leave out its own messages by it. */
  sender?: string | undefined
}

/** A message that the hub has accepted. */
export interface PublishedMessage {
  readonly topic: string
  readonly id: string
  /** In milliseconds since 1970. */
  readonly time: number
}

export interface SubscribeOptions {
  /**
   * The id of the last message seen: what was published since is delivered first. If the hub cannot tell that it has all of it (too
   * long ago, an earlier life of the hub, no id at all), it reports a gap and delivers everything it still has of the topic.
   */
  since?: string | undefined
  /** Without `since`: first deliver up to this many of the newest messages. @defaultValue 0 */
  last?: number | undefined
  /** Called when messages may be missing, before the next message: while subscribing, or after a carrier lost its connection. */
  onGap?: ((subscription: Subscription) => void) | undefined
  /** Called with the joins and leaves in the topic, or in the topics that match. */
  onPresence?: ((event: PresenceEvent, subscription: Subscription) => void) | undefined
}

export interface Subscription {
  /** The topic or pattern, as it was given. */
  readonly topic: string
  /** Whether messages may be missing: `onGap` has been called. */
  readonly gap: boolean
  /**
   * Where to resume: the id of the last message given to the listener, or before the first, the place where the subscription starts.
   * `undefined` for a pattern, since each topic counts its own messages.
   */
  readonly lastId: string | undefined
  /** Ends the subscription: the listener is not called again, from this call on. More calls do nothing. */
  unsubscribe(): Promise<void>
}

export interface Membership {
  readonly topic: string
  readonly member: string
  /** Takes this membership back, once; the member goes with the last one. */
  leave(): Promise<void>
}

/** Topics with history and presence. */
export interface Hub {
  /**
   * Sends a message to the listeners of a topic and keeps it in the history of the topic.
   *
   * @param topic - 1 to 256 characters without `*`, control characters and lone surrogates
   * @param message - text or bytes, which the hub does not look into; bytes are copied
   * @throws {@link HubInputError} if the topic, message or sender cannot be used
   * @throws {@link HubClosedError} after `close()`
   */
  publish(topic: string, message: string | Uint8Array, options?: PublishOptions): Promise<PublishedMessage>

  /**
   * Calls `listener` with the messages of a topic from now on, and before them with those that `since` or `last` ask for.
   *
   * No message is lost or given twice between the old and the new ones. The promise resolves when the old ones have been given.
   *
   * @param topic - a topic, or a pattern: a prefix and a `*`. `room:*` matches `room:7`, `*` everything. Takes no `since` or `last`
   * @throws {@link HubInputError} if the topic or an option cannot be used
   * @throws {@link HubLimitError} if the hub has `maxSubscriptions`
   * @throws {@link HubClosedError} after `close()`
   *
   * @example
   * const subscription = await hub.subscribe('room:7', ({ data }) => socket.send(data), { since: lastSeen })
   * if (subscription.gap) reloadRoom()
   */
  subscribe(topic: string, listener: HubListener, options?: SubscribeOptions): Promise<Subscription>

  /**
   * Makes `member` present in a topic until the membership is left. A member that joins several times, from two browser windows for
   * instance, is listed once and leaves with the last membership. Presence needs no subscription and gives none.
   *
   * The members of a process that dies are taken out by the carrier.
   *
   * @param member - 1 to 1024 characters: an id, or a small JSON text
   * @throws {@link HubInputError} if the topic or member cannot be used
   * @throws {@link HubLimitError} if the hub has `maxMemberships`
   * @throws {@link HubClosedError} after `close()`
   */
  join(topic: string, member: string): Promise<Membership>

  /**
   * Who is present in a topic, in no particular order. To follow it from there, subscribe with `onPresence` first.
   *
   * @throws {@link HubInputError} if this is not a topic
   * @throws {@link HubClosedError} after `close()`
   */
  members(topic: string): Promise<string[]>

  /**
   * How many subscriptions have been made with exactly this topic or pattern.
   *
   * @throws {@link HubInputError} if this is neither a topic nor a pattern
   * @throws {@link HubClosedError} after `close()`
   */
  count(topic: string): Promise<number>

  /** Ends all subscriptions and memberships made here and lets go of everything held; more calls do nothing. */
  close(): Promise<void>

  /** Calls `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}
