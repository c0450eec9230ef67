/**
 * From a call to the head of its answer: a place in the queue, one request, then whatever that leads to, which is
 * a redirect, a repetition, or the answer.
 */
import { type Answer, discard, makeAnswer } from './answer.ts'
import { Authentication } from './authentication.ts'
import { declareLength, requestBody, searchParams } from './body-source.ts'
import type { Call } from './call.ts'
import { ACCEPT_ENCODING } from './content-decoding.ts'
import { HTTPConnectionError, HTTPTimeoutError, RedirectError } from './errors.ts'
import { sendExpecting } from './expecting-transport.ts'
import { HTTPResponse } from './http-response.ts'
import { proxyAuthorization, proxyFor } from './proxy.ts'
import { type Hop, nextHop, redirectTarget } from './redirect.ts'
import { RequestFields } from './request-fields.ts'
import type { ConnectionOptions, RequestDefaults, ResolvedClient } from './request-options.ts'
import { RequestQueue } from './request-queue.ts'
import { isIdempotent, retryDelay } from './retry.ts'
import { isForwarded, type Progress, type WireRequest } from './transport.ts'
import { UndiciTransport } from './undici-transport.ts'

interface Tries {
  redirects: number
  retries: number
  /** Whether a request was sent again because the connection it travelled on had just been closed. */
  resent: boolean
  /** Whether the server does without the question (417). */
  unexpecting: boolean
  /** How often the request was sent again with an answer to what the server asked (401). */
  challenges: number
}

export class Fetcher {
  readonly #queue: RequestQueue
  readonly #transport: UndiciTransport
  readonly #authentication: Authentication = new Authentication()
  readonly #maxHeaderSize: number

  constructor(options: ResolvedClient) {
    this.#queue = new RequestQueue(options.maxClients, options.maxClientsPerHost)
    this.#transport = new UndiciTransport(options)
    this.#maxHeaderSize = options.maxHeaderSize
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  /** The answer that the call is after, be it an error. */
  async open(call: Call, presets: RequestDefaults): Promise<Answer> {
    const hop = await firstHop(call, presets)
    try {
      return await this.#answer(call, hop)
    } finally {
      if (!call.bodyTaken) hop.body?.close()
    }
  }

  async #answer(call: Call, first: Hop): Promise<Answer> {
    let hop = first
    const tries: Tries = { redirects: 0, retries: 0, resent: false, unexpecting: false, challenges: 0 }
    for (;;) {
      const answer = await this.#try(call, hop, tries)
      if (answer === undefined) continue
      const next = await followUp(call, hop, answer, tries, this.#authentication)
      if (next === undefined) return answer
      hop = next
    }
  }

  /** @returns undefined if the request is to be sent again */
  async #try(call: Call, hop: Hop, tries: Tries): Promise<Answer | undefined> {
    const progress: Progress = { connecting: false, times: { lookup: 0, connect: 0, tls: 0 }, onSending: () => {} }
    try {
      return await this.#send(call, hop, progress, hop.options.expect100Continue && !tries.unexpecting)
    } catch (error) {
      const delay = delayAfterError(error, call, hop, progress, tries)
      if (delay === undefined) throw error
      await call.wait(delay)
      return undefined
    }
  }

  async #send(call: Call, hop: Hop, progress: Progress, expecting: boolean): Promise<Answer> {
    const { url, method, options, body } = hop
    const signal = call.begin(url, method)
    let release = () => {}
    try {
      release = await this.#queue.acquire(url.origin, signal)
      call.enter('connect', options.connectTimeout)
      progress.onSending = () => call.enter('headers', options.headersTimeout)
      const request = wireRequest(call, hop, signal, progress, this.#authentication)
      const asks = expecting && body !== undefined
      const response = await (asks ? sendExpecting(request, this.#maxHeaderSize) : this.#transport.send(request))
      call.addTimes(progress.times)
      call.enter('body', options.bodyTimeout)
      response.body.once('close', release)
      for (const line of response.headers.getSetCookie()) options.cookies?.set(line, url)
      this.#authentication.renew(options.auth, url, response.headers.get('Authentication-Info'))
      return makeAnswer(call, hop, response, this.#maxHeaderSize)
    } catch (error) {
      release()
      throw call.explain(error)
    }
  }
}

async function firstHop(call: Call, presets: RequestDefaults): Promise<Hop> {
  const { options, request } = call
  const url = new URL(request.url)
  if (options.query !== undefined)
    for (const [name, value] of searchParams(options.query)) url.searchParams.append(name, value)
  const fields = new RequestFields(presets.headers).overlaid(new RequestFields(request.options.headers))
  fields.setDefault('User-Agent', options.userAgent)
  fields.setDefault('Accept', '*/*')
  if (options.decompressResponse) fields.setDefault('Accept-Encoding', ACCEPT_ENCODING)
  const given = await requestBody(options)
  const declared = fields.get('Content-Length')
  const body = declared === undefined ? given : declareLength(given, declared)
  fields.delete('Content-Length') // the transport writes it
  if (body?.contentType !== undefined) fields.setDefault('Content-Type', body.contentType)
  return { url, method: options.method, fields, body, options }
}

function wireRequest(
  call: Call,
  hop: Hop,
  signal: AbortSignal,
  progress: Progress,
  authentication: Authentication,
): WireRequest {
  const { url, method, body, options } = hop
  const proxy = options.unixSocket === undefined ? proxyFor(url, options.proxy) : undefined
  const opened = body?.open()
  return {
    url,
    method,
    fields: hopFields(hop, proxy, authentication).flat(),
    body: opened === undefined || opened instanceof Uint8Array ? opened : call.sent(opened),
    length: body === undefined && (method === 'POST' || method === 'PUT' || method === 'PATCH') ? 0 : body?.length,
    connection: options satisfies ConnectionOptions,
    proxy,
    signal,
    progress,
  }
}

/** What depends on where the request goes: credentials and cookies. */
function hopFields(hop: Hop, proxy: URL | undefined, authentication: Authentication): RequestFields {
  const { url, method, fields: given, options } = hop
  const fields = given.without([])
  const proof = options.auth === undefined ? undefined : authentication.field(options.auth, url, method)
  if (proof !== undefined) fields.setDefault('Authorization', proof)
  const stored = options.cookies?.header(url) ?? ''
  if (stored !== '') {
    const own = fields.get('Cookie')
    fields.set('Cookie', own === undefined ? stored : `${own}; ${stored}`)
  }
  if (!isForwarded(url, proxy)) return fields
  fields.setDefault('Host', url.host) // not the proxy's
  const forProxy = proxyAuthorization(proxy)
  if (forProxy !== undefined) fields.setDefault('Proxy-Authorization', forProxy)
  return fields
}

/** What comes after an answer: the next request, or nothing. */
async function followUp(
  call: Call,
  hop: Hop,
  answer: Answer,
  tries: Tries,
  authentication: Authentication,
): Promise<Hop | undefined> {
  const { code, headers } = answer.head
  const { options } = hop
  if (serverAsks(call, hop, answer, tries, authentication)) {
    await discard(answer)
    return hop
  }
  const target = options.followRedirects ? redirectTarget(code, headers.get('Location'), hop.url) : undefined
  if (target !== undefined) return redirected(call, hop, answer, target, tries)
  if (!options.retry.statuses.includes(code) || !mayRetry(call, hop, tries)) return undefined
  const delay = retryDelay(tries.retries, headers.get('Retry-After'), options.retry)
  if (delay === undefined) return undefined
  tries.retries++
  await discard(answer)
  await call.wait(delay)
  return hop
}

/** Whether the server wants the same request in another way: without a question, or with a proof. */
function serverAsks(
  call: Call,
  { options, url, fields, body }: Hop,
  { head: { code, headers } }: Answer,
  tries: Tries,
  authentication: Authentication,
): boolean {
  if (!canResend(call, body)) return false
  if (code === 417 && options.expect100Continue && !tries.unexpecting) {
    tries.unexpecting = true // RFC 9110 §10.1.1: repeat it without the question
    return true
  }
  if (code !== 401 || fields.has('Authorization')) return false
  const asks = authentication.challenged(options.auth, url, headers.get('WWW-Authenticate'), tries.challenges)
  if (asks) tries.challenges++
  return asks
}

async function redirected(call: Call, hop: Hop, answer: Answer, target: URL | 'invalid', tries: Tries): Promise<Hop> {
  const { code } = answer.head
  if (target === 'invalid') throw await redirectError(call, answer, 'a redirect to what is no http: or https: URL')
  const next = nextHop(hop, code, target)
  if (tries.redirects >= hop.options.maxRedirects) {
    throw await redirectError(call, answer, `more than ${hop.options.maxRedirects} redirects (maxRedirects)`)
  }
  if (next.body !== undefined && !canResend(call, hop.body)) {
    throw await redirectError(call, answer, `${code} asks for the body again, which can be read only once`)
  }
  tries.redirects++
  tries.challenges = 0
  await discard(answer)
  return next
}

async function redirectError(call: Call, answer: Answer, message: string): Promise<RedirectError> {
  await discard(answer)
  const response = new HTTPResponse(call.request, answer.head, Buffer.alloc(0), call.timeInfo())
  return new RedirectError(message, call.details({ code: answer.head.code, response }))
}

/** How long to wait before sending it again; undefined if the error is final. */
function delayAfterError(error: unknown, call: Call, hop: Hop, progress: Progress, tries: Tries): number | undefined {
  const broken = error instanceof HTTPConnectionError
  if (broken && !progress.connecting && error.phase === 'headers' && !tries.resent) {
    // It travelled on a kept connection that the server was about to close (RFC 9112 §9.3.1).
    if (isIdempotent(hop.method) && canResend(call, hop.body)) {
      tries.resent = true
      return 0
    }
  }
  const passing =
    broken || (error instanceof HTTPTimeoutError && (error.phase === 'connect' || error.phase === 'headers'))
  if (!passing || !mayRetry(call, hop, tries)) return undefined
  return retryDelay(tries.retries++, null, hop.options.retry)
}

function mayRetry(call: Call, hop: Hop, tries: Tries): boolean {
  return tries.retries < hop.options.retry.limit && isIdempotent(hop.method) && canResend(call, hop.body)
}

function canResend(call: Call, body: Hop['body']): boolean {
  return body === undefined || body.replayable || !call.bodyTaken
}
