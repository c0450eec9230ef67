/**
 * The text with every match of `illegal` as percent-encoded UTF-8 (RFC 3986 §2.1).
 *
 * Unlike `encodeURIComponent` it never throws: half a surrogate pair is sent as U+FFFD. Let the expression match runs of
 * characters, so that no pair is taken apart.
 *
 * @param illegal - with the flag `g`
 */
export function percentEncode(text: string, illegal: RegExp): string {
  return text.replace(illegal, (run) => Buffer.from(run).toString('hex').toUpperCase().replace(/../g, '%$&'))
}
