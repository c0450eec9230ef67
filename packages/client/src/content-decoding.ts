/** Content codings of an answer (RFC 9110 §8.4): what the client asks for, and undoing it within bounds. */
import { pipeline, Readable, type Transform } from 'node:stream'
import zlib from 'node:zlib'

type MakeDecoder = () => Transform

const MAX_CODINGS = 3 // more than one is rare; each layer multiplies what a few bytes can grow to

/** Since Node 22.15; the types are those of 20. */
const { createZstdDecompress, zstdDecompressSync } = zlib as {
  createZstdDecompress?: MakeDecoder
  zstdDecompressSync?: (bytes: Uint8Array) => Buffer
}
const CUT_ZSTD = Buffer.from('28b52ffd', 'hex') // how each of its frames begins (RFC 8878 §3.1.1)

const DECODERS: ReadonlyMap<string, MakeDecoder | 'deflate'> = new Map<string, MakeDecoder | 'deflate'>([
  ['gzip', () => zlib.createGunzip()],
  ['x-gzip', () => zlib.createGunzip()],
  ['deflate', 'deflate'],
  ['br', () => zlib.createBrotliDecompress()],
  ...(createZstdDecompress === undefined || !refusesCutZstd() ? [] : ([['zstd', createZstdDecompress]] as const)),
])

/** Versions 22 take data that is cut short for complete, so they are not asked to read any. */
function refusesCutZstd(): boolean {
  try {
    zstdDecompressSync?.(CUT_ZSTD)
    return false
  } catch {
    return true
  }
}

/** What can be decoded here, as Accept-Encoding says it. */
export const ACCEPT_ENCODING: string = [...DECODERS.keys()].filter((name) => name !== 'x-gzip').join(', ')

/**
 * The codings to undo, the last applied first; undefined if there are none, or one that is not known, with which the
 * body is left as it is.
 *
 * @throws {@link Error} for more layers than anyone needs
 */
export function codingsOf(contentEncoding: string | null): readonly string[] | undefined {
  const codings = (contentEncoding ?? '').split(',').map((name) => name.trim().toLowerCase())
  const real = codings.filter((name) => name !== '' && name !== 'identity')
  if (real.length === 0 || !real.every((name) => DECODERS.has(name))) return undefined
  if (real.length > MAX_CODINGS)
    throw new Error(`${real.length} content codings, of which at most ${MAX_CODINGS} are decoded`)
  return real.toReversed()
}

/**
 * The decoded body. It decodes no more than is asked for: back-pressure reaches the peer.
 *
 * @param onInvalid - makes the error for bytes that are not what the codings say; errors of `body` pass as they are
 */
export function decoded(
  body: AsyncIterable<Buffer>,
  codings: readonly string[],
  onInvalid: (error: unknown) => Error,
): AsyncIterable<Buffer> {
  return codings.reduce((layer, coding) => decodedOnce(layer, coding, onInvalid), body)
}

async function* decodedOnce(
  body: AsyncIterable<Buffer>,
  coding: string,
  onInvalid: (error: unknown) => Error,
): AsyncGenerator<Buffer, void, void> {
  const { first, rest } = await split(body)
  if (first === undefined) return // an empty body is what it is, whatever its coding
  let failure: { readonly error: unknown } | undefined
  const source = async function* () {
    yield first
    try {
      yield* rest
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  const decoder = makeDecoder(coding, first)
  pipeline(Readable.from(source()), decoder, () => {}) // its error arrives at the decoder, which is read here
  try {
    for await (const chunk of decoder) yield chunk as Buffer // it is not in object mode
  } catch (error) {
    throw failure === undefined ? onInvalid(error) : failure.error
  }
}

/** Counts the bytes that pass. */
export async function* limited(
  body: AsyncIterable<Buffer>,
  max: number,
  onTooLarge: () => Error,
): AsyncGenerator<Buffer, void, void> {
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > max) throw onTooLarge()
    yield chunk
  }
}

/** "deflate" is the zlib format (RFC 9110 §8.4.1.2); some servers send the bare one, whose first byte differs. */
function makeDecoder(name: string, first: Buffer): Transform {
  const make = DECODERS.get(name)
  if (typeof make === 'function') return make()
  return ((first[0] ?? 0) & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw()
}

async function split(body: AsyncIterable<Buffer>): Promise<{ first: Buffer | undefined; rest: AsyncIterable<Buffer> }> {
  const iterator = body[Symbol.asyncIterator]()
  for (;;) {
    const { done, value } = await iterator.next()
    if (done === true) return { first: undefined, rest: body }
    if (value.length > 0) return { first: value, rest: { [Symbol.asyncIterator]: () => iterator } }
  }
}
