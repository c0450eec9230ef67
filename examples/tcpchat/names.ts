const NAME = /^[\p{L}\p{N}_-]{1,20}$/u

/** @returns why the name cannot be used; undefined if it can */
export function nameProblem(name: string): string | undefined {
  return NAME.test(name) ? undefined : 'A name has 1 to 20 letters, digits, _ or -.'
}

/** Text that is safe to show in a terminal: a chatter must not move the cursors of the others. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '').trim()
}
