import { EventStreamHandler, encodeEvent } from '@typhoon/core'
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

/**
 * The samples as events whose id is that of the sample, so that a browser that comes back goes on where it was cut off.
 *
 * One that does not take its events is cut off; it comes back for what the history still has, rather than filling the memory.
 */
export class DashboardHandler extends EventStreamHandler {
  static override readonly maxBufferedBytes: number = 64 * 1024 // more than the history that a new reader gets
  #source!: SampleSource
  #subscription: Subscription | undefined

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

  #send(sample: HubMessage): void {
    const event = sample.encoding(encodeSample, encodeSample) // once for all readers
    void this.sendEvent(event).catch(() => undefined) // the reader has left, which ends get() as well
  }
}

function encodeSample({ id, data }: HubMessage): Buffer {
  return encodeEvent({ id, data: data.toString() })
}
