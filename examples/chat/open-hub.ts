import { ClusterHub, type Hub, MemoryHub } from '@typhoon/pubsub'
import { RedisHub } from '@typhoon/pubsub/redis'
import type { Settings } from './settings.ts'

const history = { maxHistoryMessages: 500, maxHistoryAge: 24 * 60 * 60 * 1000 }

/** Where rooms live: in a Redis that many machines use, in the first of several processes, or in this one. */
export function openHub({ redisUrls, workers }: Settings): Hub {
  const [url, ...others] = redisUrls
  if (url !== undefined) return new RedisHub({ ...history, ...(others.length > 0 ? { cluster: redisUrls } : { url }) })
  return workers === 1 ? new MemoryHub(history) : new ClusterHub(history)
}
