import { inspect } from 'node:util'
import { TCPOptionError } from './errors.ts'

/** The longest timer, in milliseconds; Node fires a longer one after 1 ms. */
export const LONGEST_TIMER: number = 2 ** 31 - 1

/** @throws {@link TCPOptionError} for a name that is not among `names`, so a misspelt option cannot pass unnoticed */
export function checkNames(owner: string, given: object, names: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue
    throw new TCPOptionError(`${owner} has no option ${name}; it has ${names.join(', ')}`)
  }
}

/** @throws {@link TCPOptionError} unless `value` is a whole number from `min` to `max` */
export function checkInteger(name: string, value: unknown, { min, max }: { min: number; max: number }): void {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return // isInteger has seen a number
  throw new TCPOptionError(`${name} must be a whole number from ${min} to ${max}, got ${inspect(value)}`)
}

/** @throws {@link TCPOptionError} unless `value` is a port; 0 lets the system choose one */
export function checkPort(value: unknown, min = 0): void {
  checkInteger('port', value, { min, max: 65_535 })
}

/** @throws {@link TCPOptionError} unless `value` is text with something in it and no NUL, at which system calls end a name */
export function checkText(name: string, value: unknown): void {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return
  throw new TCPOptionError(`${name} must be a non-empty string without NUL, got ${inspect(value)}`)
}
