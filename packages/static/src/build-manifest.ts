/**
 * The manifest of a build, as Vite and its like write it: which file came out for a source, under a name with a hash.
 */
import { readFileSync, statSync } from 'node:fs'
import { OptionError } from '@typhoon/core'

export class BuildManifest {
  readonly #path: string
  readonly #checkInterval: number
  #files: ReadonlyMap<string, string> = new Map()
  #built: ReadonlySet<string> = new Set()
  #mtimeMs = Number.NaN
  #checkedAt: number

  /**
   * @param path - of the JSON file, absolute
   * @param checkInterval - how long it is used without a look at the disk, in milliseconds
   * @throws {@link OptionError} if it cannot be read or is no manifest
   */
  constructor(path: string, checkInterval: number) {
    this.#path = path
    this.#checkInterval = checkInterval
    this.#checkedAt = performance.now()
    try {
      this.#read()
    } catch (cause) {
      throw new OptionError(
        `manifest must be the JSON file that a build has written, got ${path}: ${(cause as Error).message}`,
      )
    }
  }

  /** The built file of a source, or of an entry by its name; undefined if the build knows neither. */
  fileOf(source: string): string | undefined {
    this.#refresh()
    return this.#files.get(source)
  }

  /** Whether a path is that of a built file, whose content never changes. */
  holds(path: string): boolean {
    this.#refresh()
    return this.#built.has(path)
  }

  /** A new build replaces the manifest; while it is half-written the old one counts. */
  #refresh(): void {
    const now = performance.now()
    if (now - this.#checkedAt < this.#checkInterval) return
    this.#checkedAt = now
    try {
      if (statSync(this.#path).mtimeMs !== this.#mtimeMs) this.#read()
    } catch {
      this.#mtimeMs = Number.NaN
    }
  }

  #read(): void {
    const { mtimeMs } = statSync(this.#path)
    const manifest: unknown = JSON.parse(readFileSync(this.#path, 'utf8'))
    if (typeof manifest !== 'object' || manifest === null) throw new TypeError('it holds no object')
    const files = new Map<string, string>()
    const built = new Set<string>()
    for (const [source, chunk] of Object.entries(manifest)) addChunk(source, chunk, files, built)
    this.#files = files
    this.#built = built
    this.#mtimeMs = mtimeMs
  }
}

function addChunk(source: string, chunk: unknown, files: Map<string, string>, built: Set<string>): void {
  const { file, css, assets } = (chunk ?? {}) as { file?: unknown; css?: unknown; assets?: unknown }
  if (typeof file !== 'string') throw new TypeError(`${source} has no file`)
  files.set(source, file)
  for (const name of [file, ...listOf(css), ...listOf(assets)]) if (typeof name === 'string') built.add(name)
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
