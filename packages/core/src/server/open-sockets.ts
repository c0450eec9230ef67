import type { Server, Socket } from 'node:net'

/**
 * Every connection of a server, from the moment at which it is accepted.
 *
 * Node's own list takes a connection on which nothing has been asked yet for a busy one, as browsers keep them in stock, and
 * does not hold TLS connections before the end of their handshake.
 */
export class OpenSockets {
  readonly #accepted: Set<Socket> = new Set()
  readonly #ready: Set<Socket> = new Set()
  #refusesSilent = false

  /** @param secure - a TLS server's connections are ready for requests after the handshake */
  constructor(server: Server, secure: boolean) {
    const accepted = this.#accepted
    const ready = this.#ready
    // one listener for all sockets: a closure for each would be a good part of what an idle connection costs
    const forget = function (this: Socket): void {
      accepted.delete(this)
      ready.delete(this)
    }
    server.on('connection', (socket: Socket) => {
      accepted.add(socket)
      socket.on('close', forget)
    })
    server.prependListener(secure ? 'secureConnection' : 'connection', (socket: Socket) => {
      if (this.#refusesSilent) return void socket.destroy()
      ready.add(socket)
      if (secure) socket.on('close', forget) // another object than the one that was accepted
    })
  }

  /** Ends connections on which not a byte of a request has come; those that are still in their handshake will follow. */
  closeSilent(): void {
    this.#refusesSilent = true
    for (const socket of this.#ready) if (socket.bytesRead === 0) socket.destroy()
  }

  destroy(): void {
    for (const socket of this.#accepted) socket.destroy()
  }
}
