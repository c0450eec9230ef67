import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import {
  type ClusterHubOptions,
  type Hub,
  HubClosedError,
  type HubListener,
  HubMessage,
  type HubMessageFields,
  type Membership,
  type PublishedMessage,
  type PublishOptions,
  type SubscribeOptions,
  type Subscription,
} from '@typhoon/pubsub'

export type WireData = string | { readonly base64: string }

/** What a worker is asked to do. */
export interface Call {
  readonly call: string
  readonly number: number
  readonly hub: number
  readonly of?: number | undefined
  readonly topic?: string
  readonly member?: string
  readonly sender?: string | undefined
  readonly count?: number
  readonly data?: WireData
  readonly options?: object
}

interface Report {
  readonly ready?: boolean
  readonly blocked?: boolean
  readonly answer?: number
  readonly value?: unknown
  readonly error?: { readonly name: string; readonly message: string }
  readonly heard?: number
  readonly message?: Omit<HubMessageFields, 'data'> & { readonly data: WireData }
  readonly gap?: number
}

let numbers = 0

/** A process forked by `node:cluster` that does with its hubs what it is told. */
export class HubWorker {
  readonly #worker: Worker
  readonly #calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  readonly #listeners = new Map<number, { hear: (message: HubMessage) => void; gap: () => void }>()
  readonly #ready: Promise<void>
  readonly blocked: Promise<void>

  constructor() {
    cluster.setupPrimary({
      exec: fileURLToPath(new URL('fixtures/hub-worker.ts', import.meta.url)),
      execArgv: ['--import', 'tsx', '--conditions=typhoon-source'],
    })
    this.#worker = cluster.fork()
    this.#ready = this.#reported('ready')
    this.blocked = this.#reported('blocked')
    this.#worker.on('message', (report: Report) => this.#take(report))
    this.#worker.on('disconnect', () => {
      for (const { reject } of this.#calls.values()) reject(new Error('the worker is gone'))
    })
  }

  static async start(): Promise<HubWorker> {
    const worker = new HubWorker()
    await worker.#ready
    return worker
  }

  async open(options: Omit<ClusterHubOptions, 'onError'>): Promise<RemoteHub> {
    const hub = ++numbers
    await this.call({ call: 'open', hub, options })
    return new RemoteHub(this, hub)
  }

  call<T>(call: Omit<Call, 'number'>, number: number = ++numbers): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#calls.set(number, { resolve: resolve as (value: unknown) => void, reject }) // the worker answers in kind
      this.#worker.send({ ...call, number })
    })
  }

  hear(number: number, hear: (message: HubMessage) => void, gap: () => void): void {
    this.#listeners.set(number, { hear, gap })
  }

  async kill(): Promise<void> {
    if (this.#worker.isDead()) return
    const gone = once(this.#worker, 'exit')
    this.#worker.process.kill('SIGKILL')
    await gone
  }

  async #reported(name: 'ready' | 'blocked'): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#worker.on('message', (report: Report) => report[name] && resolve())
    })
  }

  #take({ answer, value, error, heard, message, gap }: Report): void {
    if (answer !== undefined) {
      const call = this.#calls.get(answer)
      this.#calls.delete(answer)
      if (error?.name === 'HubClosedError') call?.reject(new HubClosedError(error.message))
      else if (error) call?.reject(Object.assign(new Error(error.message), { name: error.name }))
      else call?.resolve(value)
    }
    if (gap !== undefined) this.#listeners.get(gap)?.gap()
    if (heard === undefined || !message) return
    const data = typeof message.data === 'string' ? message.data : Buffer.from(message.data.base64, 'base64')
    this.#listeners.get(heard)?.hear(new HubMessage({ ...message, data }))
  }
}

/** A hub of a worker. Its listeners are called here a little later than there, so what they do in return comes later, too. */
export class RemoteHub implements Hub {
  readonly #worker: HubWorker
  readonly #hub: number

  constructor(worker: HubWorker, hub: number) {
    this.#worker = worker
    this.#hub = hub
  }

  publish(topic: string, message: string | Uint8Array, { sender }: PublishOptions = {}): Promise<PublishedMessage> {
    const data = typeof message === 'string' ? message : { base64: Buffer.from(message).toString('base64') }
    return this.#worker.call({ call: 'publish', hub: this.#hub, topic, data, sender })
  }

  publishMany(topic: string, count: number): Promise<number> {
    return this.#worker.call({ call: 'publishMany', hub: this.#hub, topic, count })
  }

  async subscribe(topic: string, listener: HubListener, options: SubscribeOptions = {}): Promise<Subscription> {
    const number = ++numbers
    const state = { topic, gap: false, lastId: undefined as string | undefined }
    const subscription: Subscription = Object.assign(state, {
      unsubscribe: () => this.#worker.call<void>({ call: 'unsubscribe', hub: this.#hub, of: number }),
    })
    const gap = (): void => {
      state.gap = true
      options.onGap?.(subscription)
    }
    this.#worker.hear(number, (message) => listener(message, subscription), gap)
    Object.assign(state, await this.#worker.call<object>({ call: 'subscribe', hub: this.#hub, topic, options }, number))
    return subscription
  }

  async join(topic: string, member: string): Promise<Membership> {
    const number = ++numbers
    await this.#worker.call({ call: 'join', hub: this.#hub, topic, member }, number)
    return { topic, member, leave: () => this.#worker.call({ call: 'leave', hub: this.#hub, of: number }) }
  }

  members(topic: string): Promise<string[]> {
    return this.#worker.call({ call: 'members', hub: this.#hub, topic })
  }

  count(topic: string): Promise<number> {
    return this.#worker.call({ call: 'count', hub: this.#hub, topic })
  }

  close(): Promise<void> {
    return this.#worker.call({ call: 'close', hub: this.#hub })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
