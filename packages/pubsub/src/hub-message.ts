import { HubInputError } from './errors.ts'
import { util } from './late-modules.ts'

export interface HubMessageFields {
  readonly topic: string
  readonly id: string
  readonly data: string | Buffer
  readonly time: number
  readonly sender?: string | undefined
}

const MAX_ENCODINGS = 8

/**
 * One published message. Every listener of a hub is given the same object, so what is kept with it is made once for all of them.
 *
 * Treat it as constant, the bytes of `data` included: listeners and the history share them.
 */
export class HubMessage {
  readonly topic: string
  /** Greater than the id of every earlier message of the topic, see {@link compareMessageIds}; to be given back as `since`. */
  readonly id: string
  /** What was published: text as text, bytes as bytes. */
  readonly data: string | Buffer
  /** When the hub accepted it, in milliseconds since 1970. */
  readonly time: number
  /** Who published it, if the publisher said so. */
  readonly sender: string | undefined
  /** The form that was asked for last; mostly there is one, and no map is made for it. */
  #lastKey: unknown
  #lastForm: unknown
  #forms: Map<unknown, unknown> | undefined

  constructor({ topic, id, data, time, sender }: HubMessageFields) {
    this.topic = topic
    this.id = id
    this.data = data
    this.time = time
    this.sender = sender
  }

  /**
   * The message in the form that a transport sends: made by the first caller, the same value for the others.
   *
   * It is kept with the message, and so for as long as the history keeps that. At most 8 forms are kept; for one more, the
   * oldest makes way. A `make` that throws keeps nothing.
   *
   * @param key - names the form, by identity: a string, or an object such as negotiated parameters; one key always means one type
   * @param make - encodes the message
   *
   * @example
   * const event = message.encoding('event-stream', ({ id, data }) => Buffer.from(`id: ${id}\ndata: ${data}\n\n`))
   */
  encoding<T>(key: string | symbol | object, make: (message: HubMessage) => T): T {
    if (this.#lastKey === key) return this.#lastForm as T // by the contract of `key`
    const form = this.#forms?.has(key) === true ? this.#forms.get(key) : make(this)
    if (this.#lastKey !== undefined) this.#keep(this.#lastKey, this.#lastForm)
    this.#lastKey = key
    this.#lastForm = form
    if (this.#forms !== undefined) this.#keep(key, form)
    return form as T
  }

  #keep(key: unknown, form: unknown): void {
    this.#forms ??= new Map()
    if (this.#forms.has(key)) return
    if (this.#forms.size >= MAX_ENCODINGS) this.#forms.delete(this.#forms.keys().next().value)
    this.#forms.set(key, form)
  }
}

/**
 * The payload as the hub keeps it: bytes are copied, because their owner may use them again, and because a few bytes of a large
 * shared buffer would hold all of it in memory.
 *
 * @throws {@link HubInputError} unless `data` is text or a `Uint8Array`
 */
export function ownPayload(data: string | Uint8Array): string | Buffer {
  if (typeof data === 'string') return data
  if (!util.types.isUint8Array(data)) {
    throw new HubInputError(
      `a message is a string or a Uint8Array, got ${data === null ? 'null' : typeof data}; use JSON.stringify for values`,
    )
  }
  const copy = Buffer.allocUnsafeSlow(data.byteLength) // not from the shared pool, which it might outlive
  copy.set(data)
  return copy
}
