/**
 * What a RedisHub calls things in Redis: `<prefix>{<tag>}<kind>`. A cluster keeps names of one tag together.
 *
 * The tag of a topic's messages is the topic itself, so topics spread over the nodes. What a process holds is noted by the dozen, so its
 * tag is one of a few groups of topics, a hexadecimal digit.
 */
import { slotOf } from './redis-slot.ts'
import { isPattern, prefixOf } from './topic.ts'

export type ChannelKind = 'messages' | 'presence'

export class RedisNames {
  readonly #prefix: string
  readonly #groups: number

  constructor(prefix: string, groups: number) {
    this.#prefix = prefix
    this.#groups = groups
  }

  /** The keys of a topic's messages: stream and head. */
  keysOf(topic: string): [stream: string, head: string] {
    const tagged = this.#messages(topic)
    return [`${tagged}stream`, `${tagged}head`]
  }

  /** A channel, or for a pattern of topics a pattern of channels. */
  channelOf(kind: ChannelKind, topic: string): string {
    if (isPattern(topic)) {
      return `${escaped(this.#prefix)}${kind === 'messages' ? '{:' : '{?}p:'}${escaped(prefixOf(topic))}*`
    }
    return kind === 'messages' ? this.#messages(topic) : `${this.groupPrefix(this.groupOf(topic))}p:${topic}`
  }

  /** What {@link channelOf} was given. */
  parseChannel(channel: string): { readonly kind: ChannelKind; readonly topic: string } {
    const tagged = channel.slice(this.#prefix.length)
    return tagged.startsWith('{:')
      ? { kind: 'messages', topic: tagged.slice(2, -1) }
      : { kind: 'presence', topic: tagged.slice('{0}p:'.length) }
  }

  /** The group in which memberships and subscriptions of a topic are noted. */
  groupOf(topic: string): number {
    return this.#groups === 1 ? 0 : slotOf(topic) % this.#groups
  }

  /** What the names of a group begin with. */
  groupPrefix(group: number): string {
    return `${this.#prefix}{${group.toString(16)}}`
  }

  // The colon keeps the tag from being empty, which would be none.
  #messages(topic: string): string {
    return `${this.#prefix}{:${topic}}`
  }
}

/** For a pattern, where these would stand for more than themselves. */
function escaped(text: string): string {
  return text.replaceAll(/[*?[\]\\]/g, String.raw`\$&`)
}
