import type { HandlerApplication } from './handler-context.ts'
import type { ResolvedBodyLimits } from './request/body-limits.ts'
import type { RequestHandler } from './request-handler.ts'
import type { ResolvedCompression } from './response/compression.ts'

/** What the life cycle needs of the application; `Application` satisfies it. */
export interface LifecycleApplication extends HandlerApplication {
  readonly bodyLimits: ResolvedBodyLimits
  readonly compression: ResolvedCompression | undefined
  /** Writes the line of a request that is over. */
  logRequest(handler: RequestHandler): void
}
