/** A setting or argument that cannot be used: its name, the rule it breaks and the value given are in the message. */
export class TCPOptionError extends TypeError {
  static {
    this.prototype.name = 'TCPOptionError'
  }
  readonly code = 'TYPHOON_OPTION'
}

/** The stream is closed: a read cannot be completed, or what was written did not reach the kernel (Tornado: `StreamClosedError`). */
export class StreamClosedError extends Error {
  static {
    this.prototype.name = 'StreamClosedError'
  }
  readonly code = 'TYPHOON_STREAM_CLOSED'
  /** What closed it, such as a reset by the peer; undefined if it was closed in the normal way. Also the `cause`. */
  readonly realError: Error | undefined

  constructor(action: string, realError: Error | undefined) {
    super(`${action}: the stream is closed${realError === undefined ? '' : ` (${realError.message})`}`, {
      cause: realError,
    })
    this.realError = realError
  }
}

/** `maxBytes` of a read were there without a match, so the read can never succeed. The stream is closed. */
export class UnsatisfiableReadError extends Error {
  static {
    this.prototype.name = 'UnsatisfiableReadError'
  }
  readonly code = 'TYPHOON_UNSATISFIABLE_READ'
}

/**
 * A buffer would grow beyond its limit, which `limit` names.
 *
 * At `maxBufferSize` the stream is closed. At `maxWriteBufferSize` nothing of the data was taken and the stream stays open.
 */
export class StreamBufferFullError extends Error {
  static {
    this.prototype.name = 'StreamBufferFullError'
  }
  readonly code = 'TYPHOON_STREAM_BUFFER_FULL'
  readonly limit: 'maxBufferSize' | 'maxWriteBufferSize'

  constructor(limit: 'maxBufferSize' | 'maxWriteBufferSize', max: number) {
    super(`the ${limit === 'maxBufferSize' ? 'read' : 'write'} buffer is full: ${limit} is ${max} bytes`)
    this.limit = limit
  }
}

/** The stream cannot do this now: another read is pending, a handshake is under way, or bytes are unread before `startTls()`. */
export class StreamBusyError extends Error {
  static {
    this.prototype.name = 'StreamBusyError'
  }
  readonly code = 'TYPHOON_STREAM_BUSY'
}

/** The step at which a connection failed: the name, the TCP (or Unix socket) connection, the TLS handshake. */
export type ConnectPhase = 'lookup' | 'connect' | 'tls'

/** No connection was made; what the system said is the `cause`. */
export class ConnectError extends Error {
  static {
    this.prototype.name = 'ConnectError'
  }
  readonly code: 'TYPHOON_CONNECT' | 'TYPHOON_CONNECT_TIMEOUT'
  /** The host as it was given, or the path of a Unix socket. */
  readonly host: string
  /** 0 for a Unix socket. */
  readonly port: number
  readonly phase: ConnectPhase

  /** @internal */
  constructor(
    target: { host: string; port: number },
    phase: ConnectPhase,
    reason: { cause: Error } | { timeout: number },
  ) {
    const { host, port } = target
    const where = port === 0 ? host : `${host} port ${port}`
    const why = 'timeout' in reason ? `no success within ${reason.timeout} ms` : describe(reason.cause)
    super(`cannot connect to ${where}: ${why} (phase: ${phase})`, 'cause' in reason ? { cause: reason.cause } : {})
    this.code = 'timeout' in reason ? 'TYPHOON_CONNECT_TIMEOUT' : 'TYPHOON_CONNECT'
    this.host = host
    this.port = port
    this.phase = phase
  }
}

/** When every address of a host has failed, Node gives an AggregateError with an empty message. */
function describe(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each) => describe(each as Error)).join('; ')
  return error.message
}

/** The datagram socket is closed. */
export class DatagramSocketClosedError extends Error {
  static {
    this.prototype.name = 'DatagramSocketClosedError'
  }
  readonly code = 'TYPHOON_DATAGRAM_SOCKET_CLOSED'

  constructor(action: string) {
    super(`${action}: the socket is closed`)
  }
}
