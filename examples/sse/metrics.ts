import { LoopMonitor, type Middleware, PeriodicCallback } from '@typhoon/core'
import { type HubListener, MemoryHub, type Subscription } from '@typhoon/pubsub'
import type { SampleSource } from './dashboard-handler.ts'

/** What the dashboard shows of one second. */
export interface Sample {
  /** In milliseconds since 1970. */
  readonly time: number
  /** By how much the event loop lags, in milliseconds. */
  readonly lag: number
  /** Resident memory in bytes, and the part of it that JavaScript values take. */
  readonly memory: number
  readonly heap: number
  /** Requests per second. */
  readonly rate: number
  /** Event streams that are open. */
  readonly readers: number
}

const TOPIC = 'samples'
const INTERVAL = 1000 // ms
const KEPT = 120 // samples

/** Measures this process once a second, for any number of readers. */
export class Metrics implements SampleSource {
  /** Counts requests. */
  readonly middleware: Middleware = (handler, next) => {
    this.#requests += 1
    return this.#monitor.middleware(handler, next)
  }
  readonly #hub = new MemoryHub({ maxHistoryMessages: KEPT })
  readonly #monitor = new LoopMonitor()
  readonly #beat = new PeriodicCallback(() => this.#measure(), INTERVAL, { unref: true })
  #requests = 0
  #measured = performance.now()

  start(): void {
    this.#beat.start()
  }

  async stop(): Promise<void> {
    this.#beat.stop()
    this.#monitor.stop()
    await this.#hub.close()
  }

  /** Without `since`, the last two minutes come first. */
  follow(listener: HubListener, since: string | undefined, onGap: () => void): Promise<Subscription> {
    return this.#hub.subscribe(TOPIC, listener, since === undefined ? { last: KEPT } : { since, onGap })
  }

  async #measure(): Promise<void> {
    const now = performance.now()
    const { rss, heapUsed } = process.memoryUsage()
    const sample: Sample = {
      time: Date.now(),
      lag: this.#monitor.lag,
      memory: rss,
      heap: heapUsed,
      rate: (this.#requests * 1000) / (now - this.#measured),
      readers: await this.#hub.count(TOPIC),
    }
    this.#requests = 0
    this.#measured = now
    await this.#hub.publish(TOPIC, JSON.stringify(sample))
  }
}
