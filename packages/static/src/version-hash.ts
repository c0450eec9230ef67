/**
 * Content hashes: the `v` of versioned URLs and the strong entity tags, the same on every machine that has the same bytes.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ContainedFile, FileIdentity } from './contained-file.ts'
import { crypto } from './late-modules.ts'

const LENGTH = 22 // characters of base64url, 132 bits: no two versions meet by chance, nor by intent
const PIECE = 256 * 1024 // bytes; hashing one takes well under a millisecond

/** The hash of content that is in memory. */
export function versionOf(content: Uint8Array): string {
  return crypto().createHash('sha256').update(content).digest('base64url').slice(0, LENGTH)
}

/**
 * The hash of an open file, read piece by piece so that other requests get their turn.
 *
 * @returns undefined if the file is shorter than it was when it was opened
 */
export async function versionOfFile(file: ContainedFile): Promise<string | undefined> {
  const hash = crypto().createHash('sha256')
  const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE, file.identity.size))
  for (let position = 0; position < file.identity.size; ) {
    const length = await file.read(buffer, Math.min(PIECE, file.identity.size - position), position)
    if (length === 0) return undefined
    hash.update(buffer.subarray(0, length))
    position += length
    await nextTurn()
  }
  return hash.digest('base64url').slice(0, LENGTH)
}

const MAX_VERSIONS = 10_000

/** The hashes of file versions that were worked out before. */
export class VersionCache {
  readonly #versions: Map<string, string> = new Map()
  readonly #running: Map<string, Promise<string | undefined>> = new Map()

  get(identity: FileIdentity): string | undefined {
    return this.#versions.get(keyOf(identity))
  }

  set(identity: FileIdentity, version: string): void {
    if (!isSettled(identity)) return
    if (this.#versions.size >= MAX_VERSIONS) {
      for (const oldest of this.#versions.keys()) {
        this.#versions.delete(oldest)
        break
      }
    }
    this.#versions.set(keyOf(identity), version)
  }

  /** The hash of an open file, from memory or by reading it; a file that several ask for is read once. */
  async of(file: ContainedFile): Promise<string | undefined> {
    const key = keyOf(file.identity)
    const known = this.#versions.get(key)
    if (known !== undefined) return known
    const running = this.#running.get(key)
    if (running !== undefined) return running
    const reading = versionOfFile(file)
    this.#running.set(key, reading)
    try {
      const version = await reading
      if (version !== undefined) this.set(file.identity, version)
      return version
    } finally {
      this.#running.delete(key)
    }
  }
}

function keyOf({ dev, ino, size, mtimeMs, ctimeMs }: FileIdentity): string {
  return `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`
}

const CLOCK_TICK = 50 // ms; file times advance in steps of up to 10 ms on the usual file systems
const WHOLE_SECONDS = 2000 // ms; the steps of file systems that keep no fractions

/**
 * Whether a file has been left alone for so long that a further change is sure to show in its times.
 *
 * Two writes within one step of the file system's clock leave the same size and time behind, so what was learnt about
 * the first would be taken for the second.
 */
export function isSettled({ mtimeMs, ctimeMs }: FileIdentity, now: number = Date.now()): boolean {
  const step = mtimeMs % 1000 === 0 && ctimeMs % 1000 === 0 ? WHOLE_SECONDS : CLOCK_TICK
  return Math.abs(now - ctimeMs) >= step && Math.abs(now - mtimeMs) >= step
}
