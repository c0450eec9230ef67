/** A value, or a promise of one: what is in memory is answered without waiting for a turn of the event loop. */
export type MaybePromise<T> = T | Promise<T>

/** Goes on with a value, at once if it is there. */
export function after<T, U>(value: MaybePromise<T>, goOn: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(goOn) : goOn(value)
}
