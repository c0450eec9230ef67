import type { Socket } from 'node:net'
import type { HTTPError } from '../errors.ts'
import { plainAddress } from './exchange-host.ts'

/** What a connection reports to those who use it. */
export interface ConnectionUser {
  /** Another request has come behind: Node's server has to know of this one. */
  makeResponse(): void
  connectionClosed(): void
  /** True while content of the request is still to come. */
  readonly incomplete: boolean
  /** The rest of the request cannot be read. @returns false if all of it has been received */
  requestFailed(error: HTTPError): boolean
}

/** Who keeps a list of connections. */
export interface ConnectionList {
  /** The connection is closed. */
  forget(connection: Connection): void
}

const connection: unique symbol = Symbol('connection')

/** A socket that knows its connection: cheaper than a table of them. */
interface ConnectedSocket extends Socket {
  [connection]?: Connection
}

/**
 * One client connection and the exchanges on it that are not over yet, oldest first; with pipelining there can be several.
 *
 * It watches the socket once, so that the exchanges need not.
 */
export class Connection {
  readonly socket: Socket
  /** The peer's address; a socket that is closed no longer knows it. */
  readonly remoteAddress: string
  /** How many requests have come on it. */
  requestCount = 0
  /** True once the answer to a request is to be the last one: what comes behind that is not run (RFC 9112 §9.6). */
  ending = false
  /** Who lists it from the moment at which it is open. */
  keptBy: ConnectionList | undefined
  /** Who looks whether it is idle. */
  watchedBy: ConnectionList | undefined
  /** The oldest exchange; there is mostly one at a time, for which no list is made. */
  #first: ConnectionUser | undefined
  #others: ConnectionUser[] | undefined
  #whenIdle: (() => void)[] | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    this.remoteAddress = plainAddress(socket.remoteAddress)
    socket.on('close', close)
    if (socket.destroyed) queueMicrotask(() => this.close())
  }

  static of(socket: Socket): Connection {
    const connected: ConnectedSocket = socket
    connected[connection] ??= new Connection(socket)
    return connected[connection]
  }

  /** True while an exchange is under way. */
  get busy(): boolean {
    return this.#first !== undefined
  }

  add(user: ConnectionUser): void {
    if (this.#first === undefined) {
      this.#first = user
    } else {
      this.#others ??= []
      this.#others.push(user)
    }
  }

  remove(user: ConnectionUser): void {
    if (this.#first === user) this.#first = this.#others?.shift()
    else this.#others?.splice(this.#others.indexOf(user), 1)
    if (this.#first === undefined) this.#others = undefined
    if (this.#first !== undefined || this.#whenIdle === undefined) return
    const callbacks = this.#whenIdle
    this.#whenIdle = undefined
    for (const callback of callbacks) callback()
  }

  /** Calls back once when everything that came before has been answered; at once if it has. */
  afterExchanges(callback: () => void): void {
    if (!this.busy) return callback()
    this.#whenIdle ??= []
    this.#whenIdle.push(callback)
  }

  /** To be called before Node's server hears of another request. */
  makeResponses(): void {
    this.#first?.makeResponse()
    for (const user of this.#others ?? []) user.makeResponse()
  }

  /** True if no request has come behind that of `user`. */
  isNewest(user: ConnectionUser): boolean {
    return (this.#others?.at(-1) ?? this.#first) === user
  }

  /** True if one request is all that is under way, and a part of it is missing. */
  get endsWithin(): boolean {
    return this.#first?.incomplete === true && (this.#others ?? []).length === 0
  }

  /** Tells the request that is being received that it will not be completed. @returns false if there is none */
  failRequest(error: HTTPError): boolean {
    return this.#first?.requestFailed(error) === true || (this.#others ?? []).some((user) => user.requestFailed(error))
  }

  /** To be called when the socket is closed. */
  close(): void {
    this.keptBy?.forget(this)
    this.watchedBy?.forget(this)
    const others = this.#others?.slice() ?? []
    this.#first?.connectionClosed() // which removes it
    for (const user of others) user.connectionClosed()
  }
}

/** One listener for all sockets: a closure for each would be most of what a connection costs. */
function close(this: ConnectedSocket): void {
  this[connection]?.close()
}
