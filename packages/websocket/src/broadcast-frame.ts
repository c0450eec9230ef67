/** What a topic's message is on the wire, made once for all sockets that are sent the same bytes. */
import type { HubMessage } from '@typhoon/pubsub'
import type { Agreement } from './agreement.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'

/**
 * The frame of a message of a topic, the same object for all sockets with such an agreement.
 *
 * @param envelope - send `{ topic, id, time, data }` as JSON in place of the bare data, so that a client can resume by the id
 */
export function broadcastFrame(message: HubMessage, agreement: Agreement, envelope: boolean): OutgoingFrame {
  if (envelope) return message.encoding(agreement.envelopeEncoding, () => ({ bytes: agreement.encode(wrap(message)) }))
  return message.encoding(agreement.encoding, () => ({ bytes: agreement.encode(message.data) }))
}

/** Data that is JSON text becomes part of the envelope as it is; other text is a JSON string, and bytes are base64 in one. */
function wrap({ topic, id, time, data }: HubMessage): string {
  const value =
    typeof data === 'string' ? (isJSON(data) ? data : JSON.stringify(data)) : JSON.stringify(data.toString('base64'))
  return `{"topic":${JSON.stringify(topic)},"id":${JSON.stringify(id)},"time":${time},"data":${value}}`
}

function isJSON(text: string): boolean {
  if (!text.startsWith('{') && !text.startsWith('[')) return false // bare words, numbers and quoted text stay text
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
