/**
 * Signed values: text that the client keeps and cannot change, in Tornado's format 2, byte for byte.
 *
 * `2|1:0|10:1300000000|3:key|8:dmFsdWU=|<hex>` holds, each with its length, the version of the key, the time in seconds,
 * the name, the value in base64, and then the HMAC-SHA256 of all before it, that last bar included. The value can be read
 * by whoever holds it: signing does not hide. Tornado's format 1 is not accepted; its fields can be shifted.
 *
 * Two details differ from Tornado, whose own values never show them: lengths count bytes where Tornado counts the
 * characters of a name outside ASCII, and numbers are digits only, where Python takes signs and underscores too.
 */
import { crypto } from '../late-modules.ts'
import { checkInteger, checkType, OptionError } from '../options.ts'

/** One secret, or secrets by key version, so that old signatures stay valid while new ones are made with another key. */
export type CookieSecret = string | Readonly<Record<number, string>>

export interface SignOptions {
  /** Which secret signs; needed if there are several, written into the value in any case. @defaultValue 0 */
  keyVersion?: number | undefined
  /** The time in milliseconds since 1970. @defaultValue `Date.now` */
  clock?: (() => number) | undefined
}

export interface VerifyOptions {
  /** How old a value may be, in days. @defaultValue 31 */
  maxAgeDays?: number | undefined
  /** The time in milliseconds since 1970. @defaultValue `Date.now` */
  clock?: (() => number) | undefined
}

const DEFAULT_MAX_AGE_DAYS = 31
const SECONDS_PER_DAY = 86_400
const LARGEST_NUMBER = 999_999_999_999_999 // 15 digits, as many as a number in a field may have

/**
 * The value with name, time and signature (Tornado: `create_signed_value`).
 *
 * @param name - part of what is signed, so that the value of one cookie does not pass as that of another
 * @throws {@link OptionError} if `secret` is empty or lacks the key version
 */
export function createSignedValue(
  secret: CookieSecret,
  name: string,
  value: string | Uint8Array,
  options: SignOptions = {},
): string {
  const keyVersion = options.keyVersion ?? 0
  const seconds = Math.floor((options.clock ?? Date.now)() / 1000)
  const base64 = Buffer.from(value).toString('base64')
  const signed = `2|${field(String(keyVersion))}${field(String(seconds))}${field(name)}${field(base64)}`
  return signed + sign(requireKey(secret, options.keyVersion), signed)
}

/**
 * The value that was signed, or `undefined` for anything that was not: damaged, forged, too old, made for another name
 * or with a key that is gone (Tornado: `decode_signed_value`). Never throws, whatever the client sends.
 */
export function decodeSignedValue(
  secret: CookieSecret,
  name: string,
  signed: string | undefined,
  options: VerifyOptions = {},
): Buffer | undefined {
  const parts = signed === undefined ? undefined : parse(signed)
  const key = parts && findKey(secret, parts.keyVersion)
  if (parts === undefined || key === undefined) return undefined
  if (!sameSignature(parts.signature, sign(key, parts.payload))) return undefined
  const now = (options.clock ?? Date.now)() / 1000
  const oldest = now - (options.maxAgeDays ?? DEFAULT_MAX_AGE_DAYS) * SECONDS_PER_DAY
  if (parts.name !== toByteString(name) || !(parts.timestamp >= oldest)) return undefined // a NaN is too old as well
  return isBase64(parts.base64) ? Buffer.from(parts.base64, 'base64') : undefined
}

/**
 * Which key a value says it was signed with, or `undefined` if it has no such form (Tornado: `get_signature_key_version`).
 *
 * The signature is not checked, so this is a hint for a rotation of keys and no proof.
 */
export function signedValueKeyVersion(signed: string): number | undefined {
  return parse(signed)?.keyVersion
}

/**
 * Refuses a secret that cannot sign; for the time when an application is made.
 *
 * @throws {@link OptionError} if a secret is empty, a key version is no whole number from 0 on, or there are several
 *   secrets and `keyVersion` names none of them
 */
export function checkCookieSecret(secret: CookieSecret, keyVersion: number | undefined): void {
  if (keyVersion !== undefined) checkInteger('keyVersion', keyVersion, { min: 0, max: LARGEST_NUMBER })
  if (typeof secret !== 'string') {
    checkType('cookieSecret', secret, 'object')
    for (const version of Object.keys(secret))
      checkInteger('a key version', Number(version), { min: 0, max: LARGEST_NUMBER })
    for (const key of Object.values(secret)) checkKey(key)
  }
  requireKey(secret, keyVersion)
}

function checkKey(key: string): string {
  checkType('cookieSecret', key, 'string')
  if (key === '') throw new OptionError('cookieSecret must not be empty: anyone could sign with it')
  return key
}

function requireKey(secret: CookieSecret, keyVersion: number | undefined): string {
  if (typeof secret === 'string') return checkKey(secret)
  const versions = Object.keys(secret).join(', ')
  if (keyVersion === undefined) {
    throw new OptionError(`keyVersion must say which secret signs, because cookieSecret has the versions ${versions}`)
  }
  const key = findKey(secret, keyVersion)
  if (key === undefined) throw new OptionError(`keyVersion must be one of ${versions}, got ${keyVersion}`)
  return checkKey(key)
}

/** An empty secret is as good as none, or anybody could forge what it verifies. */
function findKey(secret: CookieSecret, keyVersion: number): string | undefined {
  if (typeof secret === 'string') return secret === '' ? undefined : secret
  return Object.hasOwn(secret, keyVersion) && secret[keyVersion] !== '' ? secret[keyVersion] : undefined
}

function sign(key: string, payload: string): string {
  return crypto().createHmac('sha256', key).update(payload).digest('hex')
}

function sameSignature(given: string, expected: string): boolean {
  return (
    given.length === expected.length && crypto().timingSafeEqual(Buffer.from(given, 'latin1'), Buffer.from(expected))
  )
}

function field(value: string): string {
  return `${Buffer.byteLength(value)}:${value}|`
}

interface SignedParts {
  keyVersion: number
  timestamp: number
  name: string
  base64: string
  /** All before the signature. */
  payload: string
  signature: string
}

function parse(signed: string): SignedParts | undefined {
  if (!signed.startsWith('2|')) return undefined
  const bytes = toByteString(signed)
  const fields: string[] = []
  let index = 2
  while (fields.length < 4) {
    const colon = bytes.indexOf(':', index)
    const length = parseNumber(bytes.slice(index, Math.max(colon, index)))
    if (length === undefined || bytes[colon + 1 + length] !== '|') return undefined
    fields.push(bytes.slice(colon + 1, colon + 1 + length))
    index = colon + 1 + length + 1
  }
  const [version = '', time = '', name = '', base64 = ''] = fields
  const keyVersion = parseNumber(version)
  const timestamp = parseNumber(time)
  if (keyVersion === undefined || timestamp === undefined) return undefined
  const payload = signed.slice(0, signed.lastIndexOf('|') + 1) // a signature with a bar in it fails by its length
  return { keyVersion, timestamp, name, base64, payload, signature: bytes.slice(index) }
}

/** UTF-8 with one character for each byte, as the lengths of fields count bytes. */
function toByteString(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1')
}

function parseNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** `Buffer.from` takes anything; Python's decoder, whose results these are compared with, does not. */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
}
