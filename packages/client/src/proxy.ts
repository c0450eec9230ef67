/** Which proxy, if any, a request goes through. */
import { HTTPClientOptionError } from './option-error.ts'
import type { ConnectionOptions } from './request-options.ts'

const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/**
 * @param environment - for `'environment'`: names in lower case go before those in upper case
 * @throws {@link HTTPClientOptionError} for a proxy that is not an `http:` or `https:` URL
 */
export function proxyFor(
  url: URL,
  setting: ConnectionOptions['proxy'],
  environment: NodeJS.ProcessEnv = process.env,
): URL | undefined {
  if (setting === undefined || setting === false) return undefined
  if (setting !== 'environment') return parseProxy(setting)
  const given = fromEnvironment(url.protocol, environment)
  if (given === undefined || bypasses(url, environment['no_proxy'] ?? environment['NO_PROXY'] ?? '')) return undefined
  return parseProxy(given.includes('://') ? given : `http://${given}`)
}

/** What a proxy with a name and password is sent (RFC 9110 §11.7.2); the password is undefined for one without. */
export function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === '') return undefined
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return `Basic ${Buffer.from(text).toString('base64')}`
}

function parseProxy(given: string | URL): URL {
  const proxy = URL.canParse(String(given)) ? new URL(given) : undefined
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy
  const shown = proxy === undefined ? 'something else' : `a ${proxy.protocol} URL` // not the text, which may hold a password
  throw new HTTPClientOptionError(`proxy must be an http: or https: URL, 'environment' or false, got ${shown}`)
}

function fromEnvironment(protocol: string, environment: NodeJS.ProcessEnv): string | undefined {
  const name = protocol === 'https:' ? 'https_proxy' : 'http_proxy'
  // A CGI program gets the field "Proxy" of whoever asks it as HTTP_PROXY, so in one only the lower-case name counts.
  const upper = name === 'http_proxy' && environment['REQUEST_METHOD'] !== undefined ? undefined : name.toUpperCase()
  for (const each of [name, upper, 'all_proxy', 'ALL_PROXY']) {
    const value = each === undefined ? undefined : environment[each]
    if (value !== undefined && value !== '') return value
  }
  return undefined
}

/** `NO_PROXY`: host names with everything below them, addresses, each with an optional port, or `*`. */
function bypasses(url: URL, list: string): boolean {
  const host = bare(url.hostname)
  const port = url.port === '' ? PORTS[url.protocol] : url.port
  return list.split(',').some((entry) => {
    const text = entry.trim().toLowerCase()
    if (text === '' || text === '*') return text === '*'
    const colon = /^[^:]*:[0-9]+$|^\[.*\]:[0-9]+$/.test(text) ? text.lastIndexOf(':') : text.length
    if (colon < text.length && text.slice(colon + 1) !== port) return false
    const name = bare(text.slice(0, colon)).replace(/^\*?\./, '')
    return host === name || host.endsWith(`.${name}`)
  })
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}
