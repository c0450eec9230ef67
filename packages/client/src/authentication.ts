/** Who asks: the options that say it, and the field that proves it to a server. */
import { inspect } from 'node:util'
import { DigestSession, digestChallenge } from './digest-auth.ts'
import { HTTPClientOptionError } from './option-error.ts'

/** Name and password (RFC 7617, RFC 7616), or a token (RFC 6750). */
export type Auth =
  | {
      readonly username: string
      readonly password: string
      /**
       * `'digest'` never sends the password, but an answer to what the server asks first: one more request for the first
       * one, whose body must be one that can be sent twice. @defaultValue `'basic'`
       */
      readonly mode?: 'basic' | 'digest' | undefined
    }
  | { readonly bearer: string }

/** `auth`, or the same under Tornado's names. */
export interface AuthOptions {
  /** Stands back behind an `Authorization` field; stripped when a redirect leads to another origin. */
  readonly auth?: Auth | undefined
  /** `auth.username` as Tornado calls it. */
  readonly authUsername?: string | undefined
  /** @defaultValue empty */
  readonly authPassword?: string | undefined
  /** @defaultValue `'basic'` */
  readonly authMode?: 'basic' | 'digest' | undefined
}

const MAX_SESSIONS = 1000 // origins and names whose nonces are remembered; the longest unused is forgotten first

/** The same options with `auth` alone. @throws {@link HTTPClientOptionError} */
export function withAuth<T extends AuthOptions>(options: T): Omit<T, 'authUsername' | 'authPassword' | 'authMode'> {
  const { authUsername, authPassword, authMode, ...rest } = options
  if (authUsername === undefined) {
    const stray = authPassword === undefined ? authMode : authPassword
    if (stray !== undefined) throw new HTTPClientOptionError('authPassword and authMode need authUsername')
    return rest
  }
  if (options.auth !== undefined) throw new HTTPClientOptionError('only one of auth, authUsername can be given')
  return { ...rest, auth: { username: authUsername, password: authPassword ?? '', mode: authMode } }
}

/**
 * The name and password of a URL; undefined if it has none.
 *
 * @param what - what the URL is, for the error
 * @throws {@link HTTPClientOptionError} if they are not percent-encoded UTF-8
 */
export function urlCredentials(what: string, url: URL): { username: string; password: string } | undefined {
  if (url.username === '' && url.password === '') return undefined
  try {
    return { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
  } catch (cause) {
    throw new HTTPClientOptionError(`the name and password in ${what} must be percent-encoded UTF-8`, { cause })
  }
}

/** @throws {@link HTTPClientOptionError}, which does not repeat what may be a password */
export function checkAuth(auth: unknown): void {
  if (typeof auth === 'object' && auth !== null) {
    if ('bearer' in auth && typeof auth.bearer === 'string' && Object.keys(auth).length === 1) return
    if ('username' in auth && 'password' in auth) return checkPassword(auth)
  }
  throw new HTTPClientOptionError('auth must be { username, password, mode } or { bearer }')
}

function checkPassword(auth: { username: unknown; password: unknown; mode?: unknown }): void {
  const { username, password, mode = 'basic', ...others } = auth
  if (typeof username !== 'string' || typeof password !== 'string' || Object.keys(others).length > 0) {
    throw new HTTPClientOptionError('auth must have a username and a password, both text, and perhaps a mode')
  }
  if (mode !== 'basic' && mode !== 'digest') {
    throw new HTTPClientOptionError(`auth.mode must be 'basic' or 'digest', got ${inspect(mode)}`)
  }
  if (mode === 'basic' && username.includes(':')) {
    throw new HTTPClientOptionError('auth.username must not hold a colon, which ends it in basic authentication')
  }
}

/** What servers have asked for, so that only the first request to each has to be sent twice. */
export class Authentication {
  readonly #sessions: Map<string, DigestSession> = new Map()

  /** The value of `Authorization`; undefined for digest as long as the server has not asked. */
  field(auth: Auth, url: URL, method: string): string | undefined {
    if ('bearer' in auth) return `Bearer ${auth.bearer}`
    const { username, password } = auth
    if (auth.mode !== 'digest') return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    const key = sessionKey(auth, url)
    const session = this.#sessions.get(key)
    if (session === undefined) return undefined
    this.#keep(key, session) // as the last one used
    return session.authorization(username, password, method, `${url.pathname}${url.search}`)
  }

  /**
   * Whether a refused request is worth being sent again: the server asks for digest, and either for the first time or
   * because no more than the nonce was too old.
   *
   * @param answered - how often this request has been sent again already
   */
  challenged(auth: Auth | undefined, url: URL, wwwAuthenticate: string | null, answered: number): boolean {
    if (auth === undefined || 'bearer' in auth || auth.mode !== 'digest') return false
    const challenge = digestChallenge(wwwAuthenticate)
    if (challenge === undefined || answered > (challenge.stale ? 1 : 0)) return false
    this.#keep(sessionKey(auth, url), new DigestSession(challenge))
    return true
  }

  /** Goes on with the nonce that an answer names for the next request. */
  renew(auth: Auth | undefined, url: URL, authenticationInfo: string | null): void {
    if (auth === undefined || authenticationInfo === null) return
    const key = sessionKey(auth, url)
    const next = this.#sessions.get(key)?.next(authenticationInfo)
    if (next !== undefined) this.#keep(key, next)
  }

  #keep(key: string, session: DigestSession): void {
    this.#sessions.delete(key)
    this.#sessions.set(key, session)
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest)
  }
}

function sessionKey(auth: Auth, url: URL): string {
  return JSON.stringify([url.origin, auth])
}
