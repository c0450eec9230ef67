import type { Socket } from 'node:net'
import type { PeerCertificate, TLSSocket } from 'node:tls'

/** True for a TLS socket. Asking for the class would load all of `node:tls` in every program. */
export function isSecure(socket: Socket | undefined): socket is TLSSocket {
  return socket !== undefined && (socket as TLSSocket).encrypted
}

/** The client's certificate, where it sent one. */
export function peerCertificate(socket: Socket | undefined): PeerCertificate | undefined {
  if (!isSecure(socket)) return undefined
  const certificate = socket.getPeerCertificate()
  return Object.keys(certificate).length === 0 ? undefined : certificate
}
