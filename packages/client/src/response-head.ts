/** An answer before its body. */
export interface ResponseHead {
  /** The status. */
  readonly code: number
  /** The reason phrase; empty over HTTP/2. */
  readonly reason: string
  /**
   * The header fields. Of a body that the client has decoded, `Content-Encoding` has become `X-Consumed-Content-Encoding`
   * and `Content-Length` is gone, since neither fits what `body` holds.
   */
  readonly headers: Headers
  /** The URL that answered, after redirects. */
  readonly effectiveUrl: string
}
