import { inspect } from 'node:util'
import type { ListenerErrorHandler } from './delivery.ts'
import { HubOptionError } from './errors.ts'

export interface MemoryHubOptions {
  /** Most messages kept per topic; 0 keeps none. @defaultValue 1000 */
  maxHistoryMessages?: number | undefined
  /** Most bytes kept per topic. A message counts its payload (text as UTF-8) and 256 bytes. @defaultValue 1 MiB */
  maxHistorySize?: number | undefined
  /** Longest time a message is kept, in milliseconds. @defaultValue 300000 */
  maxHistoryAge?: number | undefined
  /** Most bytes kept in all topics together; the topic that was quiet for longest loses its messages first. @defaultValue 64 MiB */
  maxHistoryTotalSize?: number | undefined
  /** Most topics remembered; the one that was quiet for longest is forgotten first. Listeners are not affected. @defaultValue 10000 */
  maxHistoryTopics?: number | undefined
  /** Most subscriptions at a time, to all topics together. @defaultValue 1000000 */
  maxSubscriptions?: number | undefined
  /** Most memberships at a time, in all topics together. @defaultValue 100000 */
  maxMemberships?: number | undefined
  /** Told of an error that a listener threw. By default it becomes an uncaught exception, as with Node's own event targets. */
  onError?: ListenerErrorHandler | undefined
}

export type ResolvedMemoryHubOptions = {
  readonly [Name in keyof MemoryHubOptions]-?: NonNullable<MemoryHubOptions[Name]>
}

const MIB = 1024 * 1024
const LONGEST_TIMER = 2 ** 31 - 1 // ms; Node fires a longer one after 1 ms

const DEFAULTS: ResolvedMemoryHubOptions = {
  maxHistoryMessages: 1000,
  maxHistorySize: MIB,
  maxHistoryAge: 300_000,
  maxHistoryTotalSize: 64 * MIB,
  maxHistoryTopics: 10_000,
  maxSubscriptions: 1_000_000,
  maxMemberships: 100_000,
  onError: throwUncaught,
}

const RANGES = {
  maxHistoryMessages: [0, Number.MAX_SAFE_INTEGER],
  maxHistorySize: [0, Number.MAX_SAFE_INTEGER],
  maxHistoryAge: [1, LONGEST_TIMER],
  maxHistoryTotalSize: [0, Number.MAX_SAFE_INTEGER],
  maxHistoryTopics: [1, Number.MAX_SAFE_INTEGER],
  maxSubscriptions: [1, Number.MAX_SAFE_INTEGER],
  maxMemberships: [1, Number.MAX_SAFE_INTEGER],
} as const

/** Fills in and checks the options: once, when the hub is made. */
export function resolveMemoryHubOptions(given: MemoryHubOptions): ResolvedMemoryHubOptions {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(DEFAULTS, name)) continue
    throw new HubOptionError(`MemoryHubOptions has no option ${name}; it has ${Object.keys(DEFAULTS).join(', ')}`)
  }
  const chosen = Object.entries(given).filter(([, value]) => value !== undefined)
  const options: ResolvedMemoryHubOptions = { ...DEFAULTS, ...Object.fromEntries(chosen) }
  for (const [name, [min, max]] of Object.entries(RANGES)) {
    checkInteger(name, options[name as keyof typeof RANGES], min, max) // Object.entries widens the names
  }
  if (typeof options.onError !== 'function') {
    throw new HubOptionError(`onError must be a function, got ${typeof options.onError}`)
  }
  if (options.maxHistorySize > options.maxHistoryTotalSize) {
    throw new HubOptionError(
      `maxHistorySize must not exceed maxHistoryTotalSize, got ${options.maxHistorySize} and ${options.maxHistoryTotalSize}`,
    )
  }
  return Object.freeze(options)
}

function checkInteger(name: string, value: unknown, min: number, max: number): void {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return // isInteger has seen a number
  throw new HubOptionError(`${name} must be a whole number from ${min} to ${max}, got ${inspect(value)}`)
}

function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
