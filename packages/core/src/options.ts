/** A setting that cannot be used: its name, the rule it breaks and the value that was given are in the message. */
export class OptionError extends TypeError {
  static {
    this.prototype.name = 'OptionError'
  }
  readonly code = 'TYPHOON_OPTION'
}

/**
 * The defaults overlaid with what was given; `undefined` means the default.
 *
 * @throws {@link OptionError} for a name that has no default, so a misspelt option cannot pass unnoticed
 */
export function withDefaults<T extends object>(
  owner: string,
  defaults: T,
  given: { [K in keyof T]?: T[K] | undefined },
): T {
  const options = { ...defaults }
  for (const name of Object.keys(given) as (keyof T & string)[]) {
    if (!Object.hasOwn(defaults, name)) {
      throw new OptionError(`${owner} has no option ${name}; it has ${Object.keys(defaults).join(', ')}`)
    }
    const value = given[name]
    if (value !== undefined) options[name] = value as T[typeof name]
  }
  return options
}

/** @throws {@link OptionError} unless `value` is a whole number from `min` to `max` */
export function checkInteger(name: string, value: unknown, { min, max }: { min: number; max: number }): void {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return
  throw new OptionError(`${name} must be a whole number from ${min} to ${max}, got ${show(value)}`)
}

/** @throws {@link OptionError} unless `value` is one of `allowed` */
export function checkOneOf<T>(name: string, value: unknown, allowed: readonly T[]): void {
  if (allowed.includes(value as T)) return
  throw new OptionError(`${name} must be one of ${allowed.map(show).join(', ')}, got ${show(value)}`)
}

/** @throws {@link OptionError} unless `value` is of the type that `typeof` calls `type` */
export function checkType(name: string, value: unknown, type: 'string' | 'boolean' | 'function' | 'object'): void {
  if (typeof value === type && value !== null) return
  throw new OptionError(`${name} must be a ${type}, got ${show(value)}`)
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`
  if (typeof value === 'object' && value !== null) return `an object (${value.constructor?.name ?? 'null prototype'})`
  return String(value)
}
