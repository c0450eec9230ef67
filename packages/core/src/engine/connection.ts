import type { Socket } from 'node:net'

/** What a connection reports to those who use it. */
export interface ConnectionUser {
  connectionClosed(): void
}

const connections = new WeakMap<Socket, Connection>()

/**
 * One client connection and the exchanges on it that are not over yet, oldest first; with pipelining there can be several.
 *
 * It watches the socket once, so that the exchanges need not.
 */
export class Connection {
  readonly socket: Socket
  readonly #users: Set<ConnectionUser> = new Set()
  #whenIdle: (() => void) | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket.once('close', () => this.#close())
    if (socket.destroyed) queueMicrotask(() => this.#close())
  }

  static of(socket: Socket): Connection {
    const known = connections.get(socket)
    if (known !== undefined) return known
    const connection = new Connection(socket)
    connections.set(socket, connection)
    return connection
  }

  add(user: ConnectionUser): void {
    this.#users.add(user)
  }

  remove(user: ConnectionUser): void {
    this.#users.delete(user)
    if (this.#users.size === 0) this.#whenIdle?.()
  }

  /** Calls back when everything that came before has been answered; at once if it has. */
  afterExchanges(callback: () => void): void {
    if (this.#users.size === 0) callback()
    else this.#whenIdle = callback
  }

  #close(): void {
    for (const user of [...this.#users]) user.connectionClosed()
  }
}
