/** A connection through an HTTP proxy, by CONNECT (RFC 9110 §9.3.6). */
import type { Duplex } from 'node:stream'
import { UpgradeRefusedError } from './errors.ts'
import { http, https } from './late-modules.ts'

/**
 * @param proxy - `http:` or `https:` URL, with name and password if the proxy asks for them
 * @param authority - host and port to be reached
 * @throws {@link UpgradeRefusedError} if the proxy does not let it through
 */
export function openTunnel(proxy: URL, authority: string, signal: AbortSignal): Promise<Duplex> {
  const { request } = proxy.protocol === 'https:' ? https() : http()
  const headers: Record<string, string> = { Host: authority }
  if (proxy.username !== '') headers['Proxy-Authorization'] = basic(proxy)
  return new Promise((resolve, reject) => {
    const connecting = request({
      method: 'CONNECT',
      path: authority,
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port === '' ? undefined : Number(proxy.port),
      headers,
      signal,
      agent: false,
    })
    connecting.on('connect', (response, socket, head) => {
      if (response.statusCode === 200) {
        if (head.length > 0) socket.unshift(head)
        return resolve(socket)
      }
      socket.destroy()
      const fields = new Map(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
      reject(
        new UpgradeRefusedError(`the proxy ${proxy.host}`, {
          status: response.statusCode ?? 0,
          headers: fields,
          body: '',
        }),
      )
    })
    connecting.on('error', reject)
    connecting.end()
  })
}

function basic({ username, password }: URL): string {
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return `Basic ${Buffer.from(text).toString('base64')}`
}
