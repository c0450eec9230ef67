/** A tunnel through an HTTP proxy, by CONNECT (RFC 9110 §9.3.6). */
import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { proxyAuthorization } from './proxy.ts'
import { ProxyRefusedError } from './proxy-error.ts'

/**
 * @param socket - a connection to the proxy
 * @param authority - host and port to be reached
 * @throws {@link ProxyRefusedError}
 */
export function openTunnel(socket: Duplex, proxy: URL, authority: string, signal: AbortSignal): Promise<Duplex> {
  const authorization = proxyAuthorization(proxy)
  return new Promise((resolve, reject) => {
    const asking = request({
      method: 'CONNECT',
      path: authority,
      headers: { Host: authority, ...(authorization === undefined ? {} : { 'Proxy-Authorization': authorization }) },
      createConnection: () => socket,
      signal,
    })
    asking.on('connect', ({ statusCode = 0 }, tunnel, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) tunnel.unshift(head)
        return resolve(tunnel)
      }
      tunnel.destroy()
      reject(
        new ProxyRefusedError(`the proxy ${proxy.host} answered CONNECT ${authority} with ${statusCode}`, statusCode),
      )
    })
    asking.on('error', (error) => reject(signal.aborted ? signal.reason : error))
    asking.end()
  })
}
