export { AsyncHTTPClient } from './async-http-client.ts'
export type { Auth, AuthOptions } from './authentication.ts'
export type { BodyOptions, BodyProducer, BodySource, FormInit } from './body-source.ts'
export type { ContentInit, FileSource } from './content-source.ts'
export { CookieJar, type CookieJarOptions, type StoredCookie } from './cookie-jar.ts'
export type { DownloadOptions, DownloadProgress, DownloadResult } from './download.ts'
export {
  BodyTooLargeError,
  ClientClosedError,
  ContentDecodingError,
  HTTPClientError,
  type HTTPClientErrorDetails,
  HTTPConnectionError,
  HTTPProtocolError,
  HTTPTimeoutError,
  RedirectError,
  type RequestPhase,
} from './errors.ts'
export { HTTPRequest } from './http-request.ts'
export { HTTPResponse, StreamedResponse, type TimeInfo } from './http-response.ts'
export type { MultipartFile, MultipartInit, MultipartValue } from './multipart-body.ts'
export { HTTPClientOptionError } from './option-error.ts'
export { ProxyRefusedError } from './proxy-error.ts'
export type { HeaderInit } from './request-fields.ts'
export type {
  AsyncHTTPClientOptions,
  ConnectionOptions,
  PEM,
  RequestDefaults,
  RequestOptions,
  Resolve,
} from './request-options.ts'
export type { ResponseHead } from './response-head.ts'
export type { RetryOptions } from './retry.ts'
