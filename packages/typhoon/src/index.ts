/** The server side of Typhoon in one import: every name of its packages, which have none in common. */
export * from '@typhoon/core'
export * from '@typhoon/pubsub'
export * from '@typhoon/static'
export * from '@typhoon/templates'
export * from '@typhoon/websocket'
