/**
 * Message log: gives the messages of all topics their ids and keeps the newest of them.
 *
 * A topic's messages are numbered from 1. When there are too many topics, the one that was published to least recently is forgotten,
 * its numbers included; `#floor` is the greatest number forgotten in this way, and a topic that appears anew continues from there. So
 * ids never repeat or go back, and an id from before the floor is known to be one whose successors may be gone.
 */
import { type HistoryLimits, TopicHistory } from './history.ts'
import { HubMessage } from './hub-message.ts'
import { newEpoch, parseMessageId } from './message-id.ts'

export interface MessageLogLimits extends HistoryLimits {
  readonly maxTopics: number
  /** In bytes, over all topics. */
  readonly maxTotalSize: number
}

export interface Draft {
  readonly topic: string
  readonly data: string | Buffer
  readonly sender: string | undefined
}

/** What a new subscriber is to be given first. */
export interface Replay {
  readonly gap: boolean
  /** The id before the first message of the replay; with no messages, that of the newest one. */
  readonly startId: string
  readonly messages: readonly HubMessage[]
}

const SHORTEST_SWEEP = 1000 // ms
const LONGEST_SWEEP = 60_000

export class MessageLog {
  readonly #limits: MessageLogLimits
  readonly #epoch = newEpoch()
  readonly #histories = new Map<string, TopicHistory>() // least recently published first
  readonly #filled = new Set<TopicHistory>() // those with messages, in the same order
  #lastSequence = -1
  #lastId = ''
  #totalSize = 0
  #floor = 0
  #sweeper: NodeJS.Timeout | undefined

  constructor(limits: MessageLogLimits) {
    this.#limits = limits
  }

  append({ topic, data, sender }: Draft): HubMessage {
    const history = this.#histories.get(topic) ?? new TopicHistory(this.#limits, this.#floor)
    const id = this.#idOf(history.lastSequence + 1)
    const message = new HubMessage({ topic, id, data, time: Date.now(), sender })
    this.#histories.delete(topic)
    this.#histories.set(topic, history)
    this.#filled.delete(history)
    this.#change(history, () => history.append(message))
    this.#forgetOldest()
    this.#startSweeper()
    return message
  }

  /** The kept messages after the id `since`, or without one the newest `last`. */
  read(topic: string, since: string | undefined, last: number): Replay {
    const history = this.#histories.get(topic)
    if (!history) return this.#replay(undefined, this.#floor, this.#floor, since, last)
    this.#change(history, () => history.trim(Date.now()))
    return this.#replay(history, history.startSequence, history.lastSequence, since, last)
  }

  close(): void {
    this.#histories.clear()
    this.#filled.clear()
    this.#totalSize = 0
    this.#stopSweeper()
  }

  #replay(
    history: TopicHistory | undefined,
    start: number,
    end: number,
    since: string | undefined,
    last: number,
  ): Replay {
    const seen = since === undefined ? Math.max(start, end - last) : this.#sequenceOf(since)
    const gap = seen === undefined || seen < start || seen > end
    const sequence = gap ? start : seen
    return { gap, startId: this.#idOf(sequence), messages: history?.after(sequence) ?? [] }
  }

  /** All who join a topic between two of its messages are given the same text. */
  #idOf(sequence: number): string {
    if (sequence !== this.#lastSequence) {
      this.#lastSequence = sequence
      this.#lastId = `${this.#epoch}-${sequence}`
    }
    return this.#lastId
  }

  /** The number in an id of this life; one too large to be exact is too large to be true as well. */
  #sequenceOf(id: string): number | undefined {
    const parts = parseMessageId(id)
    return parts?.epoch === this.#epoch ? Number(parts.sequence) : undefined
  }

  /** Keeps the total and the list of filled histories right while one history changes. */
  #change(history: TopicHistory, action: () => void): void {
    this.#totalSize -= history.size
    action()
    this.#totalSize += history.size
    if (history.count > 0) this.#filled.add(history)
    else this.#filled.delete(history)
  }

  #forgetOldest(): void {
    for (const [topic, history] of this.#histories) {
      if (this.#histories.size <= this.#limits.maxTopics) break
      this.#floor = Math.max(this.#floor, history.lastSequence)
      this.#change(history, () => history.clear())
      this.#histories.delete(topic)
    }
    for (const history of this.#filled) {
      if (this.#totalSize <= this.#limits.maxTotalSize) break
      this.#change(history, () => history.clear())
    }
  }

  #startSweeper(): void {
    if (this.#sweeper || this.#filled.size === 0) return
    const period = Math.min(Math.max(this.#limits.maxAge, SHORTEST_SWEEP), LONGEST_SWEEP)
    this.#sweeper = setInterval(() => this.#sweep(), period).unref()
  }

  #stopSweeper(): void {
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }

  /** Frees what is too old in topics that nobody publishes to or reads. */
  #sweep(): void {
    const now = Date.now()
    for (const history of this.#filled) this.#change(history, () => history.trim(now))
    if (this.#filled.size === 0) this.#stopSweeper()
  }
}
