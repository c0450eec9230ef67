import type { AddressInfo, Server, Socket } from 'node:net'

const MOST_WAITING = 128 // connections

/**
 * A socket that listens already, for a server that starts later (the result of {@link bindSockets}).
 *
 * Connections made before `accept()` wait, as they would in the kernel; beyond 128 they are refused.
 */
export class ListeningSocket implements AsyncDisposable {
  readonly #server: Server
  readonly #waiting: Set<Socket> = new Set()
  #listener: ((socket: Socket) => void) | undefined

  /** @internal @param server - listens, and makes its connections paused */
  constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => this.#receive(socket))
  }

  /** Where it listens; for a Unix socket its path. */
  get address(): AddressInfo | string {
    const address = this.#server.address()
    if (address === null) throw new Error('address: the socket is closed')
    return address
  }

  /** @internal Hands over each connection, beginning with those that wait. */
  accept(listener: (socket: Socket) => void): void {
    this.#listener = listener
    for (const socket of this.#waiting) {
      socket.off('error', ignore)
      if (!socket.destroyed) listener(socket)
    }
    this.#waiting.clear()
  }

  /** Listens no more and drops the connections that nobody has accepted; those that were accepted go on. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    const stopped = this.#stopListening()
    for (const socket of this.#waiting) socket.destroy()
    this.#waiting.clear()
    await stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Node's `close()` calls back when the connections have ended, too; the port is free at once. */
  #stopListening(): Promise<void> {
    this.#server.close()
    return new Promise((resolve) => setImmediate(resolve))
  }

  #receive(socket: Socket): void {
    if (this.#listener !== undefined) return this.#listener(socket)
    if (this.#waiting.size >= MOST_WAITING) return void socket.destroy()
    this.#waiting.add(socket)
    socket.on('error', ignore)
    socket.once('close', () => this.#waiting.delete(socket))
  }
}

function ignore(): void {}
