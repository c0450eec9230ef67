/**
 * One end of a ClusterHub as the broker sees it: what it subscribed and joined, and what is on its way to it.
 *
 * An end that does not read, such as a process that computes for seconds, costs at most `maxQueueSize` and one replay: further news are
 * not queued but noted, and sent from the history when the queue is empty; what the history has lost by then is reported as a gap.
 * Its requests wait as well, so that their answers do not pile up.
 */
import { type BrokerFrame, type EndFrame, frameSize } from './cluster-frame.ts'
import type { PresenceEvent } from './hub.ts'
import type { HubMessage } from './hub-message.ts'
import { idBefore } from './message-id.ts'
import type { Replay } from './message-log.ts'
import { Outbox } from './outbox.ts'
import { Presence } from './presence.ts'

/** Hands frames to the end; `sent` is called when they have left this process. */
export type FrameWriter = (frames: readonly BrokerFrame[], sent: () => void) => void

/** What a peer needs of the broker. */
export interface PeerContext {
  readonly maxQueueSize: number
  /** Answers one frame. */
  handle(peer: ClusterPeer, frame: EndFrame): void
  /** What the history has after an id. */
  readSince(topic: string, since: string): Replay
}

/** How many subscriptions to a topic an end has, and how many of them ask for presence events. */
interface Interest {
  all: number
  presence: number
}

/** News of a topic that were not queued. */
interface Omission {
  /** The id before the first message left out. */
  since: string | undefined
  presence: boolean
}

const MAX_OMITTED_TOPICS = 10_000

export class ClusterPeer {
  readonly interests: Map<string, Interest> = new Map()
  readonly memberships: Presence = new Presence()
  readonly #context: PeerContext
  readonly #outbox: Outbox<BrokerFrame>
  readonly #omissions = new Map<string, Omission>()
  #inbox: EndFrame[] = []
  #behind = false
  #lostTrack = false // news of too many topics were left out to tell them apart

  constructor(context: PeerContext, write: FrameWriter) {
    this.#context = context
    this.#outbox = new Outbox(write, frameSize)
    this.#outbox.onEmpty = () => this.#catchUp()
  }

  /** Takes the frames of the end, at once unless it is behind with reading. */
  receive(frames: readonly EndFrame[]): void {
    for (const frame of frames) {
      if (this.#behind) this.#inbox.push(frame)
      else this.#context.handle(this, frame)
    }
  }

  /** Sends what must not be left out. */
  send(frame: BrokerFrame): void {
    this.#outbox.push(frame)
    if (this.#outbox.unsent > this.#context.maxQueueSize) this.#behind = true
  }

  offerMessage(message: HubMessage): void {
    if (this.#behind) this.#omit(message.topic, (omission) => (omission.since ??= idBefore(message.id)))
    else this.send({ kind: 'message', message })
  }

  offerPresence(event: PresenceEvent): void {
    if (this.#behind) this.#omit(event.topic, (omission) => (omission.presence = true))
    else this.send({ kind: 'presence', event })
  }

  /** The last that is sent. */
  close(): void {
    this.#outbox.onEmpty = undefined
    this.#inbox = []
    this.#omissions.clear()
    this.#outbox.push({ kind: 'closed' })
    this.#outbox.flush()
  }

  #omit(topic: string, note: (omission: Omission) => void): void {
    if (this.#lostTrack) return
    const omission = this.#omissions.get(topic) ?? { since: undefined, presence: false }
    note(omission)
    this.#omissions.set(topic, omission)
    this.#lostTrack = this.#omissions.size > MAX_OMITTED_TOPICS
  }

  #catchUp(): void {
    this.#behind = false
    if (this.#lostTrack) this.#reportAll()
    for (const [topic, omission] of this.#omissions) {
      if (this.#behind) return
      this.#omissions.delete(topic)
      this.#sendOmitted(topic, omission)
    }
    this.receive(this.#inbox.splice(0))
  }

  #reportAll(): void {
    this.#lostTrack = false
    this.#omissions.clear()
    for (const topic of this.interests.keys()) this.send({ kind: 'gap', topic }) // the name of a pattern matches it, too
  }

  #sendOmitted(topic: string, { since, presence }: Omission): void {
    const { gap = false, messages = [] } = since === undefined ? {} : this.#context.readSince(topic, since)
    if (gap || presence) this.send({ kind: 'gap', topic })
    for (const message of messages) this.send({ kind: 'message', message })
  }
}
