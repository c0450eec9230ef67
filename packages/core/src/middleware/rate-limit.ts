import { HTTPError } from '../errors.ts'
import { crypto } from '../late-modules.ts'
import type { Middleware } from '../middleware.ts'
import { checkInteger, checkType, OptionError, withDefaults } from '../options.ts'
import type { RequestHandler } from '../request-handler.ts'
import { addressKey } from './address-key.ts'
import { type Allowance, TokenBuckets } from './token-bucket.ts'

export interface RateLimitOptions {
  /** How many requests a client may make at once, and within `window`. */
  limit: number
  /** In how many milliseconds the whole limit comes back. @defaultValue 60000 */
  window?: number | undefined
  /** Whose limit a request counts against. @defaultValue the client's IP address; of IPv6 the first 64 bits */
  key?: ((handler: RequestHandler) => string | Promise<string>) | undefined
  /** How many clients are remembered; beyond that the one not seen for longest starts anew. @defaultValue 10000 */
  maxKeys?: number | undefined
  /** True for a request that neither counts nor is refused. @defaultValue none */
  skip?: ((handler: RequestHandler) => boolean | Promise<boolean>) | undefined
  /** Of the policy, in the answer's fields. @defaultValue `'default'` */
  name?: string | undefined
}

/**
 * Refuses clients that ask too often, with 429 and `Retry-After`, before a handler does any work.
 *
 * A client may make `limit` requests at once; they come back one by one, all of them within `window`. Every answer tells how
 * things stand in `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10): `"default";r=41;t=2` means 41
 * more requests now, and one more in 2 seconds. The counts are kept in this process: several workers have one each.
 *
 * Each call keeps its own counts, so the same middleware in two places shares them, and two calls do not.
 *
 * @throws {@link OptionError}
 *
 * @example
 * group([['/login', LoginHandler]], { middleware: [rateLimit({ limit: 5, window: 60_000, name: 'login' })] })
 */
export function rateLimit(options: RateLimitOptions): Middleware {
  const { limit, window, key, maxKeys, skip, name } = resolve(options)
  const buckets = new TokenBuckets({ limit, window, maxKeys })
  const policy = `"${name}";q=${limit};w=${Math.ceil(window / 1000)}`
  return async (handler, next) => {
    if (await skip(handler)) return next()
    const allowance = buckets.take(shortened(await key(handler)), Math.floor(performance.now()))
    addItem(handler, 'RateLimit-Policy', policy)
    addItem(handler, 'RateLimit', `"${name}";r=${allowance.remaining};t=${seconds(allowance)}`)
    if (!allowance.allowed) {
      throw new HTTPError(429, `more than ${limit} requests in ${window} ms`, {
        headers: { 'Retry-After': seconds(allowance) },
      })
    }
    return next()
  }
}

const LONGEST_WINDOW = 31 * 86_400_000
const POLICY_NAME = /^[a-z0-9_.-]{1,64}$/i
const DEFAULTS = {
  limit: undefined as number | undefined,
  window: 60_000,
  key: (handler: RequestHandler): string | Promise<string> => addressKey(handler.request.remoteIp),
  maxKeys: 10_000,
  skip: (_handler: RequestHandler): boolean | Promise<boolean> => false,
  name: 'default',
}

function resolve(given: RateLimitOptions): typeof DEFAULTS & { limit: number } {
  const { limit, ...rest } = withDefaults('rateLimit()', DEFAULTS, given)
  checkInteger('limit', limit, { min: 1, max: 1_000_000 })
  checkInteger('window', rest.window, { min: 1, max: LONGEST_WINDOW })
  checkInteger('maxKeys', rest.maxKeys, { min: 1, max: 10_000_000 })
  checkType('key', rest.key, 'function')
  checkType('skip', rest.skip, 'function')
  checkType('name', rest.name, 'string')
  if (!POLICY_NAME.test(rest.name))
    throw new OptionError(`name must be 1 to 64 letters, digits or _.-, got ${JSON.stringify(rest.name)}`)
  return { ...rest, limit: limit as number } // just checked
}

const LONGEST_KEY = 48 // characters; shorter than what a long key becomes, so that neither can pass for the other

/** A key of bounded size, whatever a client sends where an application takes its keys from. */
function shortened(key: string): string {
  checkKey(key)
  return key.length <= LONGEST_KEY ? key : `sha256:${crypto().createHash('sha256').update(key).digest('base64')}`
}

function checkKey(key: unknown): void {
  if (typeof key !== 'string') throw new TypeError(`rateLimit: key() must return a string, got ${typeof key}`)
}

function seconds({ wait }: Allowance): number {
  return Math.ceil(wait / 1000)
}

/** Adds to a list that limits of an outer group may have begun. */
function addItem(handler: RequestHandler, name: string, item: string): void {
  const earlier = handler.getHeader(name)
  handler.setDefaultHeader(name, earlier === undefined ? item : `${earlier}, ${item}`)
}
