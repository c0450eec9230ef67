import type { ValidationIssue } from '@typhoon/core'

/** Something was sent on a socket that is closing or closed. */
export class WebSocketClosedError extends Error {
  static {
    this.prototype.name = 'WebSocketClosedError'
  }
  readonly code = 'TYPHOON_WEBSOCKET_CLOSED'

  constructor(action: string, options?: ErrorOptions) {
    super(`${action}: the WebSocket is closed`, options)
  }
}

/** A message that `static messages.in` refuses; `onInvalidMessage()` is told. */
export class InvalidMessageError extends Error {
  static {
    this.prototype.name = 'InvalidMessageError'
  }
  readonly code = 'TYPHOON_INVALID_MESSAGE'
  /** What to close with: 1003 for bytes where text is due, 1007 for text that is not JSON, 1008 for JSON that the schema refuses. */
  readonly closeCode: 1003 | 1007 | 1008
  /** What the schema found, if it was asked. */
  readonly issues: readonly ValidationIssue[]

  constructor(
    closeCode: 1003 | 1007 | 1008,
    message: string,
    options: ErrorOptions & { issues?: readonly ValidationIssue[] } = {},
  ) {
    super(message, options)
    this.closeCode = closeCode
    this.issues = options.issues ?? []
  }
}

/** The server answered the upgrade of `websocketConnect()` with something else than 101. */
export class UpgradeRefusedError extends Error {
  static {
    this.prototype.name = 'UpgradeRefusedError'
  }
  readonly code = 'TYPHOON_UPGRADE_REFUSED'
  readonly status: number
  /** Fields of the answer, names in lower case; several of one name are joined with a comma. */
  readonly headers: ReadonlyMap<string, string>
  /** The beginning of the answer's body, at most 64 KiB. */
  readonly body: string

  constructor(url: string, answer: { status: number; headers: ReadonlyMap<string, string>; body: string }) {
    super(`${url} refused the upgrade with status ${answer.status}`)
    this.status = answer.status
    this.headers = answer.headers
    this.body = answer.body
  }
}
