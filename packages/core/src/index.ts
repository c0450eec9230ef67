export { Application } from './application.ts'
export type { ApplicationSettings, ResolvedSettings } from './application-settings.ts'
export {
  ConnectionClosedError,
  Finish,
  type HeaderFields,
  HeadersSentError,
  HTTPError,
  type HTTPErrorOptions,
  MissingArgumentError,
  ResponseFinishedError,
} from './errors.ts'
export type { Exchange, ExchangeHandler, NodeMessages, Peer } from './exchange.ts'
export type {
  HandlerApplication,
  HandlerContext,
  HandlerSettings,
  PathArgs,
  StaticURLOptions,
} from './handler-context.ts'
export type { HandlerClass, HandlerStatics } from './handler-profile.ts'
export { ErrorHandler } from './handlers/error-handler.ts'
export { EventStreamHandler, encodeEvent, type ServerSentEvent } from './handlers/event-stream-handler.ts'
export { FallbackHandler } from './handlers/fallback-handler.ts'
export { ReadinessHandler } from './handlers/readiness-handler.ts'
export { type RedirectArgs, RedirectHandler } from './handlers/redirect-handler.ts'
export type { CookieAttributes } from './headers/cookie.ts'
export { HTTPHeaders } from './http-headers.ts'
export type { Locale, LocaleCatalogue } from './locale.ts'
export { type Logger, type LogMethod, lineLogger } from './log.ts'
export { Executor, ExecutorFullError, type ExecutorOptions } from './loop/executor.ts'
export { IOLoop, type LoopCallback } from './loop/io-loop.ts'
export { LoopMonitor, type LoopMonitorOptions } from './loop/loop-monitor.ts'
export type { LoopTimeout } from './loop/loop-timeout.ts'
export { PeriodicCallback, type PeriodicCallbackOptions } from './loop/periodic-callback.ts'
export { type ConnectMiddleware, connect } from './middleware/connect.ts'
export {
  type ContentSecurityDirectives,
  type ContentSecurityPolicyOptions,
  type ContentSecuritySource,
  cspNonce,
} from './middleware/content-security-policy.ts'
export { type CorsOptions, cors, type OriginCheck } from './middleware/cors.ts'
export { type RateLimitOptions, rateLimit } from './middleware/rate-limit.ts'
export { type RequestIdOptions, requestId } from './middleware/request-id.ts'
export {
  type ReferrerPolicy,
  type SecurityHeadersOptions,
  type StrictTransportSecurityOptions,
  securityHeaders,
} from './middleware/security-headers.ts'
export type { Middleware } from './middleware.ts'
export { OptionError } from './options.ts'
export type { ArgumentMap } from './request/arguments.ts'
export type { BodyLimits } from './request/body-limits.ts'
export type { HTTPFile } from './request/http-file.ts'
export type { ServerRequest } from './request/server-request.ts'
export {
  type ArgumentOptions,
  type Chunk,
  type CurrentUser,
  type ErrorDetails,
  type RedirectOptions,
  RequestHandler,
  type SignedCookieAttributes,
} from './request-handler.ts'
export type { CompressionOptions, ContentCoding } from './response/compression.ts'
export { ContentLengthError } from './response/response-writer.ts'
export type { PathParams } from './routing/path-params.ts'
export { ReverseURLError } from './routing/reverse-url.ts'
export {
  group,
  hostMatches,
  mount,
  type Route,
  type RouteOptions,
  type Rule,
  type RuleGroup,
  route,
} from './routing/route.ts'
export type { RouteEntry } from './routing/route-entry.ts'
export { fetchHandler, nodeListener } from './routing/route-target.ts'
export { escapeHTML } from './security/escape.ts'
export { isLocalTarget } from './security/local-redirect.ts'
export { type CookieSecret, createSignedValue, decodeSignedValue } from './security/signed-value.ts'
export { type CloseOptions, HTTPServer } from './server/http-server.ts'
export { ListenError } from './server/listen.ts'
export type { RunOptions } from './server/run.ts'
export type { ServerOptions } from './server/server-options.ts'
export { taskId } from './server/worker-process.ts'
export type { TemplateEngine, TemplateNamespace } from './template-engine.ts'
export type { RequestTrace } from './tracing.ts'
export { type Schema, ValidationError, type ValidationIssue } from './validation.ts'
