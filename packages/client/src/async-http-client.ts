import type { Answer } from './answer.ts'
import { withAuth } from './authentication.ts'
import { Call } from './call.ts'
import { type DownloadOptions, type DownloadResult, download, type FetchStream } from './download.ts'
import { ClientClosedError, HTTPClientError } from './errors.ts'
import { Fetcher } from './fetcher.ts'
import { HTTPRequest } from './http-request.ts'
import { HTTPResponse, StreamedResponse } from './http-response.ts'
import {
  type AsyncHTTPClientOptions,
  type RequestDefaults,
  type RequestOptions,
  resolveClientOptions,
  resolveRequestOptions,
} from './request-options.ts'

const MAX_BODY_SIZE = 100 * 1024 * 1024 // bytes that a body held in memory may have by default

/**
 * An HTTP client with its own connections, queue and presets (Tornado: `AsyncHTTPClient`).
 *
 * Connections are kept and used again. Make one client and use it for everything that shares its presets.
 *
 * @example
 * await using client = new AsyncHTTPClient({ requestTimeout: 5000 })
 * const response = await client.fetch('https://example.com/search', { query: { q: 'tornado' } })
 * console.log(response.code, response.text())
 */
export class AsyncHTTPClient implements AsyncDisposable {
  readonly #presets: RequestDefaults
  readonly #fetcher: Fetcher
  readonly #calls: Set<Call> = new Set()
  #closed = false

  /** @throws {@link HTTPClientOptionError} */
  constructor(options: AsyncHTTPClientOptions = {}) {
    this.#presets = withAuth(options)
    this.#fetcher = new Fetcher(resolveClientOptions(this.#presets))
  }

  /**
   * The answer with its whole body, or, with `stream: true`, as soon as its head is there.
   *
   * @param target - a URL, or a request that was made before; `options` go before the request's own
   * @throws {@link HTTPClientError} for status 400 and above, with the answer in `response`, unless `raiseError` is false
   * @throws {@link HTTPTimeoutError}, {@link HTTPConnectionError}, {@link HTTPProtocolError}, {@link BodyTooLargeError},
   *   {@link ContentDecodingError}, {@link RedirectError}, whatever `raiseError` says
   * @throws {@link HTTPClientOptionError} or {@link TypeError} for what cannot be sent; the signal's reason; what the
   *   request's own body stream throws
   *
   * @example
   * const response = await client.fetch(url, { method: 'POST', json: { name: 'Ann' }, auth: { bearer: token } })
   *
   * @example
   * await using response = await client.fetch(url, { stream: true })
   * for await (const chunk of response) hash.update(chunk)
   */
  fetch(
    target: string | URL | HTTPRequest,
    options: RequestOptions & { readonly stream: true },
  ): Promise<StreamedResponse>
  fetch(
    target: string | URL | HTTPRequest,
    options?: RequestOptions & { readonly stream?: false },
  ): Promise<HTTPResponse>
  async fetch(
    target: string | URL | HTTPRequest,
    { stream = false, ...options }: RequestOptions & { readonly stream?: boolean } = {},
  ): Promise<HTTPResponse | StreamedResponse> {
    const call = this.#makeCall(target, options)
    try {
      const answer = await this.#fetcher.open(call, this.#presets)
      const { code } = answer.head
      const fails = code >= 400 && call.options.raiseError
      if (!fails) call.options.headerCallback?.(answer.head)
      if (stream && !fails) return streamed(call, answer)
      const callback = fails ? undefined : call.options.streamingCallback
      const response = await collect(call, answer, callback)
      if (fails) throw statusError(call, response)
      return response
    } catch (error) {
      call.end(error)
      throw error
    }
  }

  /**
   * Saves what is at a URL in a file, which appears under its name only when it is complete.
   *
   * Time is limited by `bodyTimeout`, the longest silence, and not by `requestTimeout`, unless that is given.
   *
   * @throws what {@link AsyncHTTPClient.fetch} throws; the system's error if the file cannot be written
   *
   * @example
   * await client.download(url, 'node.tar.xz', { resume: true, onProgress: ({ received, total }) => show(received, total) })
   */
  download(target: string | URL | HTTPRequest, path: string, options: DownloadOptions = {}): Promise<DownloadResult> {
    const fetchStream: FetchStream = (request, asked) => this.fetch(request, { ...asked, stream: true })
    return download(fetchStream, target, path, options)
  }

  /** Ends what is under way with {@link ClientClosedError} and closes all connections. */
  async close(): Promise<void> {
    this.#closed = true
    for (const call of this.#calls) call.end(new ClientClosedError('the client was closed', call.details()))
    await this.#fetcher.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #makeCall(target: string | URL | HTTPRequest, options: RequestOptions): Call {
    const base = target instanceof HTTPRequest ? target : new HTTPRequest(target)
    const request = new HTTPRequest(base.url, { ...base.options, ...withAuth(defined(options)) })
    const resolved = resolveRequestOptions(request.options, this.#presets)
    if (this.#closed) {
      const { method, url } = request
      throw new ClientClosedError('the client is closed', { method, url: url.href, phase: 'queue' })
    }
    const call = new Call(request, resolved, (ended) => this.#calls.delete(ended))
    this.#calls.add(call)
    return call
  }
}

async function collect(
  call: Call,
  answer: Answer,
  callback: RequestOptions['streamingCallback'],
): Promise<HTTPResponse> {
  const chunks: Buffer[] = []
  const { maxBodySize } = call.options
  try {
    for await (const chunk of answer.body(callback === undefined ? (maxBodySize ?? MAX_BODY_SIZE) : maxBodySize)) {
      if (callback === undefined) chunks.push(chunk)
      else await callback(chunk)
    }
  } finally {
    answer.close()
  }
  call.end()
  return new HTTPResponse(call.request, answer.head, Buffer.concat(chunks), call.timeInfo())
}

function statusError(call: Call, response: HTTPResponse): HTTPClientError {
  const { code, reason } = response
  return new HTTPClientError(`HTTP ${code} ${reason}`.trimEnd(), call.details({ code, response }))
}

function streamed(call: Call, answer: Answer): StreamedResponse {
  const close = () => {
    answer.close()
    call.end()
  }
  return new StreamedResponse(call.request, answer.head, answer.body(call.options.maxBodySize), close, () =>
    call.timeInfo(),
  )
}

function defined(options: RequestOptions): RequestOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
