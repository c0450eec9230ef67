export { RedisHub } from './redis-hub.ts'
export type { RedisHubOptions } from './redis-hub-options.ts'
