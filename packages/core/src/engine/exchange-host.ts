import type { ShutdownListener } from '../exchange.ts'
import type { TrustedProxies } from './forwarding.ts'

/** An exchange under way, as the server counts it. */
export interface OpenExchange {
  /** Where the server has it in its list. */
  place: number
  abort(): void
}

/** What an exchange needs of the server it came in at. */
export interface ExchangeHost {
  /** True while the server shuts down: connections end with the response under way. */
  readonly closing: boolean
  /** How long a connection without a request is kept, in milliseconds; 0 for ever. */
  readonly idleTimeout: number
  /** Whose word about the client counts; undefined for nobody's. */
  readonly proxies: TrustedProxies | undefined
  addShutdownListener(listener: ShutdownListener): void
  removeShutdownListener(listener: ShutdownListener): void
  /** Called once by each exchange when it begins. */
  enter(exchange: OpenExchange): void
  /** Called once by each exchange when it is over and its handler is through. */
  leave(exchange: OpenExchange): void
}

/** An IPv4 client of a socket that serves both families is known by its IPv4 address. */
export function plainAddress(address = ''): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address
}
