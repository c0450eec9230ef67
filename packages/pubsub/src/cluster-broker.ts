/**
 * Broker: gives ids, keeps history and presence, and passes news on to the ends of a ClusterHub that asked for them.
 *
 * Each end has one ordered channel. An answer to `subscribe` is therefore the seam between old and new by itself: what was
 * accepted before is in the replay, what is accepted later follows it.
 */
import type { EndFrame, Request } from './cluster-frame.ts'
import { ClusterPeer, type FrameWriter } from './cluster-peer.ts'
import type { PresenceEvent } from './hub.ts'
import { MessageLog, type MessageLogLimits, type Replay } from './message-log.ts'
import { Presence } from './presence.ts'
import { isPattern } from './topic.ts'
import { TopicIndex } from './topic-index.ts'

export interface BrokerLimits {
  readonly history: MessageLogLimits
  readonly maxSubscriptions: number
  readonly maxMemberships: number
  readonly maxQueueSize: number
}

type NumberedRequest<Action extends Request['do']> = Extract<Request, { do: Action }> & { readonly number: number }

export class ClusterBroker {
  readonly #limits: BrokerLimits
  readonly #log: MessageLog
  readonly #presence = new Presence()
  readonly #peers = new Map<ClusterPeer, (() => void) | undefined>() // with who is told that it has gone
  readonly #listening = new TopicIndex<ClusterPeer>()
  readonly #watching = new TopicIndex<ClusterPeer>() // those of them that ask for presence events
  readonly #counts = new Map<string, number>() // topic or pattern → subscriptions at all ends
  #subscriptions = 0

  constructor(limits: BrokerLimits) {
    this.#limits = limits
    this.#log = new MessageLog(limits.history)
  }

  /** Takes an end in; `onDisconnect` is called when it goes by itself or is taken out. */
  connect(write: FrameWriter, onDisconnect?: () => void): ClusterPeer {
    const peer = new ClusterPeer(
      {
        maxQueueSize: this.#limits.maxQueueSize,
        handle: (from, frame) => this.#handle(from, frame),
        readSince: (topic, since) => this.#log.read(topic, since, 0),
      },
      write,
    )
    this.#peers.set(peer, onDisconnect)
    peer.send({ kind: 'welcome' })
    return peer
  }

  /** Takes an end out, with its subscriptions and memberships. */
  disconnect(peer: ClusterPeer): void {
    if (!this.#peers.has(peer)) return
    this.#peers.get(peer)?.()
    this.#peers.delete(peer)
    for (const [topic, { all, presence }] of peer.interests) {
      this.#listening.delete(topic, peer)
      if (presence > 0) this.#watching.delete(topic, peer)
      this.#changeCount(topic, -all)
    }
    peer.interests.clear()
    for (const [topic, member] of peer.memberships) this.#left(topic, member)
    peer.memberships.clear()
  }

  close(): void {
    for (const peer of this.#peers.keys()) peer.close()
    this.#peers.clear()
    this.#listening.clear()
    this.#watching.clear()
    this.#counts.clear()
    this.#presence.clear()
    this.#log.close()
  }

  #handle(peer: ClusterPeer, frame: EndFrame): void {
    if (!this.#peers.has(peer)) return
    switch (frame.do) {
      case 'hello':
        return
      case 'publish':
        return this.#publish(peer, frame)
      case 'subscribe':
        return this.#subscribe(peer, frame)
      case 'unsubscribe':
        return this.#unsubscribe(peer, frame)
      case 'join':
        return this.#join(peer, frame)
      case 'leave':
        peer.memberships.leave(frame.topic, frame.member)
        this.#left(frame.topic, frame.member)
        return peer.send({ kind: 'answer', number: frame.number })
      case 'members':
        return peer.send({ kind: 'answer', number: frame.number, value: this.#presence.members(frame.topic) })
      case 'count':
        return peer.send({ kind: 'answer', number: frame.number, value: this.#counts.get(frame.topic) ?? 0 })
      case 'close':
        this.disconnect(peer)
        return peer.send({ kind: 'answer', number: frame.number })
    }
  }

  #publish(peer: ClusterPeer, { topic, data, sender, number }: NumberedRequest<'publish'>): void {
    const message = this.#log.append({ topic, data, sender })
    for (const listening of this.#matching(this.#listening, topic)) listening.offerMessage(message)
    peer.send({ kind: 'answer', number, value: { topic, id: message.id, time: message.time } })
  }

  #subscribe(peer: ClusterPeer, { topic, presence, since, last, number }: NumberedRequest<'subscribe'>): void {
    const { maxSubscriptions } = this.#limits
    if (this.#subscriptions >= maxSubscriptions) return refuse(peer, number, 'maxSubscriptions', maxSubscriptions)
    const interest = peer.interests.get(topic) ?? { all: 0, presence: 0 }
    peer.interests.set(topic, interest)
    if (interest.all++ === 0) this.#listening.add(topic, peer)
    if (presence && interest.presence++ === 0) this.#watching.add(topic, peer)
    this.#changeCount(topic, 1)
    const replay: Replay | undefined = isPattern(topic) ? undefined : this.#log.read(topic, since, last)
    peer.send({ kind: 'answer', number, ...(replay && { value: replay }) })
  }

  #unsubscribe(peer: ClusterPeer, { topic, presence, number }: NumberedRequest<'unsubscribe'>): void {
    const interest = peer.interests.get(topic)
    if (interest) {
      if (presence && --interest.presence === 0) this.#watching.delete(topic, peer)
      if (--interest.all === 0) {
        this.#listening.delete(topic, peer)
        peer.interests.delete(topic)
      }
      this.#changeCount(topic, -1)
    }
    peer.send({ kind: 'answer', number })
  }

  #join(peer: ClusterPeer, { topic, member, number }: NumberedRequest<'join'>): void {
    const { maxMemberships } = this.#limits
    if (this.#presence.size >= maxMemberships) return refuse(peer, number, 'maxMemberships', maxMemberships)
    peer.memberships.join(topic, member)
    if (this.#presence.join(topic, member)) this.#announce('join', topic, member)
    peer.send({ kind: 'answer', number })
  }

  #left(topic: string, member: string): void {
    if (this.#presence.leave(topic, member)) this.#announce('leave', topic, member)
  }

  #announce(type: PresenceEvent['type'], topic: string, member: string): void {
    const event = { type, topic, member, time: Date.now() }
    for (const watching of this.#matching(this.#watching, topic)) watching.offerPresence(event)
  }

  /** Each once, by however many patterns it is met. */
  #matching(index: TopicIndex<ClusterPeer>, topic: string): Set<ClusterPeer> {
    const peers = new Set<ClusterPeer>()
    index.forEachMatch(topic, (peer) => peers.add(peer))
    return peers
  }

  #changeCount(topic: string, by: number): void {
    const count = (this.#counts.get(topic) ?? 0) + by
    if (count > 0) this.#counts.set(topic, count)
    else this.#counts.delete(topic)
    this.#subscriptions += by
  }
}

function refuse(peer: ClusterPeer, number: number, limit: string, max: number): void {
  peer.send({ kind: 'refusal', number, limit, max })
}
