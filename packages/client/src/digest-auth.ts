/** Digest access authentication, the client's side (RFC 7616): a challenge in, a proof out that one knows the password. */
import { createHash, randomBytes } from 'node:crypto'
import { parseChallenges } from './challenge.ts'

export interface DigestChallenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  /** As the server writes it; undefined means MD5. */
  readonly algorithm: string | undefined
  /** False for a server that speaks RFC 2069, which had no counter. */
  readonly qop: boolean
  /** Whether the name is to be hashed, too. */
  readonly userhash: boolean
  /** Whether it was only the nonce that was refused. */
  readonly stale: boolean
}

const HASHES: ReadonlyMap<string, string> = new Map([
  ['MD5', 'md5'],
  ['SHA-256', 'sha256'],
  ['SHA-512-256', 'sha512-256'],
])
const SESSION = /-SESS$/i

/** The first challenge that can be answered, as RFC 7616 §3.7 has it; undefined if there is none. */
export function digestChallenge(field: string | null): DigestChallenge | undefined {
  for (const { scheme, parameters } of parseChallenges(field ?? '')) {
    const [realm, nonce] = [parameters.get('realm'), parameters.get('nonce')]
    if (scheme !== 'digest' || realm === undefined || nonce === undefined) continue
    const algorithm = parameters.get('algorithm')
    const qop = parameters
      .get('qop')
      ?.split(',')
      .map((each) => each.trim().toLowerCase())
    if (!HASHES.has(hashName(algorithm)) || qop?.includes('auth') === false) continue // auth-int: over the body, which may be a stream
    return {
      realm,
      nonce,
      opaque: parameters.get('opaque'),
      algorithm,
      qop: qop !== undefined,
      userhash: isTrue(parameters.get('userhash')),
      stale: isTrue(parameters.get('stale')),
    }
  }
  return undefined
}

/** What is proved again and again with one nonce: the server counts the requests. */
export class DigestSession {
  readonly #challenge: DigestChallenge
  readonly #cnonce: string
  #count = 0

  constructor(challenge: DigestChallenge, cnonce: string = randomBytes(18).toString('base64')) {
    this.#challenge = challenge
    this.#cnonce = cnonce
  }

  /** The session that goes on with the nonce of an `Authentication-Info` field (RFC 7616 §3.5), if it names one. */
  next(authenticationInfo: string): DigestSession | undefined {
    const nonce = parseChallenges(`Digest ${authenticationInfo}`)[0]?.parameters.get('nextnonce')
    return nonce === undefined ? undefined : new DigestSession({ ...this.#challenge, nonce })
  }

  /**
   * The value of `Authorization` for the next request.
   *
   * @param target - as it stands in the request line
   */
  authorization(username: string, password: string, method: string, target: string): string {
    const { realm, nonce, opaque, algorithm, qop, userhash } = this.#challenge
    const count = (++this.#count).toString(16).padStart(8, '0')
    const [user, secret] = [octets(username), octets(password)]
    const proof = this.#proof(`${user}:${realm}:${secret}`, `${method}:${target}`, count)
    const shown = userhash ? `username=${quoted(this.#hash(`${user}:${realm}`))}` : usernameField(username)
    const parameters = [shown, `realm=${quoted(realm)}`, `uri=${quoted(target)}`]
    if (algorithm !== undefined) parameters.push(`algorithm=${algorithm}`)
    parameters.push(`nonce=${quoted(nonce)}`)
    if (qop) parameters.push(`nc=${count}`, `cnonce=${quoted(this.#cnonce)}`, 'qop=auth')
    parameters.push(`response=${quoted(proof)}`)
    if (opaque !== undefined) parameters.push(`opaque=${quoted(opaque)}`)
    if (userhash) parameters.push('userhash=true')
    return `Digest ${parameters.join(', ')}`
  }

  /** RFC 7616 §3.4.1 to §3.4.3. */
  #proof(identity: string, action: string, count: string): string {
    const { nonce, algorithm, qop } = this.#challenge
    const first = this.#hash(identity)
    const a1 = SESSION.test(algorithm ?? '') ? this.#hash(`${first}:${nonce}:${this.#cnonce}`) : first
    const counted = qop ? `${nonce}:${count}:${this.#cnonce}:auth` : nonce
    return this.#hash(`${a1}:${counted}:${this.#hash(action)}`)
  }

  #hash(text: string): string {
    const hash = HASHES.get(hashName(this.#challenge.algorithm)) ?? 'md5' // digestChallenge has seen that it is there
    return createHash(hash).update(text, 'latin1').digest('hex')
  }
}

function hashName(algorithm: string | undefined): string {
  return (algorithm ?? 'MD5').toUpperCase().replace(SESSION, '')
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true'
}

/** The bytes of UTF-8, one per character, as those of a header field are read: so a realm is hashed as it came. */
function octets(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** A name beyond ASCII is sent as RFC 8187 writes it (RFC 7616 §3.4). */
function usernameField(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return `username=${quoted(name)}`
  const encoded = encodeURIComponent(Buffer.from(name).toString()) // which no lone surrogate survives
  return `username*=UTF-8''${encoded.replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)}`
}
