import type { Hub, HubMessage } from '@typhoon/pubsub'

/** Keeps what a listener was given, and tells when it is enough. */
export class Recorder<T = HubMessage> {
  readonly items: T[] = []
  #waiting: { readonly enough: () => boolean; readonly resolve: () => void }[] = []

  readonly listener = (item: T): void => {
    this.items.push(item)
    this.#waiting = this.#waiting.filter(({ enough, resolve }) => !enough() || resolve())
  }

  async until(count: number): Promise<T[]> {
    await this.#wait(() => this.items.length >= count)
    return this.items
  }

  /** Settles when the newest item is this, or what `key` makes of it. */
  async includes(item: unknown, key: (item: T) => unknown = (kept) => kept): Promise<void> {
    await this.#wait(() => this.items.slice(-1).some((newest) => key(newest) === item))
  }

  async #wait(enough: () => boolean): Promise<void> {
    if (!enough()) await new Promise<void>((resolve) => this.#waiting.push({ enough, resolve }))
  }
}

export function texts(messages: readonly HubMessage[]): string[] {
  return messages.map(({ data }) => data.toString())
}

export function range(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `m${first + i}`)
}

export async function publishRange(hub: Hub, topic: string, first: number, last: number): Promise<string[]> {
  const ids: string[] = []
  for (const text of range(first, last)) ids.push((await hub.publish(topic, text)).id)
  return ids
}
