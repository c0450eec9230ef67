/**
 * Text compressed on demand: once for each version of a file and each coding, kept in a cache with a limit.
 */
import { ByteCache } from './byte-cache.ts'
import { ENCODINGS, type Encoding } from './encoding.ts'
import { HAS_ZSTD, util, zlib } from './late-modules.ts'
import { versionOf } from './version-hash.ts'

/** Content in a coding; `content` is undefined where the coding does not make it smaller. */
export interface CompressedContent {
  readonly content: Buffer | undefined
  /** The hash of the compressed bytes. */
  readonly version: string
  readonly size: number
}

/** Smaller content, in bytes, gains less than the field that announces the coding costs. */
export const MIN_COMPRESSED_SIZE = 1024
/** Larger content, in bytes, is for siblings made beforehand: compressing it would occupy a thread for too long. */
export const MAX_COMPRESSED_SIZE: number = 2 * 1024 * 1024

type Compress = (content: Uint8Array) => Promise<Buffer>

const COMPRESSORS: Readonly<Partial<Record<Encoding, Compress>>> = {
  br: compressBrotli,
  gzip: (content) => util.promisify(zlib().gzip)(content, { level: 7 }),
  ...(HAS_ZSTD ? { zstd: compressZstd } : {}),
}

/** The codings that this version of Node can make. */
export const AVAILABLE_ENCODINGS: readonly Encoding[] = ENCODINGS.filter(
  (encoding) => COMPRESSORS[encoding] !== undefined,
)

export class CompressedContents {
  readonly #cache: ByteCache<CompressedContent>
  readonly #running: Map<string, Promise<CompressedContent>> = new Map()
  readonly #onChange: () => void

  /**
   * @param maxSize - of everything kept, in bytes
   * @param onChange - called when content has been kept, or dropped
   */
  constructor(maxSize: number, onChange: () => void = () => undefined) {
    this.#cache = new ByteCache(maxSize)
    this.#onChange = onChange
  }

  /** What was compressed before. @param version - of the content as it is */
  peek(version: string, encoding: Encoding): CompressedContent | undefined {
    return this.#cache.get(keyOf(version, encoding))
  }

  /**
   * Compresses content, unless that was done before or is being done.
   *
   * @param version - the hash of the content, so that the same bytes are compressed once wherever they come from
   */
  of(version: string, encoding: Encoding, content: Uint8Array): Promise<CompressedContent> {
    const key = keyOf(version, encoding)
    const known = this.#cache.get(key)
    if (known !== undefined) return Promise.resolve(known)
    const running = this.#running.get(key) ?? this.#compress(key, encoding, content)
    this.#running.set(key, running)
    return running
  }

  async #compress(key: string, encoding: Encoding, content: Uint8Array): Promise<CompressedContent> {
    try {
      const bytes = await COMPRESSORS[encoding]?.(content)
      const result = worthwhile(bytes, content)
      this.#cache.set(key, result)
      this.#onChange()
      return result
    } finally {
      this.#running.delete(key)
    }
  }
}

function worthwhile(bytes: Buffer | undefined, content: Uint8Array): CompressedContent {
  if (bytes === undefined || bytes.length >= content.length * 0.95) return { content: undefined, version: '', size: 0 }
  const exact = Buffer.from(bytes) // without the unused rest of the compressor's buffer
  return { content: exact, version: versionOf(exact), size: exact.length }
}

function keyOf(version: string, encoding: Encoding): string {
  return `${encoding}:${version}`
}

function compressBrotli(content: Uint8Array): Promise<Buffer> {
  const { brotliCompress, constants } = zlib()
  const params = { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
  return util.promisify(brotliCompress)(content, { params })
}

function compressZstd(content: Uint8Array): Promise<Buffer> {
  const { zstdCompress, constants } = zlib()
  return util.promisify(zstdCompress)(content, { params: { [constants.ZSTD_c_compressionLevel]: 9 } })
}
