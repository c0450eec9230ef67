/**
 * Content codings of static files (RFC 9110 §8.4.1): which exist, which a client likes best, which types gain by them.
 */
import { preferredEncoding } from '@typhoon/core/headers'

/** A coding that a client may be sent. */
export type Encoding = 'br' | 'zstd' | 'gzip'

/** Every coding, best first: it decides where the client is indifferent. */
export const ENCODINGS: readonly Encoding[] = ['br', 'zstd', 'gzip']

/** The ending of a file that holds another one in this coding. */
export const ENCODING_SUFFIX: Readonly<Record<Encoding, string>> = { br: '.br', zstd: '.zst', gzip: '.gz' }

const ALREADY_COMPRESSED = /^(?:image\/(?!svg\+xml|bmp|x-icon|vnd\.microsoft\.icon)|video\/|audio\/)/
const COMPRESSIBLE =
  /^(?:text\/|application\/(?:json|javascript|xml|wasm|rtf|x-sh|toml|x-yaml|graphql|vnd\.ms-fontobject)$|font\/(?:ttf|otf)$|image\/(?:bmp|x-icon|vnd\.microsoft\.icon)$|[^/]+\/[^/]+\+(?:json|xml|text)$)/

/** Whether a file of this type, parameters left out, may have siblings in a coding. */
export function mayHaveSiblings(mediaType: string): boolean {
  return !ALREADY_COMPRESSED.test(mediaType)
}

/** Whether compressing a file of this type, parameters left out, is worth its cost. */
export function isCompressible(mediaType: string): boolean {
  return COMPRESSIBLE.test(mediaType)
}

const MAX_REMEMBERED = 256
const MAX_FIELD_LENGTH = 200
const remembered = new Map<string, Encoding | 'identity'>()

/**
 * The coding among `offered` that an Accept-Encoding field prefers; `'identity'`, the file as it is, if none is wanted.
 *
 * A client that refuses the file as it is and every coding on offer is sent it as it is (RFC 9110 §12.4.1 allows to
 * disregard the field). Fields are few and repeat, so answers are remembered.
 */
export function chooseEncoding(acceptEncoding: string, offered: readonly Encoding[]): Encoding | 'identity' {
  const key = `${offered.join()}:${acceptEncoding}`
  const known = remembered.get(key)
  if (known !== undefined) return known
  const chosen = (preferredEncoding(acceptEncoding, [...offered, 'identity']) ?? 'identity') as Encoding | 'identity' // one of those offered
  if (acceptEncoding.length <= MAX_FIELD_LENGTH) {
    if (remembered.size >= MAX_REMEMBERED) remembered.clear()
    remembered.set(key, chosen)
  }
  return chosen
}
