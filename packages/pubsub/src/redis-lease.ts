/** What a process has joined and subscribed, noted in Redis with a lease, so that it is taken back when the process dies. */
import { crypto } from './late-modules.ts'
import type { RedisLink } from './redis-connection.ts'
import { HOLD, RELEASE, RENEW } from './redis-scripts.ts'

export type Holding = readonly [kind: 'member' | 'subscription', topic: string, member?: string]

export class RedisLease {
  readonly #id = crypto().randomUUID()
  readonly #connection: Promise<RedisLink>
  readonly #prefix: string
  readonly #leaseTime: number
  readonly #held = new Map<string, { readonly holding: Holding; count: number }>()
  readonly #timer: NodeJS.Timeout
  #work: Promise<void> = Promise.resolve()
  #closed = false
  #uncertain = false // Redis may have noted something else than this

  constructor(connection: Promise<RedisLink>, prefix: string, leaseTime: number) {
    this.#connection = connection
    this.#prefix = prefix
    this.#leaseTime = leaseTime
    this.#timer = setInterval(() => void this.renew(), leaseTime / 3).unref()
  }

  /** Adds or takes away one. What could not be taken away now is corrected with the next renewal. */
  change(holding: Holding, by: 1 | -1): Promise<void> {
    return this.#inTurn(() => this.#change(holding, by))
  }

  async #change(holding: Holding, by: 1 | -1): Promise<void> {
    this.#note(holding, by)
    try {
      await this.#hold([[holding, by]])
    } catch (error) {
      this.#uncertain = true
      if (by < 0) return
      this.#note(holding, -1)
      throw error
    }
  }

  /** Lengthens the lease, restores what Redis has lost of it, and takes back the leases of those who died. */
  renew(): Promise<void> {
    return this.#inTurn(() => this.#renew())
  }

  /** One at a time: what is restored is neither more nor less than what was noted. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const result = this.#work.then(action)
    this.#work = result.catch(() => undefined)
    return result
  }

  async #renew(): Promise<void> {
    if (this.#closed) return
    try {
      const connection = await this.#connection
      const renewed = await connection.run('renew', RENEW, [this.#leases], [this.#id, this.#leaseTime])
      if (renewed === 0 || this.#uncertain) await this.#restore()
      await this.#release('')
    } catch {
      // Redis cannot be reached: whoever asks for something is told, and the next renewal tries again
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#closed = true
    await this.#inTurn(() => this.#release(this.#id))
  }

  async #restore(): Promise<void> {
    this.#uncertain = false
    await this.#release(this.#id)
    await this.#hold([...this.#held.values()].map(({ holding, count }) => [holding, count] as const))
  }

  #note(holding: Holding, by: number): void {
    const key = JSON.stringify(holding)
    const entry = this.#held.get(key) ?? { holding, count: 0 }
    entry.count += by
    if (entry.count > 0) this.#held.set(key, entry)
    else this.#held.delete(key)
  }

  async #hold(changes: readonly (readonly [Holding, number])[]): Promise<void> {
    const keys = [this.#leases, `${this.#prefix}lease:${this.#id}`, `${this.#prefix}total:`, `${this.#prefix}events`]
    const args = changes.flatMap(([[kind, topic, member], by]) => [
      JSON.stringify(member === undefined ? [kind, topic] : [kind, topic, JSON.stringify(member)]),
      by,
      kind === 'member' ? `${this.#prefix}p:${topic}` : '',
    ])
    await (await this.#connection).run('hold', HOLD, keys, [this.#id, this.#leaseTime, ...args])
  }

  async #release(lease: string): Promise<void> {
    const prefixes = ['lease:', 'total:', 'p:'].map((name) => this.#prefix + name)
    const keys = [this.#leases, `${this.#prefix}events`]
    await (await this.#connection).run('release', RELEASE, keys, [...prefixes, lease])
  }

  get #leases(): string {
    return `${this.#prefix}leases`
  }
}
