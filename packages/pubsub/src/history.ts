import type { HubMessage } from './hub-message.ts'

export interface HistoryLimits {
  readonly maxMessages: number
  /** In bytes, counted as {@link messageSize} does. */
  readonly maxSize: number
  /** In milliseconds. */
  readonly maxAge: number
}

interface Entry {
  readonly message: HubMessage
  readonly size: number
}

const MESSAGE_OVERHEAD = 256 // bytes: about what an empty message takes in memory, so that many of them are bounded too

/** What a message counts in a history: its payload in bytes, text as UTF-8, and 256 bytes for the rest. */
export function messageSize({ data }: HubMessage): number {
  return Buffer.byteLength(data) + MESSAGE_OVERHEAD
}

/**
 * The newest messages of one topic, within three limits.
 *
 * Messages are numbered consecutively, so a number leads to its place without a search. A message that leaves frees its place at
 * once; the empty places at the front are cut off when they are half of all, which makes dropping cheap on average.
 */
export class TopicHistory {
  readonly #limits: HistoryLimits
  #entries: (Entry | undefined)[] = []
  #oldest = 0 // place of the oldest entry; those before are empty
  #size = 0
  #lastSequence: number

  /** @param lastSequence - the number before that of the first message */
  constructor(limits: HistoryLimits, lastSequence: number) {
    this.#limits = limits
    this.#lastSequence = lastSequence
  }

  /** The number of the newest message, kept or not. */
  get lastSequence(): number {
    return this.#lastSequence
  }

  /** The number after which every message is still kept. */
  get startSequence(): number {
    return this.#lastSequence - this.count
  }

  get count(): number {
    return this.#entries.length - this.#oldest
  }

  /** In bytes, the sum of {@link messageSize}. */
  get size(): number {
    return this.#size
  }

  append(message: HubMessage): void {
    const size = messageSize(message)
    this.#entries.push({ message, size })
    this.#size += size
    this.#lastSequence++
    this.trim(message.time)
  }

  /** Drops the oldest messages until the limits hold at the time `now`. */
  trim(now: number): void {
    const { maxMessages, maxSize, maxAge } = this.#limits
    for (let entry = this.#entries[this.#oldest]; entry; entry = this.#entries[this.#oldest]) {
      if (this.count <= maxMessages && this.#size <= maxSize && now - entry.message.time <= maxAge) break
      this.#size -= entry.size
      this.#entries[this.#oldest++] = undefined
    }
    if (this.#oldest * 2 >= this.#entries.length) {
      this.#entries.splice(0, this.#oldest)
      this.#oldest = 0
    }
  }

  /** The messages after a number from `startSequence` to `lastSequence`. */
  after(sequence: number): HubMessage[] {
    const first = this.#oldest + sequence - this.startSequence
    return this.#entries.slice(first).flatMap((entry) => (entry ? [entry.message] : []))
  }

  /** Drops all messages and keeps the number. */
  clear(): void {
    this.#entries = []
    this.#oldest = 0
    this.#size = 0
  }
}
