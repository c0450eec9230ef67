import type { Connection, ConnectionList } from './connection.ts'

const SWEEPS_PER_TIMEOUT = 8
const MIN_INTERVAL = 50 // ms

/** What a connection was seen with when it was found idle. */
interface IdleState {
  since: number
  requestCount: number
  bytesRead: number
}

/**
 * Closes connections on which no request came for a while.
 *
 * Node would set a timer anew with each answer. Here one timer looks at all connections now and then, and a request costs
 * nothing; a connection is kept for at least the announced time and for up to a quarter longer.
 */
export class IdleConnections implements ConnectionList {
  readonly #timeout: number
  readonly #connections: Map<Connection, IdleState | undefined> = new Map()
  #timer: NodeJS.Timeout | undefined

  /** @param timeout - in milliseconds; 0 for ever */
  constructor(timeout: number) {
    this.#timeout = timeout
  }

  watch(connection: Connection): void {
    if (this.#timeout === 0) return
    this.#connections.set(connection, undefined)
    connection.watchedBy = this
    this.#timer ??= setInterval(
      () => this.#sweep(),
      Math.max(MIN_INTERVAL, Math.ceil(this.#timeout / SWEEPS_PER_TIMEOUT)),
    ).unref()
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection)
    if (this.#connections.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #sweep(): void {
    const now = performance.now()
    for (const [connection, state] of this.#connections) {
      if (connection.busy) this.#connections.set(connection, undefined)
      else if (state === undefined || !isAsBefore(connection, state))
        this.#connections.set(connection, idleState(connection, now))
      else if (now - state.since >= this.#timeout) connection.socket.destroy()
    }
  }
}

/** Bytes that came since belong to a request whose head has its own time-out. */
function isAsBefore({ requestCount, socket }: Connection, state: IdleState): boolean {
  return requestCount === state.requestCount && socket.bytesRead === state.bytesRead
}

function idleState({ requestCount, socket }: Connection, since: number): IdleState {
  return { since, requestCount, bytesRead: socket.bytesRead }
}
