/** Who a request comes from when proxies stand in between (`X-Forwarded-*`, RFC 7239). */
import { BlockList, isIP } from 'node:net'
import { parseForwarded } from '../headers/forwarded.ts'
import { parseHost } from '../headers/host.ts'
import type { HTTPHeaders } from '../http-headers.ts'
import { OptionError } from '../options.ts'

/** What trusted proxies say about the client; undefined where they say nothing that can be used. */
export interface ForwardedOrigin {
  readonly address: string | undefined
  readonly protocol: 'http' | 'https' | undefined
  readonly host: string | undefined
}

/**
 * The proxies whose word counts.
 *
 * A client can write these fields too, so they are read from the right, where the nearest proxy writes, and only as far as each
 * hop is one of ours: the right-most address that is not trusted is the client.
 */
export class TrustedProxies {
  readonly #all: boolean
  readonly #list: BlockList = new BlockList()

  /**
   * @param trusted - IP addresses and CIDR ranges; `true` trusts whoever connects, for one hop
   * @throws {@link OptionError} for an entry that is neither
   */
  constructor(trusted: true | readonly string[]) {
    this.#all = trusted === true
    for (const entry of trusted === true ? [] : trusted) addRange(this.#list, entry)
  }

  /** What the fields say, if the peer that sent them is trusted. */
  resolve(peer: string, headers: HTTPHeaders): ForwardedOrigin | undefined {
    if (!this.#all && !this.#trusts(peer)) return undefined
    const forwarded = headers.get('forwarded')
    // most proxies write X-Forwarded-For and pass on what else there is: a Forwarded beside it may be the client's own
    if (forwarded === undefined || headers.has('x-forwarded-for')) return this.#fromXHeaders(headers)
    return this.#fromForwarded(forwarded)
  }

  #trusts(address: string): boolean {
    const family = isIP(address)
    return family !== 0 && this.#list.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }

  #fromForwarded(value: string): ForwardedOrigin | undefined {
    const elements = parseForwarded(value)
    if (elements === undefined) return undefined
    const at = this.#clientIndex(elements.map((element) => nodeAddress(element.for ?? '')))
    const element = elements[at]
    if (element === undefined) return undefined
    return { address: nodeAddress(element.for ?? ''), protocol: asProtocol(element.proto), host: asHost(element.host) }
  }

  #fromXHeaders(headers: HTTPHeaders): ForwardedOrigin {
    const hops = listOf(headers.get('x-forwarded-for')).map(nodeAddress)
    const real = listOf(headers.get('x-real-ip')).map(nodeAddress)
    const protocols = listOf(headers.get('x-forwarded-proto') ?? headers.get('x-scheme'))
    return {
      address: hops.length > 0 ? hops[this.#clientIndex(hops)] : real.at(-1),
      protocol: asProtocol(protocols.at(-1)),
      host: asHost(listOf(headers.get('x-forwarded-host')).at(-1)),
    }
  }

  /** The right-most hop that is not one of ours; where all are, the left-most; -1 where the next one cannot be read. */
  #clientIndex(hops: readonly (string | undefined)[]): number {
    for (let i = hops.length - 1; i >= 0; i--) {
      const hop = hops[i]
      if (hop === undefined) return i + 1 < hops.length ? i + 1 : -1
      if (this.#all || !this.#trusts(hop)) return i
    }
    return hops.length === 0 ? -1 : 0
  }
}

function addRange(list: BlockList, entry: string): void {
  const [address = '', bits, ...more] = entry.split('/')
  const family = isIP(address)
  const size = family === 4 ? 32 : 128
  const prefix = bits === undefined ? size : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN
  if (family === 0 || !(prefix <= size) || more.length > 0) {
    throw new OptionError(`xheaders must hold IP addresses and CIDR ranges, got ${JSON.stringify(entry)}`)
  }
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6')
}

function listOf(value: string | undefined): string[] {
  return value === undefined ? [] : value.split(',').map((part) => part.trim())
}

/** The IP address of a hop, without port and brackets (RFC 7239 §6); undefined for a name, `unknown` or anything else. */
function nodeAddress(node: string): string | undefined {
  const bracketed = /^\[([0-9a-f:.]+)\](?::\d{1,5})?$/i.exec(node)?.[1]
  const address = bracketed ?? (node.split(':').length === 2 ? (node.split(':', 1)[0] as string) : node)
  return isIP(address) === 0 ? undefined : address
}

function asProtocol(value: string | undefined): 'http' | 'https' | undefined {
  const protocol = value?.toLowerCase()
  return protocol === 'http' || protocol === 'https' ? protocol : undefined
}

function asHost(value: string | undefined): string | undefined {
  return value !== undefined && parseHost(value) !== undefined ? value : undefined
}
