/** Cookies that servers have set, kept for the requests that are to bring them back (RFC 6265). Only this file knows tough-cookie. */
import { randomBytes } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { type Cookie, CookieJar as Jar, MemoryCookieStore } from 'tough-cookie'

/** A cookie that a jar holds. */
export interface StoredCookie {
  readonly name: string
  readonly value: string
  readonly domain: string
  readonly path: string
  readonly secure: boolean
  readonly httpOnly: boolean
  /** Undefined for one that lasts as long as the session, which is what a browser would call the jar. */
  readonly expires: Date | undefined
}

export interface CookieJarOptions {
  /** Most cookies of one domain; a further one replaces the oldest. @defaultValue 100 */
  readonly maxCookiesPerDomain?: number | undefined
  /** Most cookies in all; a further one replaces the oldest. @defaultValue 3000 */
  readonly maxCookies?: number | undefined
}

const MAX_LINE = 8192 // bytes of one Set-Cookie field that are looked at
const MAX_COOKIE = 4096 // bytes of name and value together, as browsers have it

/**
 * A cookie jar. Domains, paths, expiry, `Secure` and the public suffix list are kept: no site sets cookies for `co.uk`.
 *
 * @example
 * const cookies = await CookieJar.load('cookies.json')
 * const client = new AsyncHTTPClient({ cookies })
 * // …
 * await cookies.save('cookies.json')
 */
export class CookieJar {
  readonly #maxCookies: number
  readonly #maxCookiesPerDomain: number
  #store = new MemoryCookieStore()
  #jar = new Jar(this.#store)

  constructor(options: CookieJarOptions = {}) {
    this.#maxCookies = options.maxCookies ?? 3000
    this.#maxCookiesPerDomain = options.maxCookiesPerDomain ?? 100
  }

  /**
   * Takes a cookie as a `Set-Cookie` field has it, for instance `theme=dark; Path=/; Max-Age=3600`.
   *
   * @param url - where it came from
   * @returns false if it was not taken: not a cookie, too large, or not that site's to set
   */
  set(setCookie: string, url: string | URL): boolean {
    if (setCookie.length > MAX_LINE) return false
    let cookie: Cookie | undefined
    try {
      cookie = this.#jar.setCookieSync(setCookie, String(url), { ignoreError: true })
    } catch {
      return false // ignoreError covers rejected cookies, not URLs or domains it cannot make sense of
    }
    if (cookie === undefined) return false
    if (cookie.key.length + cookie.value.length > MAX_COOKIE) {
      this.#remove(cookie)
      return false
    }
    this.#evict(cookie.domain ?? '')
    return true
  }

  /** The cookies that a request to `url` brings along; those that have expired are gone. */
  get(url: string | URL): StoredCookie[] {
    return this.#jar.getCookiesSync(String(url)).map(stored)
  }

  /** The same as a `Cookie` field has it; empty if there are none. */
  header(url: string | URL): string {
    return this.#jar.getCookieStringSync(String(url))
  }

  /** All cookies. */
  all(): StoredCookie[] {
    return this.#cookies(Object.keys(this.#store.idx)).map(stored)
  }

  clear(): void {
    this.#jar.removeAllCookiesSync()
  }

  /** What `JSON.stringify()` writes; {@link CookieJar.fromJSON} reads it. */
  toJSON(): object {
    return this.#jar.serializeSync() ?? {}
  }

  /** @throws {@link TypeError} for what is not a jar */
  static fromJSON(json: unknown, options: CookieJarOptions = {}): CookieJar {
    if (typeof json !== 'object' || json === null || !('cookies' in json) || !Array.isArray(json.cookies)) {
      throw new TypeError('this is not a cookie jar: it has no list of cookies')
    }
    const result = new CookieJar(options)
    result.#store = new MemoryCookieStore()
    result.#jar = Jar.fromJSON(JSON.stringify(json), result.#store)
    for (const domain of Object.keys(result.#store.idx)) result.#evict(domain)
    return result
  }

  /** Writes the jar to a file that only its owner can read; a reader finds the old one or the new one, never a part. */
  async save(path: string): Promise<void> {
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
    try {
      await writeFile(temporary, JSON.stringify(this), { mode: 0o600, flag: 'wx' })
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  /** @throws the system's error; {@link SyntaxError} or {@link TypeError} for a file that is not a jar */
  static async load(path: string, options: CookieJarOptions = {}): Promise<CookieJar> {
    return CookieJar.fromJSON(JSON.parse(await readFile(path, 'utf8')), options)
  }

  #cookies(domains: readonly string[]): Cookie[] {
    const paths = domains.flatMap((domain) => Object.values(this.#store.idx[domain] ?? {}))
    return paths.flatMap((path) => Object.values(path))
  }

  #evict(domain: string): void {
    this.#removeOldest(this.#cookies([domain]), this.#maxCookiesPerDomain)
    this.#removeOldest(this.#cookies(Object.keys(this.#store.idx)), this.#maxCookies)
  }

  #removeOldest(cookies: readonly Cookie[], max: number): void {
    if (cookies.length <= max) return
    const byAge = cookies.toSorted((a, b) => a.creationIndex - b.creationIndex)
    for (const cookie of byAge.slice(0, cookies.length - max)) this.#remove(cookie)
  }

  #remove({ domain, path, key }: Cookie): void {
    this.#store.removeCookie(domain ?? '', path ?? '/', key, () => {}) // it does so at once and cannot fail
  }
}

function stored(cookie: Cookie): StoredCookie {
  const { key, value, domain, path, secure, httpOnly } = cookie
  return {
    name: key,
    value,
    domain: domain ?? '',
    path: path ?? '/',
    secure,
    httpOnly,
    expires: cookie.isPersistent() ? cookie.expiryDate() : undefined, // from Max-Age or Expires
  }
}
