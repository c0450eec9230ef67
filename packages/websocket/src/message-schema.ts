/** Typed messages: JSON text that a schema of any Standard Schema library has checked. */
import type { Schema, ValidationIssue } from '@typhoon/core'
import { CloseCode } from './close-code.ts'
import { InvalidMessageError } from './errors.ts'

/** What a handler receives and sends; either may be left out. */
export interface MessageSchemas {
  readonly in?: Schema
  readonly out?: Schema
}

/** What `onMessage()` gets: what `in` returns, or text and bytes as they came. */
export type Incoming<Messages> = Messages extends { readonly in: Schema<infer Output> } ? Output : string | Buffer

/** What `writeMessage()` takes: what `out` returns, or text, bytes and anything that JSON can hold. */
export type Outgoing<Messages> = Messages extends { readonly out: Schema<infer Output> }
  ? Output
  : string | Uint8Array | object

/** @returns the message as `schema` gives it back, or a promise of it. @throws {@link InvalidMessageError}, also by the promise */
export function parseMessage(schema: Schema, message: string | Buffer): unknown {
  const checked = schema['~standard'].validate(parseJSON(message))
  return checked instanceof Promise ? checked.then(checkedValue) : checkedValue(checked)
}

function parseJSON(message: string | Buffer): unknown {
  if (typeof message !== 'string')
    throw new InvalidMessageError(CloseCode.unsupportedData, 'a binary message where JSON text is due')
  try {
    return JSON.parse(message)
  } catch (cause) {
    throw new InvalidMessageError(CloseCode.invalidPayload, 'the message is not JSON', { cause })
  }
}

type Checked = Awaited<ReturnType<Schema['~standard']['validate']>>

function checkedValue(checked: Checked): unknown {
  if (checked.issues === undefined) return checked.value
  const issues: ValidationIssue[] = checked.issues.map(({ message, path }) => ({
    message,
    path: (path ?? []).map(plainKey),
  }))
  throw new InvalidMessageError(
    CloseCode.policyViolation,
    `the message is not valid: ${issues.map(describe).join('; ')}`,
    { issues },
  )
}

/** Checks what is to be sent. @throws {@link TypeError}, also by the promise: a message that does not fit is the handler's mistake */
export function checkOutgoing(schema: Schema, message: unknown): unknown {
  const checked = schema['~standard'].validate(message)
  return checked instanceof Promise ? checked.then(outgoingValue) : outgoingValue(checked)
}

function outgoingValue(checked: Checked): unknown {
  if (checked.issues === undefined) return checked.value
  throw new TypeError(
    `writeMessage: static messages.out refuses the message: ${checked.issues.map(({ message }) => message).join('; ')}`,
  )
}

function plainKey(segment: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof segment === 'object' ? segment.key : segment
  return typeof key === 'number' ? key : String(key)
}

function describe({ message, path }: ValidationIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`
}
