/** Settings that a WebSocket handler class has as static members, read and checked once for each class. */
import { OptionError } from '@typhoon/core'
import type { ConnectionLimits } from './agreement.ts'
import { COMPRESSION_DEFAULTS, type WebSocketCompressionOptions } from './compression.ts'
import type { SlowConsumerPolicy } from './send-budget.ts'

/** The static members of a handler class, as they are declared. */
export interface WebSocketStatics {
  readonly maxMessageSize: number
  readonly maxMessageRate: number
  readonly maxConnectionsPerAddress: number
  readonly maxSubscriptions: number
  readonly maxBufferedBytes: number
  readonly slowConsumer: SlowConsumerPolicy
  readonly pingInterval: number
  readonly pingTimeout: number
  readonly idleTimeout: number
  readonly closeTimeout: number
  readonly shutdownCode: number
  readonly compression: boolean | WebSocketCompressionOptions
}

/** Settings, all filled in and checked. */
export interface WebSocketSettings extends Omit<WebSocketStatics, 'compression'>, ConnectionLimits {}

const LONGEST_TIMER = 2 ** 31 - 1 // ms; Node fires a longer one after 1 ms
const LARGEST_MESSAGE = 2 ** 31 - 1 // bytes; ws counts in 32 bits
const ANY = Number.MAX_SAFE_INTEGER

const RANGES = {
  maxMessageSize: [1, LARGEST_MESSAGE],
  maxMessageRate: [0, ANY],
  maxConnectionsPerAddress: [0, ANY],
  maxSubscriptions: [1, ANY],
  maxBufferedBytes: [1, ANY],
  pingInterval: [0, LONGEST_TIMER],
  pingTimeout: [1, LONGEST_TIMER],
  idleTimeout: [0, LONGEST_TIMER],
  closeTimeout: [1, LONGEST_TIMER],
} as const

const POLICIES: readonly unknown[] = ['close', 'dropNewest', 'dropOldest', 'wait']
const known = new WeakMap<object, WebSocketSettings>()

/** @throws {@link OptionError} with the name of the class, the setting, and what is expected */
export function settingsOf(Handler: WebSocketStatics & { readonly name: string }): WebSocketSettings {
  const found = known.get(Handler)
  if (found !== undefined) return found
  check(Handler)
  const settings: WebSocketSettings = Object.freeze({
    maxMessageSize: Handler.maxMessageSize,
    maxMessageRate: Handler.maxMessageRate,
    maxConnectionsPerAddress: Handler.maxConnectionsPerAddress,
    maxSubscriptions: Handler.maxSubscriptions,
    maxBufferedBytes: Handler.maxBufferedBytes,
    slowConsumer: Handler.slowConsumer,
    pingInterval: Handler.pingInterval,
    pingTimeout: Handler.pingTimeout,
    idleTimeout: Handler.idleTimeout,
    closeTimeout: Handler.closeTimeout,
    shutdownCode: Handler.shutdownCode,
    compression: resolveCompression(Handler),
  })
  known.set(Handler, settings)
  return settings
}

function check(Handler: WebSocketStatics & { readonly name: string }): void {
  for (const [name, [min, max]] of Object.entries(RANGES)) {
    checkInteger(`${Handler.name}.${name}`, Handler[name as keyof typeof RANGES], min, max) // Object.entries widens the names
  }
  const { slowConsumer, shutdownCode } = Handler
  const isLatest =
    typeof slowConsumer === 'object' && slowConsumer !== null && typeof slowConsumer.latestPer === 'function'
  if (!POLICIES.includes(slowConsumer) && !isLatest) {
    throw new OptionError(
      `${Handler.name}.slowConsumer must be one of ${POLICIES.join(', ')} or { latestPer: function }`,
    )
  }
  if (shutdownCode !== 1001 && shutdownCode !== 1012) {
    throw new OptionError(`${Handler.name}.shutdownCode must be 1001 or 1012, got ${shutdownCode}`)
  }
}

function resolveCompression({ name, compression }: Pick<WebSocketStatics, 'compression'> & { readonly name: string }) {
  if (compression === false) return undefined
  const options: Required<WebSocketCompressionOptions> = {
    ...COMPRESSION_DEFAULTS,
    ...(compression === true ? {} : compression),
  }
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(COMPRESSION_DEFAULTS, key)) throw new OptionError(`${name}.compression has no option ${key}`)
  }
  checkInteger(`${name}.compression.level`, options.level, 1, 9)
  checkInteger(`${name}.compression.memLevel`, options.memLevel, 1, 9)
  checkInteger(`${name}.compression.threshold`, options.threshold, 0, ANY)
  checkInteger(`${name}.compression.concurrency`, options.concurrency, 1, ANY)
  return options
}

function checkInteger(name: string, value: unknown, min: number, max: number): void {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return // isInteger has seen a number
  throw new OptionError(`${name} must be a whole number from ${min} to ${max}, got ${String(value)}`)
}
