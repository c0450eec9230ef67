/** Passwords, kept as salted hashes of scrypt (RFC 7914) together with what it was asked to spend on them. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

const COST: Cost = { N: 2 ** 15, r: 8, p: 3 } // 32 MiB of memory, and some tenths of a second in libuv's pool
const SALT_SIZE = 16 // bytes
const KEY_SIZE = 32 // bytes

/** The hash of a password, with all that `verifyPassword()` needs: `scrypt$N$r$p$salt$key`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_SIZE)
  return serialize(salt, await deriveKey(password, salt, COST))
}

/**
 * Whether the password is the one of the hash.
 *
 * Without a hash, because nobody has the name that was given, it takes as long and is false: the time of an answer does not
 * tell who has an account.
 */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const { cost, salt, key } = parse(hash ?? DECOY)
  const isSame = timingSafeEqual(await deriveKey(password, salt, cost), key)
  return isSame && hash !== undefined
}

const DECOY = serialize(randomBytes(SALT_SIZE), randomBytes(KEY_SIZE))

function serialize(salt: Buffer, key: Buffer): string {
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

function parse(hash: string): { cost: Cost; salt: Buffer; key: Buffer } {
  const [name, N, r, p, salt, key] = hash.split('$')
  if (name !== 'scrypt' || salt === undefined || key === undefined) throw new Error('not the hash of a password')
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  return { cost, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') }
}

function deriveKey(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  const maxmem = 256 * N * r // twice what RFC 7914 §2 needs
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, KEY_SIZE, { N, r, p, maxmem }, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
