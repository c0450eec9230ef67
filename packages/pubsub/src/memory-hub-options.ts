import type { ListenerErrorHandler } from './delivery.ts'
import { HubOptionError } from './errors.ts'
import type { MessageLogLimits } from './message-log.ts'
import { checkInteger, LONGEST_TIMER, withDefaults } from './options.ts'

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

export const MEMORY_HUB_DEFAULTS: ResolvedMemoryHubOptions = {
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
  const options = withDefaults('MemoryHubOptions', MEMORY_HUB_DEFAULTS, given)
  checkMemoryHubOptions(options)
  return Object.freeze(options)
}

/** @throws {@link HubOptionError} if one is out of range */
export function checkMemoryHubOptions(options: ResolvedMemoryHubOptions): void {
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
}

/** The limits of the history among the options. */
export function logLimits(options: ResolvedMemoryHubOptions): MessageLogLimits {
  return {
    maxMessages: options.maxHistoryMessages,
    maxSize: options.maxHistorySize,
    maxAge: options.maxHistoryAge,
    maxTopics: options.maxHistoryTopics,
    maxTotalSize: options.maxHistoryTotalSize,
  }
}

function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
