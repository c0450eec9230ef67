/** What a handler needs of the request that it answers and of the application that it runs in. */
import type { Exchange } from './exchange.ts'
import type { CookieAttributes } from './headers/cookie.ts'
import type { LocaleCatalogue } from './locale.ts'
import type { Logger } from './log.ts'
import type { ServerRequest } from './request/server-request.ts'
import type { ResponseWriter } from './response/response-writer.ts'
import type { CookieSecret } from './security/signed-value.ts'
import type { TemplateEngine } from './template-engine.ts'

/** The settings that handlers read; every one has a value. */
export interface HandlerSettings {
  readonly debug: boolean
  readonly cookieSecret: CookieSecret | undefined
  readonly keyVersion: number | undefined
  readonly xsrfCookies: boolean
  readonly xsrfOriginCheck: boolean | undefined
  readonly xsrfCookieName: string
  readonly xsrfCookieAttributes: CookieAttributes
  readonly trustedOrigins: readonly string[]
  readonly loginUrl: string | undefined
  readonly etagMinSize: number | false
  readonly maxArguments: number
  readonly templates: TemplateEngine | undefined
  readonly locales: LocaleCatalogue
}

/** Options of `staticUrl()`. */
export interface StaticURLOptions {
  /** Put protocol and host in front. @defaultValue false */
  includeHost?: boolean
  /** Add the version that makes the URL cacheable for ever. @defaultValue true */
  includeVersion?: boolean
}

export interface HandlerApplication {
  readonly settings: HandlerSettings
  readonly logger: Logger
  reverseUrl(name: string, ...values: unknown[]): string
  /** The URL of a file of the application's static site, without protocol and host. */
  staticUrl(path: string, options?: StaticURLOptions): string
}

/** Captured parts of the path: a list for positional groups, an object for named ones. */
export type PathArgs = readonly (string | undefined)[] &
  Readonly<Record<string, string | readonly string[] | undefined>>

/** What the life cycle gives a handler when it makes one. */
export interface HandlerContext {
  readonly application: HandlerApplication
  readonly exchange: Exchange
  readonly request: ServerRequest
  response: ResponseWriter
  readonly pathArgs: PathArgs
  /** How cross-site requests are refused, by the settings and the handler's class. */
  readonly xsrf: { readonly token: boolean; readonly origin: boolean }
  readonly etagMinSize: number | false
  /** True if `getCurrentUser()` is an async function. */
  readonly asyncUser: boolean
  /** Sending that a handler method began without waiting; the life cycle waits for it before it ends the request. */
  sending: Promise<void> | undefined
  /** True if `sending` has failed; a handler that has waited for it may have answered in another way. */
  sendingFailed: boolean
  /** Why the request was refused, for the line that the log has for it. */
  refusal: string | undefined
  /** Makes the request last until `release()`, whatever the method returns. */
  hold(holder: RequestHolder): void
  /** Ends what `hold()` began. */
  release(): void
}

/** Who makes a request last longer than the handler's method. */
export interface RequestHolder {
  /** Called once, when the connection is gone before the request was released. */
  connectionClosed(): void
}
