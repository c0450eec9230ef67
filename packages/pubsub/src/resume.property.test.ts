/**
 * Clients that come and go at any time, seen from outside: what a client has heard over all its connections is every message of its
 * topic since it first came, once and in order, except where the hub told it of a gap; and a gap is told only when the history was
 * too short.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type HubMessage, MemoryHub, type Subscription } from './index.ts'

const TOPICS = ['a', 'b', 'c']
const ECHO = 'echo '

/** What a client does by itself, while it is being given a message. */
interface Script {
  /** Publishes an answer to every message that is not an answer. */
  echoes: boolean
  /** Unsubscribes after so many messages. */
  leavesAfter: number
  /** Then resumes at once. */
  returns: boolean
}

class Server {
  readonly hub: MemoryHub
  readonly maxHistoryMessages: number
  readonly published: Record<string, string[]> = Object.fromEntries(TOPICS.map((topic) => [topic, []]))
  readonly problems: unknown[] = []

  constructor(maxHistoryMessages: number) {
    this.hub = new MemoryHub({ maxHistoryMessages, onError: (error) => this.problems.push(error) })
    this.maxHistoryMessages = maxHistoryMessages
  }

  async publish(topic: string, text: string): Promise<void> {
    this.published[topic]?.push(text)
    await this.hub.publish(topic, text)
  }
}

class Client {
  readonly #server: Server
  readonly #topic: string
  #script: Script = { echoes: false, leavesAfter: 0, returns: false }
  #lastId: string | undefined
  #next = 0 // place in #all of the message that comes next
  #connections = 0
  #subscription: Promise<Subscription> | undefined

  constructor(server: Server, topic: string) {
    this.#server = server
    this.#topic = topic
  }

  get connected(): boolean {
    return this.#subscription !== undefined
  }

  get upToDate(): boolean {
    return this.#next === this.#all.length
  }

  get #all(): string[] {
    return this.#server.published[this.#topic] ?? []
  }

  connect(script: Script): void {
    this.#script = { ...script }
    if (this.#lastId === undefined) this.#next = this.#all.length
    const connection = ++this.#connections
    const subscription = this.#server.hub.subscribe(this.#topic, this.#hear, { since: this.#lastId, onGap: this.#jump })
    if (connection === this.#connections) this.#subscription = subscription // else it has left during the replay
  }

  async disconnect(): Promise<void> {
    const subscription = await this.#subscription
    if (subscription) this.#leave(subscription)
  }

  #leave(subscription: Subscription): void {
    void subscription.unsubscribe()
    this.#lastId = subscription.lastId
    this.#subscription = undefined
    this.#connections++
  }

  readonly #jump = (): void => {
    const { maxHistoryMessages } = this.#server
    const missed = this.#all.length - this.#next
    if (missed <= maxHistoryMessages) this.#server.problems.push(`a gap in ${missed} messages`)
    this.#next = this.#all.length - maxHistoryMessages // everything kept is to follow
  }

  readonly #hear = ({ data, id }: HubMessage, subscription: Subscription): void => {
    const text = data.toString()
    const expected = this.#all[this.#next++]
    if (text !== expected) this.#server.problems.push(`${text} instead of ${expected}`)
    if (subscription.lastId !== id) this.#server.problems.push(`lastId ${subscription.lastId} at ${id}`)
    const { echoes, leavesAfter, returns } = this.#script
    if (echoes && !text.startsWith(ECHO)) void this.#server.publish(this.#topic, `${ECHO}${text}`)
    this.#script.leavesAfter = leavesAfter - 1
    if (leavesAfter !== 1) return
    this.#leave(subscription)
    if (returns) this.connect({ echoes, leavesAfter: 0, returns: false })
  }
}

const publishing = fc.record({ kind: fc.constant('publish' as const), topic: fc.constantFrom(...TOPICS) })
const toggling = fc.record({
  kind: fc.constant('toggle' as const),
  client: fc.nat(7),
  script: fc.record({ echoes: fc.boolean(), leavesAfter: fc.nat(4), returns: fc.boolean() }),
})

test('any interleaving of publish, subscribe, unsubscribe and resume: nothing lost or twice without a gap', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(6),
      fc.array(fc.oneof(publishing, toggling), { minLength: 10, maxLength: 100, size: 'max' }),
      async (maxHistoryMessages, steps) => {
        const server = new Server(maxHistoryMessages)
        const clients = Array.from({ length: 8 }, (_, i) => new Client(server, TOPICS[i % TOPICS.length] ?? 'a'))
        for (const [i, step] of steps.entries()) {
          if (step.kind === 'publish') await server.publish(step.topic, `m${i}`)
          else if (clients[step.client]?.connected) await clients[step.client]?.disconnect()
          else clients[step.client]?.connect(step.script)
        }
        expect(server.problems).toEqual([])
        expect(clients.filter(({ connected, upToDate }) => connected && !upToDate)).toEqual([])
        await server.hub.close()
      },
    ),
    { numRuns: 500 },
  )
})
