/**
 * What the ends of a ClusterHub and its broker tell each other, and its form on the channel between two processes.
 *
 * That channel belongs to the whole program, and others use it as well: every message of a hub is an object with the name of the hub
 * under the key `typhoon:hub`. Payloads of bytes travel as base64, because the channel carries JSON unless the program chose otherwise.
 */
import type { PresenceEvent, PublishedMessage } from './hub.ts'
import type { HubMessageFields } from './hub-message.ts'
import type { Replay } from './message-log.ts'

/** What an end asks for. */
export type Request =
  | {
      readonly do: 'publish'
      readonly topic: string
      readonly data: string | Buffer
      readonly sender?: string | undefined
    }
  | {
      readonly do: 'subscribe'
      readonly topic: string
      readonly presence: boolean
      readonly since?: string | undefined
      readonly last: number
    }
  | { readonly do: 'unsubscribe'; readonly topic: string; readonly presence: boolean }
  | { readonly do: 'join'; readonly topic: string; readonly member: string }
  | { readonly do: 'leave'; readonly topic: string; readonly member: string }
  | { readonly do: 'members' | 'count'; readonly topic: string }
  | { readonly do: 'close' }

/** What a request is answered with. */
export interface Answers {
  publish: PublishedMessage
  subscribe: WireReplay | undefined
  unsubscribe: undefined
  join: undefined
  leave: undefined
  members: string[]
  count: number
  close: undefined
}

export type WireReplay = Omit<Replay, 'messages'> & { readonly messages: readonly HubMessageFields[] }

/** From an end: a request, or that it is there. */
export type EndFrame = { readonly do: 'hello' } | (Request & { readonly number: number })

/** From the broker: answers, news, and how things stand between the two. */
export type BrokerFrame =
  | { readonly kind: 'answer'; readonly number: number; readonly value?: Answers[keyof Answers] }
  | { readonly kind: 'refusal'; readonly number: number; readonly limit: string; readonly max: number }
  | { readonly kind: 'message'; readonly message: HubMessageFields }
  | { readonly kind: 'presence'; readonly event: PresenceEvent }
  | { readonly kind: 'gap'; readonly topic: string }
  | { readonly kind: 'present' | 'welcome' | 'closed' }

/** One message between two processes. */
export interface Envelope<Frame> {
  readonly 'typhoon:hub': string
  /** Number of the end within its process; none means all of the hub's. */
  readonly end?: number | undefined
  readonly frames: readonly Frame[]
}

const FRAME_SIZE = 256 // bytes: about what a frame takes besides its payload

/** What a message from another process is, if it is one of this kind; programs send each other all sorts of things. */
export function envelopeOf<Frame>(message: unknown): Envelope<Frame> | undefined {
  const isEnvelope = typeof message === 'object' && message !== null && 'typhoon:hub' in message
  return isEnvelope ? (message as Envelope<Frame>) : undefined // the key is ours
}

/** What a frame counts in a queue, in bytes. */
export function frameSize(frame: EndFrame | BrokerFrame): number {
  if ('do' in frame) return FRAME_SIZE + ('data' in frame ? frame.data.length : 0)
  if (frame.kind === 'message') return FRAME_SIZE + frame.message.data.length
  return FRAME_SIZE + replayedBy(frame).reduce((size, { data }) => size + FRAME_SIZE + data.length, 0)
}

/** The frame with every payload as plain JSON. */
export function pack<Frame extends EndFrame | BrokerFrame>(frame: Frame): unknown {
  return mapPayloads(frame, ({ topic, id, time, sender, data }: HubMessageFields) => {
    return { topic, id, time, sender, data: typeof data === 'string' ? data : { base64: data.toString('base64') } }
  })
}

/** What {@link pack} was given. */
export function unpack<Frame extends EndFrame | BrokerFrame>(packed: Frame): Frame {
  return mapPayloads(packed, (fields: HubMessageFields) => {
    const data = fields.data as string | { base64: string } // packed
    return { ...fields, data: typeof data === 'string' ? data : Buffer.from(data.base64, 'base64') }
  }) as Frame
}

function mapPayloads(frame: EndFrame | BrokerFrame, map: (message: HubMessageFields) => object): unknown {
  if ('do' in frame) return frame.do === 'publish' ? { ...frame, ...map({ ...frame, id: '', time: 0 }) } : frame
  if (frame.kind === 'message') return { ...frame, message: map(frame.message) }
  const messages = replayedBy(frame)
  if (frame.kind !== 'answer' || messages.length === 0) return frame
  return { ...frame, value: { ...(frame.value as WireReplay), messages: messages.map(map) } } // it has messages
}

function replayedBy(frame: BrokerFrame): readonly HubMessageFields[] {
  const value = frame.kind === 'answer' ? frame.value : undefined
  return typeof value === 'object' && 'messages' in value ? value.messages : []
}
