/** Close codes (RFC 6455 §7.4, and the IANA registry for 1012 and 1013). */

/** The ones that Typhoon itself closes with. */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  none: 1005,
  abnormal: 1006,
  invalidPayload: 1007,
  policyViolation: 1008,
  tooBig: 1009,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
} as const

const MAX_REASON = 123 // bytes: 125 of a control frame less two for the code, RFC 6455 §5.5

/**
 * @throws {@link RangeError} for a code that no endpoint may send, or a reason of more than 123 bytes
 */
export function checkClose(code: number, reason: string): void {
  if (!isSendable(code))
    throw new RangeError(`close: an endpoint may send 1000 to 1014 and 3000 to 4999 except 1004 to 1006, got ${code}`)
  const size = Buffer.byteLength(reason)
  if (size > MAX_REASON) throw new RangeError(`close: a reason has at most ${MAX_REASON} bytes, got ${size}`)
}

function isSendable(code: number): boolean {
  if (!Number.isInteger(code)) return false
  return (code >= 3000 && code <= 4999) || (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006))
}
