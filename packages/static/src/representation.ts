/**
 * Which of the forms of a file is sent: as it is, from a sibling in a content coding, or compressed on demand.
 */
import {
  AVAILABLE_ENCODINGS,
  type CompressedContent,
  type CompressedContents,
  MAX_COMPRESSED_SIZE,
  MIN_COMPRESSED_SIZE,
} from './compressed-content.ts'
import { chooseEncoding, ENCODING_SUFFIX, type Encoding, isCompressible, mayHaveSiblings } from './encoding.ts'
import type { FileStore, FoundFile } from './file-store.ts'
import { after, type MaybePromise } from './maybe-promise.ts'
import type { Validators } from './preconditions.ts'
import { versionOf } from './version-hash.ts'

/** One form of a file, with what its answer says about it. */
export interface Representation extends Validators {
  /** In bytes. */
  readonly size: number
  readonly content: Uint8Array | undefined
  /** The file that `content` does not hold: open, to be closed by whoever asked. */
  readonly file: FoundFile | undefined
  readonly encoding: Encoding | undefined
  /** Whether another Accept-Encoding would have brought another form. */
  readonly negotiated: boolean
  /** Whether parts of it are sent. */
  readonly acceptsRanges: boolean
  /** When the disk was last asked about its file, on the clock of `performance.now()`. */
  readonly checkedAt: number
}

export interface Wish {
  /** Of the file as it is, without parameters. */
  readonly mediaType: string
  readonly acceptEncoding: string | undefined
  /** Whether a part is asked for: parts of what is compressed on demand are never sent. */
  readonly partial: boolean
}

export interface CodingOptions {
  readonly precompressed: readonly Encoding[]
  readonly compress: boolean
}

/** Chooses among the forms of files. */
export class Representations {
  readonly #store: FileStore
  readonly #compressed: CompressedContents
  readonly #options: CodingOptions

  constructor(store: FileStore, compressed: CompressedContents, options: CodingOptions) {
    this.#store = store
    this.#compressed = compressed
    this.#options = options
  }

  /** The form of a file that a client prefers; at once, where everything is in memory. */
  choose(file: FoundFile, wish: Wish): MaybePromise<Representation> {
    const siblings = this.#siblingsOf(file, wish)
    return after(siblings, (found) => this.#chooseAmong(file, wish, found))
  }

  #siblingsOf(file: FoundFile, { mediaType }: Wish): MaybePromise<readonly Encoding[]> {
    const { precompressed } = this.#options
    if (precompressed.length === 0 || !mayHaveSiblings(mediaType)) return []
    return after(this.#store.siblingsOf(file), (all) =>
      precompressed.length === all.length ? all : all.filter((each) => precompressed.includes(each)),
    )
  }

  #chooseAmong(file: FoundFile, wish: Wish, siblings: readonly Encoding[]): MaybePromise<Representation> {
    const made = this.#makes(file, wish) ? AVAILABLE_ENCODINGS : []
    const negotiated = siblings.length > 0 || made.length > 0
    const asIs = representationOf(file, undefined, negotiated)
    if (wish.acceptEncoding === undefined || !negotiated) return asIs
    const offered = wish.partial ? siblings : [...new Set([...siblings, ...made])]
    if (offered.length === 0) return asIs
    const encoding = chooseEncoding(wish.acceptEncoding, offered)
    if (encoding === 'identity') return asIs
    const chosen = siblings.includes(encoding) ? this.#sibling(file, encoding) : this.#compress(file, encoding)
    return after(chosen, (representation) => representation ?? asIs)
  }

  #makes({ identity }: FoundFile, { mediaType }: Wish): boolean {
    const fits = identity.size >= MIN_COMPRESSED_SIZE && identity.size <= MAX_COMPRESSED_SIZE
    return this.#options.compress && fits && isCompressible(mediaType)
  }

  /** @returns undefined if there is no such file after all, or it must not be served */
  #sibling(file: FoundFile, encoding: Encoding): MaybePromise<Representation | undefined> {
    const path = file.path + ENCODING_SUFFIX[encoding]
    const hot = this.#store.peek(path)
    if (hot !== undefined) return representationOf(hot, encoding, true)
    return this.#store.find(path).then(
      (found) => (found === 'directory' ? undefined : representationOf(found, encoding, true)),
      () => undefined,
    )
  }

  #compress(file: FoundFile, encoding: Encoding): MaybePromise<Representation | undefined> {
    const known = file.version === undefined ? undefined : this.#compressed.peek(file.version, encoding)
    if (known !== undefined) return compressedRepresentation(file, encoding, known)
    return this.#compressNow(file, encoding)
  }

  async #compressNow(file: FoundFile, encoding: Encoding): Promise<Representation | undefined> {
    const content = file.content ?? (await readAll(file))
    if (content === undefined) return undefined
    const version = file.version ?? versionOf(content)
    file.version = version
    this.#store.versions.set(file.identity, version)
    return compressedRepresentation(file, encoding, await this.#compressed.of(version, encoding, content))
  }
}

/** The whole content of an open file; undefined if it has become shorter. */
async function readAll({ opened, identity }: FoundFile): Promise<Buffer | undefined> {
  const buffer = Buffer.allocUnsafeSlow(identity.size)
  const length = await opened?.read(buffer, buffer.length, 0)
  return length === buffer.length ? buffer : undefined
}

/** The content of a file, for a page that goes with an error; undefined if it cannot be had or is larger than `maxSize`. */
export async function readSmallFile(store: FileStore, path: string, maxSize: number): Promise<Buffer | undefined> {
  const file = await store.find(path).catch(() => undefined)
  if (file === undefined || file === 'directory') return undefined
  try {
    return file.content ?? (file.size <= maxSize ? await readAll(file) : undefined)
  } finally {
    file.close()
  }
}

function representationOf(file: FoundFile, encoding: Encoding | undefined, negotiated: boolean): Representation {
  const { content, identity, version } = file
  return {
    size: content === undefined ? identity.size : content.length,
    etag: version === undefined ? weakTag(file, encoding) : `"${version}"`,
    modified: identity.mtimeMs,
    content,
    file: content === undefined ? file : undefined,
    encoding,
    negotiated,
    acceptsRanges: true,
    checkedAt: file.checkedAt,
  }
}

function compressedRepresentation(
  file: FoundFile,
  encoding: Encoding,
  made: CompressedContent,
): Representation | undefined {
  if (made.content === undefined) return undefined
  const { size, content, version } = made
  const modified = file.identity.mtimeMs
  return {
    size,
    content,
    etag: `"${version}"`,
    modified,
    file: undefined,
    encoding,
    negotiated: true,
    acceptsRanges: false,
    checkedAt: file.checkedAt,
  }
}

/** Of a file that nobody has read: two versions with the same size and time would share it, so it is a weak one. */
function weakTag({ identity }: FoundFile, encoding: Encoding | undefined): string {
  const time = Math.floor(identity.mtimeMs * 1000).toString(36)
  return `W/"${identity.size.toString(36)}-${time}${encoding === undefined ? '' : `-${encoding}`}"`
}
