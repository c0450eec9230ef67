export { type BindOptions, bindSockets, bindUnusedPort } from './bind-sockets.ts'
export { type Datagram, type DatagramAddress, DatagramSocket, type DatagramSocketOptions } from './datagram-socket.ts'
export {
  ConnectError,
  type ConnectPhase,
  DatagramSocketClosedError,
  StreamBufferFullError,
  StreamBusyError,
  StreamClosedError,
  TCPOptionError,
  UnsatisfiableReadError,
} from './errors.ts'
export {
  IOStream,
  type PartialReadOptions,
  type ReadOptions,
  type RegexSearchOptions,
  type SearchOptions,
} from './iostream.ts'
export type { ListeningSocket } from './listening-socket.ts'
export type { TCPLogger, TCPLogMethod } from './log.ts'
export type { StreamOptions } from './stream-options.ts'
export { type ConnectOptions, TCPClient } from './tcp-client.ts'
export {
  type PeerAddress,
  type StopOptions,
  type StreamHandler,
  TCPServer,
  type TCPServerOptions,
} from './tcp-server.ts'
export type { ClientTLSOptions, ServerTLSOptions, StartTLSOptions } from './tls-handshake.ts'
