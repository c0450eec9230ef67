/**
 * Content codings of request bodies (RFC 9110 §8.4): a body that was sent compressed, as it was before.
 *
 * A few compressed bytes can stand for a thousand times as many, so every stage is held to the limit by itself, and
 * decoding stops when the limit is crossed, not after. What follows the end of the compressed data is an error: two
 * readers that disagree about where a body ends are an attack.
 */
import type { BrotliDecompress, Gunzip } from 'node:zlib'
import { HTTPError } from '../errors.ts'
import { HAS_ZSTD, zlib } from '../late-modules.ts'
import { limitSize } from './body.ts'

type Decoder = Gunzip | BrotliDecompress
type Coding = 'gzip' | 'deflate' | 'br' | 'zstd'

const MAX_CODINGS = 2 // nobody sends more, and each multiplies what a byte can do
const ZSTD_D_WINDOW_LOG_MAX = 100 // zlib.constants has it where zstd is available
const ZSTD_WINDOW_LOG = 23 // 8 MiB, the largest that RFC 9659 §3 allows for the content coding

const CUT_ZSTD = Buffer.from('28b52ffd', 'hex') // how each of its frames begins (RFC 8878 §3.1.1)
let readsZstd: boolean | undefined

/** The content codings that request bodies may have, as an `Accept-Encoding` field value lists them. */
export function acceptedCodings(): string {
  return `gzip, deflate, br${canReadZstd() ? ', zstd' : ''}`
}

/** False where Node has no zstd, and where it takes data that is cut short for complete, as versions 22 do. */
function canReadZstd(): boolean {
  readsZstd ??= HAS_ZSTD && refusesCutZstd()
  return readsZstd
}

function refusesCutZstd(): boolean {
  try {
    zlib().zstdDecompressSync(CUT_ZSTD)
    return false
  } catch {
    return true
  }
}

/**
 * Undoes the codings of a body while it arrives, reading no further ahead than one chunk.
 *
 * `deflate` is read with its zlib wrapper and without, since both are sent (RFC 9110 §8.4.1.2). An empty body stays
 * empty whatever its coding. Leaving the result early leaves `source` as well.
 *
 * @param contentEncoding - the field value: codings in the order they were applied, two at the most
 * @param maxDecodedSize - in bytes; neither the body as it was sent nor what any of its codings yields may exceed it
 * @throws {@link HTTPError} 415 with `Accept-Encoding` (RFC 9110 §12.5.3) for codings that are not supported;
 *   while it is read: 413 past the limit, 400 for data that is damaged, cut short or followed by something else
 */
export function decodeContent(
  source: AsyncIterable<Buffer>,
  contentEncoding: string,
  maxDecodedSize: number,
): AsyncIterable<Buffer> {
  const codings = parseCodings(contentEncoding)
  const limited = limitSize(source, maxDecodedSize)
  return codings.reduceRight((encoded, coding) => limitSize(decode(encoded, coding), maxDecodedSize), limited)
}

function parseCodings(contentEncoding: string): Coding[] {
  const named = contentEncoding.split(',').map((coding) => coding.trim().toLowerCase())
  const codings = named.filter((coding) => coding !== '' && coding !== 'identity').map(toCoding)
  if (codings.length > MAX_CODINGS) throw unsupported(`more than ${MAX_CODINGS} content codings`)
  return codings
}

function toCoding(name: string): Coding {
  if (name === 'gzip' || name === 'x-gzip') return 'gzip' // §8.4.1.3: the same
  if (name === 'deflate' || name === 'br') return name
  if (name === 'zstd' && canReadZstd()) return name
  throw unsupported(`unknown content coding ${JSON.stringify(name)}`)
}

function unsupported(logMessage: string): HTTPError {
  return new HTTPError(415, logMessage, { headers: { 'Accept-Encoding': acceptedCodings() } })
}

function createDecoder(coding: Coding, firstByte: number): Decoder {
  switch (coding) {
    case 'gzip':
      return zlib().createGunzip()
    case 'deflate': // a zlib header names method 8 in its low half (RFC 1950 §2.2); no encoder begins raw data so
      return (firstByte & 0x0f) === 8 ? zlib().createInflate() : zlib().createInflateRaw()
    case 'br':
      return zlib().createBrotliDecompress()
    case 'zstd':
      return zlib().createZstdDecompress({ params: { [ZSTD_D_WINDOW_LOG_MAX]: ZSTD_WINDOW_LOG } })
  }
}

/** Undoes one coding; the decoder is made for the first byte, which tells the two kinds of deflate apart. */
async function* decode(source: AsyncIterable<Buffer>, coding: Coding): AsyncGenerator<Buffer, void> {
  let stage: DecoderStage | undefined
  try {
    for await (const chunk of source) {
      const firstByte = chunk[0]
      if (firstByte === undefined) continue
      stage ??= new DecoderStage(coding, createDecoder(coding, firstByte))
      yield* stage.decode(chunk)
    }
    if (stage) yield* stage.finish()
  } finally {
    stage?.destroy()
  }
}

/** A decoder, driven one chunk at a time: the next is taken only when all that came of the last has been read. */
class DecoderStage {
  readonly #coding: Coding
  readonly #decoder: Decoder
  #fed = 0
  #ended = false
  #error: Error | undefined
  #changed = false
  #wake: () => void = () => {}

  constructor(coding: Coding, decoder: Decoder) {
    this.#coding = coding
    this.#decoder = decoder
    decoder.on('readable', () => this.#notify())
    decoder.on('end', () => {
      this.#ended = true
      this.#notify()
    })
    decoder.on('error', (error: Error) => {
      this.#error = error
      this.#notify()
    })
  }

  async *decode(chunk: Buffer): AsyncGenerator<Buffer, void> {
    let consumed = false
    this.#fed += chunk.length
    this.#decoder.write(chunk, () => {
      consumed = true
      this.#notify()
    })
    yield* this.#readUntil(() => consumed || this.#ended)
    if (this.#ended) throw this.#invalid(new Error('data after the end')) // the decoder ends by itself only if it has input left
  }

  async *finish(): AsyncGenerator<Buffer, void> {
    this.#decoder.end()
    yield* this.#readUntil(() => this.#ended)
    if (this.#decoder.bytesWritten !== this.#fed) throw this.#invalid(new Error('data after the end'))
  }

  destroy(): void {
    this.#decoder.destroy()
  }

  async *#readUntil(done: () => boolean): AsyncGenerator<Buffer, void> {
    for (;;) {
      this.#changed = false
      const last = done() // looked at before reading: all output is there once the input is consumed
      for (let decoded = this.#read(); decoded !== null; decoded = this.#read()) yield decoded
      if (this.#error) throw this.#invalid(this.#error)
      if (last) return
      if (!this.#changed) await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #read(): Buffer | null {
    return this.#decoder.read() as Buffer | null // a stream without an encoding yields Buffers
  }

  #notify(): void {
    this.#changed = true
    this.#wake()
  }

  #invalid(cause: Error): HTTPError {
    return new HTTPError(400, `the body is not valid ${this.#coding}: ${cause.message}`, { cause })
  }
}
