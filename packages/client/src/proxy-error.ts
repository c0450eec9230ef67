/** A proxy did not make the connection that it was asked for. */
export class ProxyRefusedError extends Error {
  static {
    this.prototype.name = 'ProxyRefusedError'
  }
  /** Of an HTTP proxy the status of its answer, for instance 407 if it wants a name and password; of a SOCKS proxy its reply code. */
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}
