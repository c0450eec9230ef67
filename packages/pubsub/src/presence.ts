/**
 * Who is present where, counted by membership: a member is there from its first join to its last leave.
 * A topic without members is not in the map.
 */
export class Presence {
  readonly #topics = new Map<string, Map<string, number>>() // topic → member → memberships
  #size = 0

  /** Memberships in all topics. */
  get size(): number {
    return this.#size
  }

  /** Adds a membership; `true` if it is the member's first in this topic. */
  join(topic: string, member: string): boolean {
    const members = this.#topics.get(topic) ?? new Map<string, number>()
    const memberships = members.get(member) ?? 0
    members.set(member, memberships + 1)
    this.#topics.set(topic, members)
    this.#size++
    return memberships === 0
  }

  /** Takes a membership back; `true` if it was the member's last in this topic. */
  leave(topic: string, member: string): boolean {
    const members = this.#topics.get(topic)
    const memberships = members?.get(member)
    if (!members || !memberships) return false
    this.#size--
    if (memberships > 1) {
      members.set(member, memberships - 1)
      return false
    }
    members.delete(member)
    if (members.size === 0) this.#topics.delete(topic)
    return true
  }

  members(topic: string): string[] {
    return [...(this.#topics.get(topic)?.keys() ?? [])]
  }

  /** Every membership, as topic and member; one held twice comes twice. */
  *[Symbol.iterator](): Generator<readonly [topic: string, member: string]> {
    for (const [topic, members] of this.#topics) {
      for (const [member, memberships] of members) {
        for (let i = 0; i < memberships; i++) yield [topic, member]
      }
    }
  }

  clear(): void {
    this.#topics.clear()
    this.#size = 0
  }
}
