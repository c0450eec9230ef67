export { ClusterHub } from './cluster-hub.ts'
export type { ClusterHubOptions } from './cluster-hub-options.ts'
export type { ListenerErrorHandler } from './delivery.ts'
export { HubClosedError, HubInputError, HubLimitError, HubOptionError, HubUnavailableError } from './errors.ts'
export type {
  Hub,
  HubListener,
  Membership,
  PresenceEvent,
  PublishedMessage,
  PublishOptions,
  SubscribeOptions,
  Subscription,
} from './hub.ts'
export { HubMessage, type HubMessageFields } from './hub-message.ts'
export { MemoryHub } from './memory-hub.ts'
export type { MemoryHubOptions } from './memory-hub-options.ts'
export { compareMessageIds } from './message-id.ts'
