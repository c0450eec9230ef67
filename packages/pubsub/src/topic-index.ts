import { isPattern, prefixOf } from './topic.ts'

/**
 * Who listens where: entries by topic and by pattern.
 *
 * Adding and removing cost one map access. A look-up visits the entries of the topic and of the patterns that match it; it tries one
 * prefix for each different pattern length in use, however many patterns there are. What has no entries is not in the maps.
 */
export class TopicIndex<T> {
  readonly #topics = new Map<string, Set<T>>()
  readonly #prefixes = new Map<string, Set<T>>()
  readonly #prefixLengths = new Map<number, number>() // length → how many prefixes have it
  #size = 0

  /** Entries under all topics and patterns. */
  get size(): number {
    return this.#size
  }

  /** Entries under exactly this topic or pattern. */
  count(topic: string): number {
    return this.#entriesAt(topic)?.size ?? 0
  }

  /** Adds an entry that is not there yet. */
  add(topic: string, entry: T): void {
    const entries = this.#entriesAt(topic)
    if (entries) entries.add(entry)
    else this.#open(topic, new Set([entry]))
    this.#size++
  }

  /** Removes an entry; one that is not there is no mistake. */
  delete(topic: string, entry: T): void {
    const entries = this.#entriesAt(topic)
    if (!entries?.delete(entry)) return
    this.#size--
    if (entries.size === 0) this.#close(topic)
  }

  clear(): void {
    this.#topics.clear()
    this.#prefixes.clear()
    this.#prefixLengths.clear()
    this.#size = 0
  }

  /** Visits the entries of a topic, then those of matching patterns; one that is removed on the way is not visited. */
  forEachMatch(topic: string, visit: (entry: T) => void): void {
    for (const entry of this.#topics.get(topic) ?? []) visit(entry)
    for (const length of this.#prefixLengths.keys()) {
      if (length > topic.length) continue
      for (const entry of this.#prefixes.get(topic.slice(0, length)) ?? []) visit(entry)
    }
  }

  #entriesAt(topic: string): Set<T> | undefined {
    return isPattern(topic) ? this.#prefixes.get(prefixOf(topic)) : this.#topics.get(topic)
  }

  #open(topic: string, entries: Set<T>): void {
    if (!isPattern(topic)) {
      this.#topics.set(topic, entries)
      return
    }
    const prefix = prefixOf(topic)
    this.#prefixes.set(prefix, entries)
    this.#prefixLengths.set(prefix.length, (this.#prefixLengths.get(prefix.length) ?? 0) + 1)
  }

  #close(topic: string): void {
    if (!isPattern(topic)) {
      this.#topics.delete(topic)
      return
    }
    const prefix = prefixOf(topic)
    this.#prefixes.delete(prefix)
    const remaining = (this.#prefixLengths.get(prefix.length) ?? 1) - 1
    if (remaining > 0) this.#prefixLengths.set(prefix.length, remaining)
    else this.#prefixLengths.delete(prefix.length)
  }
}
