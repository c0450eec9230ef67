/** The Cache-Control field of static files (RFC 9111 §5.2.2, RFC 8246). */

/** For content that has a URL of its own for each version: a year, the longest that caches are known to honour. */
export const IMMUTABLE = 'public, max-age=31536000, immutable'

/** Keep it, but ask whether it is still the same before each use. */
export const REVALIDATE = 'no-cache'

/** For what is missing: during a deployment it may be there a moment later, or on the next server. */
export const DO_NOT_STORE = 'no-store'

/** @param seconds - 0 means that each use asks first */
export function maxAge(seconds: number): string {
  return seconds > 0 ? `public, max-age=${seconds}` : REVALIDATE
}
