import { HubOptionError } from './errors.ts'
import {
  checkMemoryHubOptions,
  MEMORY_HUB_DEFAULTS,
  type MemoryHubOptions,
  type ResolvedMemoryHubOptions,
} from './memory-hub-options.ts'
import { checkInteger, LONGEST_TIMER, withDefaults } from './options.ts'

/** The limits hold for all processes together, and are those of the hub that was made first in the first process. */
export interface ClusterHubOptions extends MemoryHubOptions {
  /** Hubs of one name belong together; different names have nothing in common. @defaultValue 'hub' */
  name?: string | undefined
  /**
   * Most bytes that wait between two processes, in either direction. `publish()`, `subscribe()` and `join()` are refused beyond that; a
   * process that does not read gets the rest from the history later, or a gap. @defaultValue 16 MiB
   */
  maxQueueSize?: number | undefined
  /** Longest wait of a worker for the hub of the first process, in milliseconds. @defaultValue 10000 */
  connectTimeout?: number | undefined
}

export type ResolvedClusterHubOptions = ResolvedMemoryHubOptions & {
  readonly name: string
  readonly maxQueueSize: number
  readonly connectTimeout: number
}

const DEFAULTS: ResolvedClusterHubOptions = {
  ...MEMORY_HUB_DEFAULTS,
  name: 'hub',
  maxQueueSize: 16 * 1024 * 1024,
  connectTimeout: 10_000,
}

/** Fills in and checks the options: once, when the hub is made. */
export function resolveClusterHubOptions(given: ClusterHubOptions): ResolvedClusterHubOptions {
  const options = withDefaults('ClusterHubOptions', DEFAULTS, given)
  checkMemoryHubOptions(options)
  if (typeof options.name !== 'string') throw new HubOptionError(`name must be a string, got ${typeof options.name}`)
  checkInteger('maxQueueSize', options.maxQueueSize, 1024, Number.MAX_SAFE_INTEGER)
  checkInteger('connectTimeout', options.connectTimeout, 1, LONGEST_TIMER)
  return Object.freeze(options)
}
