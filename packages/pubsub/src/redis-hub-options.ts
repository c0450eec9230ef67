import type { ListenerErrorHandler } from './delivery.ts'
import { HubOptionError } from './errors.ts'
import { util } from './late-modules.ts'
import { MEMORY_HUB_DEFAULTS } from './memory-hub-options.ts'
import { checkInteger, LONGEST_TIMER, withDefaults } from './options.ts'

export interface RedisHubOptions {
  /** Where Redis or Valkey is: `redis://[[user]:password@]host[:port][/database]`, or `rediss:` for TLS. */
  url?: string | undefined
  /** In place of `url`: URLs of some nodes of a Redis Cluster, which name the others. */
  cluster?: readonly string[] | undefined
  /** What the names of all keys and channels begin with; hubs of one prefix belong together. @defaultValue 'typhoon:' */
  prefix?: string | undefined
  /** Most messages kept per topic; 0 keeps none. @defaultValue 1000 */
  maxHistoryMessages?: number | undefined
  /** How long the history of a topic is kept after its last message, in milliseconds. @defaultValue 300000 */
  maxHistoryAge?: number | undefined
  /** After how long the members and subscriptions of a process that died are taken out, in milliseconds. @defaultValue 15000 */
  leaseTime?: number | undefined
  /** How long Redis may take to answer, in milliseconds; beyond that it counts as out of reach. @defaultValue 10000 */
  requestTimeout?: number | undefined
  /** Most subscriptions of this process at a time. @defaultValue 1000000 */
  maxSubscriptions?: number | undefined
  /** Most memberships of this process at a time. @defaultValue 100000 */
  maxMemberships?: number | undefined
  /** Told of an error that a listener threw. By default it becomes an uncaught exception. */
  onError?: ListenerErrorHandler | undefined
}

export type ResolvedRedisHubOptions = { readonly [Name in keyof RedisHubOptions]-?: NonNullable<RedisHubOptions[Name]> }

const { maxHistoryMessages, maxHistoryAge, maxSubscriptions, maxMemberships, onError } = MEMORY_HUB_DEFAULTS
const DEFAULTS: ResolvedRedisHubOptions = {
  url: '',
  cluster: [],
  prefix: 'typhoon:',
  maxHistoryMessages,
  maxHistoryAge,
  leaseTime: 15_000,
  requestTimeout: 10_000,
  maxSubscriptions,
  maxMemberships,
  onError,
}

/** Fills in and checks the options: once, when the hub is made. */
export function resolveRedisHubOptions(given: RedisHubOptions): ResolvedRedisHubOptions {
  const options = withDefaults('RedisHubOptions', DEFAULTS, given)
  checkServers(options)
  if (typeof options.prefix !== 'string' || /[{}]/.test(options.prefix)) {
    throw new HubOptionError(`prefix must be text without braces, got ${util.inspect(options.prefix)}`)
  }
  checkInteger('maxHistoryMessages', options.maxHistoryMessages, 0, Number.MAX_SAFE_INTEGER)
  checkInteger('maxHistoryAge', options.maxHistoryAge, 1, LONGEST_TIMER)
  checkInteger('leaseTime', options.leaseTime, 100, LONGEST_TIMER)
  checkInteger('requestTimeout', options.requestTimeout, 1, LONGEST_TIMER)
  checkInteger('maxSubscriptions', options.maxSubscriptions, 1, Number.MAX_SAFE_INTEGER)
  checkInteger('maxMemberships', options.maxMemberships, 1, Number.MAX_SAFE_INTEGER)
  if (typeof options.onError !== 'function') throw new HubOptionError('onError must be a function')
  return Object.freeze(options)
}

function checkServers({ url, cluster }: ResolvedRedisHubOptions): void {
  const isURL = (given: unknown): boolean =>
    typeof given === 'string' && /^rediss?:\/\//.test(given) && URL.canParse(given)
  if (!Array.isArray(cluster) || !cluster.every(isURL)) {
    throw new HubOptionError('cluster must be a list of URLs of nodes, such as redis://127.0.0.1:6379')
  }
  if (cluster.length > 0 ? url !== '' : !isURL(url)) {
    throw new HubOptionError(
      'url must be that of a Redis server, such as redis://127.0.0.1:6379, or empty beside cluster',
    )
  }
}
