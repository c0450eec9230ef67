/**
 * What a class of handlers and a client have agreed upon: the limits of the class, and compression.
 *
 * Sockets with the same agreement share this object, the frames of a broadcast, and the readers of messages that came in parts.
 */
import { Deflater, serverWindowBits, type WebSocketCompressionOptions } from './compression.ts'
import { encodeFrame, Opcode } from './frame.ts'
import { MessageReader } from './message-reader.ts'
import type { SendLimits } from './send-budget.ts'
import { type PerMessageDeflate, ws } from './ws.ts'

/** What a connection must keep to; sizes are in bytes, times in milliseconds. */
export interface ConnectionLimits extends SendLimits {
  readonly maxMessageSize: number
  /** How long the peer may take to answer a close frame. */
  readonly closeTimeout: number
  readonly compression: Required<WebSocketCompressionOptions> | undefined
}

const DEFLATE = 'permessage-deflate'
const MAX_SPARE_READERS = 16

const agreements = new WeakMap<ConnectionLimits, Map<string, Agreement>>()

export class Agreement {
  readonly limits: ConnectionLimits
  /** The value of Sec-WebSocket-Extensions in the answer; empty for none. */
  readonly extensions: string
  /** Names the form in which messages are sent, for all agreements that send the same bytes. */
  readonly encoding: string
  /** The same for messages in an envelope. */
  readonly envelopeEncoding: string
  readonly #deflater: Deflater | undefined
  readonly #spareReaders: MessageReader[] = []

  private constructor(limits: ConnectionLimits, extensions: string) {
    const { compression } = limits
    this.limits = limits
    this.extensions = extensions
    if (compression !== undefined && extensions !== '')
      this.#deflater = new Deflater(compression, serverWindowBits(extensions))
    this.encoding = `websocket ${this.#deflater?.key ?? 'plain'}`
    this.envelopeEncoding = `${this.encoding} envelope`
  }

  /** @param deflateOffers - the offers of permessage-deflate, already checked, if the client has made any */
  static of(limits: ConnectionLimits, deflateOffers: string | undefined): Agreement {
    const extensions =
      limits.compression === undefined || deflateOffers === undefined ? '' : agreeOnDeflate(limits, deflateOffers)
    const known = agreements.get(limits) ?? new Map<string, Agreement>()
    agreements.set(limits, known)
    const agreement = known.get(extensions) ?? new Agreement(limits, extensions)
    known.set(extensions, agreement) // the parameters have few values, so there are few of them
    return agreement
  }

  /** A message as it goes over the wire. */
  encode(message: string | Uint8Array, binary: boolean = typeof message !== 'string'): Buffer {
    const opcode = binary ? Opcode.binary : Opcode.text
    const deflater = this.#deflater
    if (deflater === undefined || !deflater.suits(message.length)) return encodeFrame(opcode, message)
    return encodeFrame(opcode, deflater.deflate(message), true)
  }

  takeReader(): MessageReader {
    return this.#spareReaders.pop() ?? this.#makeReader()
  }

  /** Takes a reader back that has read all it was given. */
  giveReader(reader: MessageReader): void {
    if (this.#spareReaders.length < MAX_SPARE_READERS) this.#spareReaders.push(reader)
    else reader.close()
  }

  #makeReader(): MessageReader {
    const { maxMessageSize } = this.limits
    if (this.extensions === '') return new MessageReader(maxMessageSize, undefined)
    const inflater = deflateExtension(this.limits)
    inflater.accept(ws().extension.parse(this.extensions)[DEFLATE] ?? [])
    return new MessageReader(maxMessageSize, inflater)
  }
}

function deflateExtension({ maxMessageSize, compression }: ConnectionLimits): PerMessageDeflate {
  return new (ws().PerMessageDeflate)({
    isServer: true,
    maxPayload: maxMessageSize,
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    concurrencyLimit: compression?.concurrency ?? 1,
  })
}

function agreeOnDeflate(limits: ConnectionLimits, offers: string): string {
  const parameters = deflateExtension(limits).accept(ws().extension.parse(offers)[DEFLATE] ?? [])
  // sorted, or a client could make very many agreements of the same parameters
  const sorted = Object.fromEntries(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)))
  return ws().extension.format({ [DEFLATE]: [sorted] })
}
