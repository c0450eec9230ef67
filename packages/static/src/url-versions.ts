/**
 * The versions that stand in URLs: content hashes, found without holding up anybody else.
 */
import { statSync } from 'node:fs'
import { type FileIdentity, identityOf } from './contained-file.ts'
import type { FileStore, FoundFile } from './file-store.ts'
import type { MaybePromise } from './maybe-promise.ts'
import { versionOf } from './version-hash.ts'

/** Up to this size, in bytes, a file is hashed while `staticUrl()` waits; it takes about a millisecond. */
const HASHED_AT_ONCE = 1024 * 1024
/** Up to this size, in bytes, a request for a versioned URL waits for the hash. */
const HASHED_FOR_REQUEST = 16 * 1024 * 1024
const MAX_PATHS = 10_000

export class URLVersions {
  readonly #store: FileStore
  readonly #checkInterval: number
  readonly #known: Map<string, { version: string | undefined; checkedAt: number }> = new Map()
  readonly #hashing: Set<string> = new Set()

  /** @param checkInterval - how long a version is used without a look at the disk, in milliseconds */
  constructor(store: FileStore, checkInterval: number) {
    this.#store = store
    this.#checkInterval = checkInterval
  }

  /** The version of a file that is about to be sent; undefined for a very large one that nobody has read yet. */
  of(file: FoundFile): MaybePromise<string | undefined> {
    if (file.version !== undefined || file.opened === undefined) return file.version
    if (file.identity.size <= HASHED_FOR_REQUEST) return this.#store.versions.of(file.opened)
    this.#hashInBackground(file.path)
    return undefined
  }

  /**
   * The version of the file at an absolute path, without waiting; undefined if there is no such file, or if it is large and
   * has not been read yet. In that case it is read meanwhile, so that a later call knows.
   */
  ofPath(path: string): string | undefined {
    const hot = this.#store.peek(path)
    if (hot !== undefined) return hot.version
    const now = performance.now()
    const known = this.#known.get(path)
    if (known !== undefined && now - known.checkedAt < this.#checkInterval) return known.version
    const version = this.#look(path)
    if (this.#known.size >= MAX_PATHS) this.#known.clear()
    this.#known.set(path, { version, checkedAt: now })
    return version
  }

  #look(path: string): string | undefined {
    const stats = lookAt(path)
    const known = stats === undefined ? undefined : this.#store.versions.get(identityOf(stats))
    if (stats === undefined || known !== undefined) return known
    const read = this.#store.root.readSync(path, HASHED_AT_ONCE)
    if (read === undefined) return undefined
    if (read.content === undefined) {
      this.#hashInBackground(path)
      return undefined
    }
    const version = versionOf(read.content)
    this.#store.versions.set(read.identity, version)
    return version
  }

  #hashInBackground(path: string): void {
    if (this.#hashing.has(path)) return
    this.#hashing.add(path)
    this.#hash(path)
      .catch(() => undefined) // whoever asks for the file itself is told what is wrong with it
      .finally(() => {
        this.#hashing.delete(path)
        this.#known.delete(path)
      })
  }

  async #hash(path: string): Promise<void> {
    const file = await this.#store.find(path)
    if (file === 'directory') return
    try {
      if (file.opened !== undefined) await this.#store.versions.of(file.opened)
    } finally {
      file.close()
    }
  }
}

function lookAt(path: string): FileIdentity | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
