import type { Server, Socket } from 'node:net'
import { Connection, type ConnectionList } from '../engine/connection.ts'

/**
 * Every connection of a server, from the moment at which it is accepted.
 *
 * Node's own list takes a connection on which nothing has been asked yet for a busy one, as browsers keep them in stock, and
 * does not hold TLS connections before the end of their handshake.
 */
export class OpenSockets implements ConnectionList {
  /** Below TLS. */
  readonly #accepted: Set<Socket> = new Set()
  readonly #ready: Set<Socket> = new Set()
  #refusesSilent = false

  /** @param secure - a TLS server's connections are ready for requests after the handshake */
  constructor(server: Server, secure: boolean) {
    if (secure) {
      server.on('connection', (socket: Socket) => {
        this.#accepted.add(socket)
        socket.on('close', () => this.#accepted.delete(socket))
      })
    }
    server.prependListener(secure ? 'secureConnection' : 'connection', (socket: Socket) => {
      if (this.#refusesSilent) socket.destroy()
      else this.#ready.add(socket)
    })
    server.on(secure ? 'secureConnection' : 'connection', (socket: Socket) => {
      Connection.of(socket).keptBy = this // behind Node's listener, so that Node hears of the close first
    })
  }

  /** A listener for each socket would be a good part of what an idle connection costs. */
  forget({ socket }: Connection): void {
    this.#ready.delete(socket)
  }

  /** Ends connections on which not a byte of a request has come; those that are still in their handshake will follow. */
  closeSilent(): void {
    this.#refusesSilent = true
    for (const socket of this.#ready) if (socket.bytesRead === 0) socket.destroy()
  }

  /**
   * Runs `action`, during which no connection with an exchange under way can be destroyed.
   *
   * Node's `closeIdleConnections()` takes a connection for idle as soon as `end()` was called, although most of a large
   * response may still wait for the peer to read on.
   */
  sparingBusy(action: () => void): void {
    const busy = [...this.#ready].filter((socket) => Connection.of(socket).busy)
    for (const socket of busy) socket.destroy = () => socket
    try {
      action()
    } finally {
      for (const socket of busy) Reflect.deleteProperty(socket, 'destroy')
    }
  }

  destroy(): void {
    for (const socket of this.#accepted) socket.destroy()
    for (const socket of this.#ready) socket.destroy()
  }
}
