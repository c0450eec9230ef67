/**
 * What we use of `ws`, with types where `@types/ws` has none: the only file that imports it.
 *
 * On the server `ws` agrees on compression, takes frames apart, judges them and inflates; as a client it does everything.
 */
import type { Writable } from 'node:stream'
import type * as WS from 'ws'
import { CloseCode } from './close-code.ts'

export type { ClientOptions } from 'ws'

/** Takes frames apart; what it finds is told by the events `message`, `ping`, `pong`, `conclude` (a close frame) and `error`. */
export interface Receiver extends Writable {
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): this
  on(event: 'ping' | 'pong', listener: (data: Buffer) => void): this
  on(event: 'conclude', listener: (code: number, reason: Buffer) => void): this
  on(event: string, listener: (...args: never[]) => void): this
}

/** One side's end of permessage-deflate (RFC 7692); the parameters are agreed upon by `accept()`. */
export interface PerMessageDeflate {
  accept(offers: readonly ExtensionParameters[]): Readonly<Record<string, true | number>>
  cleanup(): void
}

/** The parameters of one offer, each with all its values. */
type ExtensionParameters = Record<string, (string | true)[]>

interface ReceiverOptions {
  readonly isServer: boolean
  readonly maxPayload: number
  readonly maxFragments: number
  readonly extensions: Readonly<Record<string, PerMessageDeflate>>
}

interface DeflateOptions {
  readonly isServer: boolean
  readonly maxPayload: number
  readonly serverNoContextTakeover: boolean
  readonly clientNoContextTakeover: boolean
  readonly concurrencyLimit: number
}

interface Extensions {
  parse(header: string): Readonly<Record<string, ExtensionParameters[]>>
  format(extensions: Readonly<Record<string, readonly Readonly<Record<string, true | number>>[]>>): string
}

/** What `ws` exports and its types do not. */
interface Untyped {
  readonly Receiver: new (options: ReceiverOptions) => Receiver
  readonly PerMessageDeflate: new (options: DeflateOptions) => PerMessageDeflate
  readonly extension: Extensions
}

export type WSModule = Untyped & { readonly WebSocket: typeof WS.WebSocket }

let loaded: WSModule | undefined

/**
 * Loads `ws` when the first handshake needs it: it takes longer than all else that a server needs to start.
 *
 * @returns undefined once it is there
 */
export function loadWS(): Promise<void> | undefined {
  if (loaded !== undefined) return undefined
  return import('ws').then((module) => {
    loaded = module as unknown as WSModule
  })
}

/** What `ws` exports; every connection begins behind {@link loadWS}. */
export function ws(): WSModule {
  if (loaded === undefined) throw new Error('loadWS() comes first')
  return loaded
}

/** A fragment costs memory beside its bytes: a message of the largest size may come in pieces of 64 bytes, not in much smaller ones. */
export function maxFragments(maxMessageSize: number): number {
  return Math.max(16 * 1024, Math.ceil(maxMessageSize / 64))
}

/** So does a piece of a frame as it comes from the network, and joining very many takes long. */
export function maxPieces(maxMessageSize: number): number {
  return Math.max(32 * 1024, Math.ceil(maxMessageSize / 1024))
}

/** The code to close with after an error that `ws` reports. */
export function violationCode(error: Error): number {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' || code === 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH')
    return CloseCode.tooBig
  if (code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') return CloseCode.policyViolation
  if (code === 'WS_ERR_INVALID_UTF8' || code?.startsWith('Z_') === true) return CloseCode.invalidPayload
  return code?.startsWith('WS_ERR_') === true ? CloseCode.protocolError : CloseCode.abnormal
}
