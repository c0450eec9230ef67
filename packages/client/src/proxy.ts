/** Which proxy, if any, a request goes through. */
import { BlockList, isIP } from 'node:net'
import { urlCredentials } from './authentication.ts'
import { HTTPClientOptionError } from './option-error.ts'

const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }
const SOCKS: ReadonlySet<string> = new Set(['socks:', 'socks4:', 'socks4a:', 'socks5:', 'socks5h:'])
const SOCKS_PORT = 1080
const MAX_SOCKS_TEXT = 255 // bytes, since RFC 1929 gives each length one

/**
 * @param environment - for `'environment'`: names in lower case go before those in upper case
 * @throws {@link HTTPClientOptionError} as {@link parseProxy}
 */
export function proxyFor(
  url: URL,
  setting: string | URL | false | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): URL | undefined {
  if (setting === undefined || setting === false) return undefined
  if (setting !== 'environment') return parseProxy(setting)
  const given = fromEnvironment(url.protocol, environment)
  if (given === undefined || bypasses(url, environment['no_proxy'] ?? environment['NO_PROXY'] ?? '')) return undefined
  return parseProxy(given.includes('://') ? given : `http://${given}`)
}

/** @throws {@link HTTPClientOptionError} for what is no URL of a proxy; it does not repeat what may hold a password */
export function parseProxy(given: unknown): URL {
  const isText = typeof given === 'string' || given instanceof URL
  const proxy = isText && URL.canParse(String(given)) ? new URL(given) : undefined
  const known = proxy !== undefined && (proxy.protocol in PORTS || SOCKS.has(proxy.protocol))
  if (!known || proxy.hostname === '') {
    const shown = proxy === undefined ? 'something else' : `a ${proxy.protocol} URL`
    throw new HTTPClientOptionError(
      `proxy must be an http:, https: or socks URL (socks5:, socks5h:, socks4:, socks4a:), 'environment' or false, got ${shown}`,
    )
  }
  const credentials = urlCredentials('proxy', proxy)
  if (isSocks(proxy)) for (const text of Object.values(credentials ?? {})) checkSocksText(text)
  return proxy
}

export function isSocks({ protocol }: URL): boolean {
  return SOCKS.has(protocol)
}

/** Whether the name of the destination is looked up here, and not by the SOCKS proxy: curl's meaning of the schemes. */
export function resolvesHere({ protocol }: URL): boolean {
  return protocol === 'socks4:' || protocol === 'socks5:'
}

/** Where a proxy or a server listens whose URL does not say it. */
export function defaultPort(url: URL): number {
  return isSocks(url) ? SOCKS_PORT : Number(PORTS[url.protocol])
}

/** What a proxy with a name and password is sent (RFC 9110 §11.7.2); undefined for one without. */
export function proxyAuthorization(proxy: URL): string | undefined {
  const credentials = urlCredentials('proxy', proxy)
  if (credentials === undefined) return undefined
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
}

function checkSocksText(text: string): void {
  if (Buffer.byteLength(text) <= MAX_SOCKS_TEXT && !text.includes('\0')) return
  throw new HTTPClientOptionError(
    `proxy: a SOCKS name or password has at most ${MAX_SOCKS_TEXT} bytes, and no zero byte`,
  )
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

/** `NO_PROXY`: host names with everything below them, addresses, each with an optional port, networks (CIDR), or `*`. */
function bypasses(url: URL, list: string): boolean {
  const host = bare(url.hostname)
  const port = url.port === '' ? PORTS[url.protocol] : url.port
  return list.split(',').some((entry) => {
    const text = entry.trim().toLowerCase()
    if (text === '' || text === '*') return text === '*'
    if (text.includes('/')) return isWithin(host, text)
    const colon = /^[^:]*:[0-9]+$|^\[.*\]:[0-9]+$/.test(text) ? text.lastIndexOf(':') : text.length
    if (colon < text.length && text.slice(colon + 1) !== port) return false
    const name = bare(text.slice(0, colon)).replace(/^\*?\./, '')
    return host === name || host.endsWith(`.${name}`)
  })
}

/** Whether an address is one of a network such as `10.0.0.0/8`; a name is not looked up for that. */
function isWithin(host: string, network: string): boolean {
  const [, address = '', bits = ''] = /^(.+)\/([0-9]{1,3})$/.exec(network) ?? []
  const family = isIP(bare(address))
  if (family === 0 || family !== isIP(host) || Number(bits) > (family === 4 ? 32 : 128)) return false
  const block = new BlockList()
  block.addSubnet(bare(address), Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  return block.check(host, family === 4 ? 'ipv4' : 'ipv6')
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}
