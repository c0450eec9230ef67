/**
 * The files of one root: small ones kept in memory as long as the disk says that they are the same, others opened each time.
 */
import { stat } from 'node:fs/promises'
import { ByteCache, type Sized } from './byte-cache.ts'
import { type ContainedFile, ContainedRoot, type FileIdentity, sameVersion } from './contained-file.ts'
import { ENCODING_SUFFIX, ENCODINGS, type Encoding } from './encoding.ts'
import type { MaybePromise } from './maybe-promise.ts'
import { isSettled, VersionCache, versionOf } from './version-hash.ts'

export interface FileStoreOptions {
  readonly followSymlinks: boolean
  /** Largest file that is kept in memory, in bytes. */
  readonly maxCachedFileSize: number
  /** Memory for all of them together, in bytes. */
  readonly maxCacheSize: number
  /** For how long a file in memory is taken for the one on disk without a look, in milliseconds. */
  readonly checkInterval: number
}

/** A file under the root: in memory, or open and then to be closed. */
export class FoundFile {
  /** Absolute, as it was asked for. */
  readonly path: string
  readonly identity: FileIdentity
  readonly content: Buffer | undefined
  readonly opened: ContainedFile | undefined
  /** The hash of the content, where it is known. */
  version: string | undefined
  /** When the disk was last asked, on the clock of `performance.now()`. */
  checkedAt: number

  constructor(
    path: string,
    identity: FileIdentity,
    source: { content: Buffer; version: string } | { opened: ContainedFile; version: string | undefined },
    checkedAt: number,
  ) {
    this.path = path
    this.identity = identity
    this.content = 'content' in source ? source.content : undefined
    this.opened = 'opened' in source ? source.opened : undefined
    this.version = source.version
    this.checkedAt = checkedAt
  }

  /** What it takes in the cache, in bytes. */
  get size(): number {
    return this.content?.length ?? this.identity.size
  }

  close(): void {
    this.opened?.close()
  }
}

interface KnownSiblings extends Sized {
  readonly identity: FileIdentity
  readonly encodings: readonly Encoding[]
  readonly checkedAt: number
}

/** Memory for what is known of siblings, in bytes; of a few thousand files. */
const SIBLINGS_SIZE = 2 * 1024 * 1024
/** How often a file is read anew that changes while it is read. */
const MAX_ATTEMPTS = 3
/** A sibling may be this much older than its file, in milliseconds; beyond that it is left over from an earlier version. */
const SIBLING_SLACK = 2000

export class FileStore {
  readonly root: ContainedRoot
  readonly versions: VersionCache = new VersionCache()
  readonly #options: FileStoreOptions
  readonly #onChange: () => void
  readonly #cache: ByteCache<FoundFile>
  readonly #siblings: ByteCache<KnownSiblings> = new ByteCache(SIBLINGS_SIZE)
  readonly #checks: Map<string, Promise<FoundFile | undefined>> = new Map()
  readonly #searches: Map<string, { readonly file: FoundFile; readonly found: Promise<readonly Encoding[]> }> =
    new Map()

  /**
   * @param onChange - called when a file has been kept, or dropped
   * @throws Node's error if there is no such directory
   */
  constructor(path: string, options: FileStoreOptions, onChange: () => void = () => undefined) {
    this.root = new ContainedRoot(path, options)
    this.#options = options
    this.#cache = new ByteCache(options.maxCacheSize)
    this.#onChange = onChange
  }

  /** The age, in milliseconds, from which the disk is asked again while the old answer still counts. */
  get #ahead(): number {
    return this.#options.checkInterval / 2
  }

  /** The file from memory, if the disk need not be asked. In good time it is, so that under load nobody has to wait for it. */
  peek(path: string): FoundFile | undefined {
    const file = this.#cache.peek(path)
    if (file === undefined) return undefined
    const age = performance.now() - file.checkedAt
    if (age >= this.#options.checkInterval) return undefined
    if (age >= this.#ahead) void this.#check(path) // which never rejects
    return file
  }

  /** When the disk was last asked about a file and its siblings, on the clock of `performance.now()`. */
  checkedAt(file: FoundFile): number {
    return Math.min(file.checkedAt, this.#siblings.peek(file.path)?.checkedAt ?? file.checkedAt)
  }

  /**
   * The file at an absolute path under the root.
   *
   * @throws {@link HTTPError} as {@link ContainedRoot.open}
   */
  async find(path: string): Promise<FoundFile | 'directory'> {
    const cached = this.peek(path) ?? (await this.#check(path))
    return cached ?? this.#load(path)
  }

  /** Codings in which a file has a sibling that is not older than itself; at once, if the disk need not be asked. */
  siblingsOf(file: FoundFile): MaybePromise<readonly Encoding[]> {
    const known = this.#siblings.peek(file.path)
    if (known === undefined || !sameVersion(known.identity, file.identity)) return this.#findSiblings(file)
    const age = performance.now() - known.checkedAt
    if (age >= this.#options.checkInterval) return this.#findSiblings(file)
    if (age >= this.#ahead) void this.#findSiblings(file) // which never rejects
    return known.encodings
  }

  /** One search at a time for each file. */
  #findSiblings(file: FoundFile): Promise<readonly Encoding[]> {
    const running = this.#searches.get(file.path)
    if (running?.file === file && this.#options.checkInterval > 0) return running.found
    const found = this.#searchSiblings(file).finally(() => {
      if (this.#searches.get(file.path)?.found === found) this.#searches.delete(file.path)
    })
    this.#searches.set(file.path, { file, found })
    return found
  }

  async #searchSiblings(file: FoundFile): Promise<readonly Encoding[]> {
    const checkedAt = performance.now()
    const found = await Promise.all(ENCODINGS.map((encoding) => hasSibling(file, encoding)))
    const encodings = ENCODINGS.filter((_, index) => found[index])
    this.#siblings.set(file.path, { size: 0, identity: file.identity, encodings, checkedAt })
    return encodings
  }

  /** Asks the disk whether a file in memory is still the same; one question at a time for each file. */
  #check(path: string): Promise<FoundFile | undefined> | undefined {
    const file = this.#cache.get(path)
    if (file === undefined) return undefined
    const running = this.#checks.get(path)
    if (running !== undefined && this.#options.checkInterval > 0) return running
    const checking = this.#isUnchanged(file).then((unchanged) => {
      if (this.#checks.get(path) === checking) this.#checks.delete(path)
      if (unchanged) return file
      if (this.#cache.peek(path) === file) this.#forget(path)
      return undefined
    })
    this.#checks.set(path, checking)
    return checking
  }

  async #isUnchanged(file: FoundFile): Promise<boolean> {
    const now = performance.now()
    try {
      // the file was proven to be contained under this identity, which a path that leads elsewhere does not have
      if (!sameVersion(file.identity, await stat(file.path))) return false
    } catch {
      return false // gone or unreachable: loading it says what that means
    }
    file.checkedAt = now
    return true
  }

  async #load(path: string): Promise<FoundFile | 'directory'> {
    for (let attempt = 1; ; attempt += 1) {
      const now = performance.now()
      const opened = await this.root.open(path)
      if (opened === 'directory') return opened
      const { identity } = opened
      if (identity.size > this.#options.maxCachedFileSize) {
        return new FoundFile(path, identity, { opened, version: this.versions.get(identity) }, now)
      }
      const content = await readWhole(opened)
      const complete = content.length === identity.size
      if (!complete && attempt < MAX_ATTEMPTS) continue
      const file = new FoundFile(path, identity, { content, version: versionOf(content) }, now)
      if (complete && isSettled(identity)) this.#remember(file)
      return file
    }
  }

  #forget(path: string): void {
    this.#cache.delete(path)
    this.#onChange()
  }

  #remember(file: FoundFile): void {
    this.#cache.set(file.path, file)
    this.#onChange()
    if (file.version !== undefined) this.versions.set(file.identity, file.version)
  }
}

async function readWhole(file: ContainedFile): Promise<Buffer> {
  try {
    const buffer = Buffer.allocUnsafeSlow(file.identity.size)
    const length = await file.read(buffer, buffer.length, 0)
    return buffer.subarray(0, length)
  } finally {
    file.close()
  }
}

async function hasSibling(file: FoundFile, encoding: Encoding): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(file.path + ENCODING_SUFFIX[encoding])
    return mtimeMs >= file.identity.mtimeMs - SIBLING_SLACK
  } catch {
    return false
  }
}
