/** Options: filled in and checked once, when a hub is made. */
import { HubOptionError } from './errors.ts'
import { util } from './late-modules.ts'

/** In milliseconds; Node fires a longer timer after 1 ms. */
export const LONGEST_TIMER: number = 2 ** 31 - 1

/**
 * `undefined` means the default.
 *
 * @throws {@link HubOptionError} if there is no option of a given name
 */
export function withDefaults<T extends object>(kind: string, defaults: T, given: object): T {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(defaults, name)) continue
    throw new HubOptionError(`${kind} has no option ${name}; it has ${Object.keys(defaults).join(', ')}`)
  }
  const chosen = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(chosen) }
}

/** @throws {@link HubOptionError} unless `value` is a whole number in the range */
export function checkInteger(name: string, value: unknown, min: number, max: number): void {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return // isInteger has seen a number
  throw new HubOptionError(`${name} must be a whole number from ${min} to ${max}, got ${util.inspect(value)}`)
}
