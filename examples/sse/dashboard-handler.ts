import { EventStreamHandler } from '@typhoon/core'
import type { HubListener, HubMessage, Subscription } from '@typhoon/pubsub'

/** Where the samples come from. */
export interface SampleSource {
  /**
   * Calls `listener` with the samples to come, and before them with those after `since`.
   *
   * @param since - the id of the last sample seen
   * @param onGap - called when samples after `since` are gone
   */
  follow(listener: HubListener, since: string | undefined, onGap: () => void): Promise<Subscription>
}

const RETRY = 1000 // ms
const MAX_WAITING = 200 // events; more than the history that a new reader gets

/**
 * The samples as events whose id is that of the sample, so that a browser that comes back goes on where it was cut off.
 *
 * One that does not take its events is let go; it comes back for what the history still has, rather than filling the memory.
 */
export class DashboardHandler extends EventStreamHandler {
  #source!: SampleSource
  #subscription: Subscription | undefined
  #waiting = 0
  #isLetGo = false

  override initialize({ source }: { source: SampleSource }): void {
    this.#source = source
  }

  override async get(): Promise<void> {
    try {
      await super.get() // until the stream is over
    } finally {
      await this.#subscription?.unsubscribe()
    }
  }

  override async open(): Promise<void> {
    await this.sendEvent({ event: 'hello', data: { pid: process.pid, uptime: process.uptime() }, retry: RETRY })
    const onGap = () => void this.sendEvent({ event: 'gap', data: '' }).catch(() => undefined)
    this.#subscription = await this.#source.follow((sample) => this.#send(sample), this.lastEventId, onGap)
  }

  #send({ id, data }: HubMessage): void {
    if (this.#isLetGo) return
    if (this.#waiting === MAX_WAITING) return this.#letGo()
    this.#waiting += 1
    void this.sendEvent({ id, data: data.toString() })
      .catch(() => undefined) // the reader has left, which ends get() as well
      .finally(() => {
        this.#waiting -= 1
      })
  }

  #letGo(): void {
    this.#isLetGo = true
    this.close() // behind what waits
  }
}
