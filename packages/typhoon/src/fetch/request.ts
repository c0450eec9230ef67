/** From the options of `typhoon fetch` to those of the client. */
import type { ContentInit, MultipartValue, RequestOptions } from '@typhoon/client'
import { type CommandInput, text, UsageError, wholeNumber } from '../command.ts'

type Options = CommandInput['options']
type Field = readonly [name: string, value: string]

interface Body {
  readonly method: string
  readonly options: Pick<RequestOptions, 'body' | 'multipart'>
  /** Fields that it brings, unless the user has set them. */
  readonly fields: readonly Field[]
}

const BODIES = ['data', 'json', 'form', 'upload'] as const
const LONGEST_TIMER = 2 ** 31 - 1 // ms

/** @throws {@link UsageError} for what is no http: or https: URL; its text, which may hold a password, is not repeated */
export function parseTarget(given: string): URL {
  const target = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`
  const url = URL.canParse(target) ? new URL(target) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new UsageError(
    `fetch needs an http: or https: URL, got ${url === undefined ? 'none' : `a ${url.protocol} URL`}`,
  )
}

/**
 * @param stdin - what `-` stands for
 * @throws {@link UsageError} for options that are not understood or contradict each other
 */
export function requestOptions(options: Options, stdin: AsyncIterable<Uint8Array>): RequestOptions {
  const body = requestBody(options, stdin)
  checkCombination(options, body)
  const method = text(options['method']) ?? (options['head'] === true ? 'HEAD' : (body?.method ?? 'GET'))
  return {
    method,
    allowNonstandardMethods: true, // whoever writes -X means it
    headers: headerFields(options, body?.fields ?? []),
    ...body?.options,
    auth: credentials(options),
    proxy: proxy(text(options['proxy'])),
    userAgent: text(options['user-agent']),
    validateCert: options['insecure'] !== true,
    followRedirects: options['follow'] === true,
    maxRedirects: wholeNumber('max-redirects', options['max-redirects'], 5, 1000),
    requestTimeout: wholeNumber('timeout', options['timeout'], 0, LONGEST_TIMER),
  }
}

/** Whether standard input is sent, which can be done once. */
export function readsStandardInput(options: Options): boolean {
  const sources = [text(options['json']), ...list(options['data'])]
  return sources.includes('@-') || options['upload'] === '-' || list(options['form']).some((part) => isFile(part, '-'))
}

function checkCombination(options: Options, body: Body | undefined): void {
  if (options['head'] === true) {
    if (body !== undefined) throw new UsageError('--head asks for nothing but the head, so it sends no body')
    if (options['method'] !== undefined) throw new UsageError('--head is a method itself: leave out --method')
    if (options['output'] !== undefined) throw new UsageError('--head brings no body that --output could save')
  }
  if (options['resume'] !== true) return
  const output = text(options['output']) ?? '-'
  if (output === '-') throw new UsageError('--resume needs --output with the name of a file')
  const isGet = (text(options['method']) ?? 'GET') === 'GET' && body === undefined
  if (!isGet) throw new UsageError('--resume is for GET without a body')
}

function requestBody(options: Options, stdin: AsyncIterable<Uint8Array>): Body | undefined {
  const given = BODIES.filter((name) => options[name] !== undefined)
  if (given.length > 1) throw new UsageError(`only one of ${given.map((name) => `--${name}`).join(', ')} can be given`)
  switch (given[0]) {
    case undefined:
      return undefined
    case 'data':
      return dataBody(list(options['data']), stdin)
    case 'json':
      return jsonBody(text(options['json']) ?? '', stdin)
    case 'form':
      return {
        method: 'POST',
        options: { multipart: list(options['form']).map((p) => formPart(p, stdin)) },
        fields: [],
      }
    case 'upload':
      return { method: 'PUT', options: { body: file(text(options['upload']) ?? '', stdin) }, fields: [] }
  }
}

function dataBody(values: readonly string[], stdin: AsyncIterable<Uint8Array>): Body {
  const [first = ''] = values
  if (values.length > 1 && values.some((value) => value.startsWith('@'))) {
    throw new UsageError('--data with a file stands alone')
  }
  const body = first.startsWith('@') ? file(first.slice(1), stdin) : Buffer.from(values.join('&'))
  return { method: 'POST', options: { body }, fields: [['Content-Type', 'application/x-www-form-urlencoded']] }
}

function jsonBody(value: string, stdin: AsyncIterable<Uint8Array>): Body {
  if (!value.startsWith('@')) checkJSON(value)
  const body = value.startsWith('@') ? file(value.slice(1), stdin) : Buffer.from(value)
  const fields: readonly Field[] = [
    ['Content-Type', 'application/json'],
    ['Accept', 'application/json'],
  ]
  return { method: 'POST', options: { body }, fields }
}

function checkJSON(value: string): void {
  try {
    JSON.parse(value)
  } catch (error) {
    throw new UsageError(`--json: ${(error as Error).message}`, { cause: error })
  }
}

function formPart(part: string, stdin: AsyncIterable<Uint8Array>): readonly [string, MultipartValue] {
  const equals = part.indexOf('=')
  if (equals < 1) throw new UsageError(`--form must be 'name=text' or 'name=@file', got ${part}`)
  const [name, value] = [part.slice(0, equals), part.slice(equals + 1)]
  if (!value.startsWith('@')) return [name, value]
  const { path, contentType } = filePart(value)
  return [name, path === '-' ? { content: stdin, filename: '-', contentType } : { path, contentType }]
}

function filePart(value: string): { readonly path: string; readonly contentType: string | undefined } {
  const type = value.lastIndexOf(';type=')
  if (type < 0) return { path: value.slice(1), contentType: undefined }
  return { path: value.slice(1, type), contentType: value.slice(type + ';type='.length) }
}

function isFile(part: string, path: string): boolean {
  const value = part.slice(part.indexOf('=') + 1)
  return value.startsWith('@') && filePart(value).path === path
}

function file(path: string, stdin: AsyncIterable<Uint8Array>): ContentInit {
  return path === '-' ? stdin : { path }
}

function headerFields(options: Options, defaults: readonly Field[]): Field[] {
  const given = list(options['header']).map(parseField)
  const cookies = list(options['cookie']).map(checkCookie)
  if (cookies.length > 0) given.push(['Cookie', cookies.join('; ')])
  const names = new Set(given.map(([name]) => name.toLowerCase()))
  return [...given, ...defaults.filter(([name]) => !names.has(name.toLowerCase()))]
}

function parseField(line: string): Field {
  const colon = line.indexOf(':')
  if (colon < 1) throw new UsageError(`--header must be 'Name: value', got ${line}`)
  return [line.slice(0, colon), line.slice(colon + 1).trim()]
}

function checkCookie(cookie: string): string {
  if (cookie.indexOf('=') < 1) throw new UsageError(`--cookie must be 'name=value', got ${cookie}; a jar is --cookies`)
  return cookie
}

/** The text, which may hold a password, is not repeated. */
function proxy(given: string | undefined): string | undefined {
  if (given === undefined || given === 'environment') return given
  if (URL.canParse(given) && /^(?:https?|socks(?:4a?|5h?)?):$/.test(new URL(given).protocol)) return given
  throw new UsageError('--proxy must be an http:, https: or socks5: URL, or "environment"')
}

function credentials(options: Options): RequestOptions['auth'] {
  const [pair, bearer] = [text(options['auth']), text(options['bearer'])]
  const digest = options['digest'] === true
  if (pair !== undefined && bearer !== undefined) throw new UsageError('only one of --auth, --bearer can be given')
  if (digest && pair === undefined) throw new UsageError('--digest needs --auth')
  if (bearer !== undefined) return { bearer }
  if (pair === undefined) return undefined
  const colon = pair.indexOf(':')
  if (colon < 0) throw new UsageError('--auth must be user:password')
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1), mode: digest ? 'digest' : 'basic' }
}

function list(value: Options[string]): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [] // isArray forgets the type of a readonly one
}
