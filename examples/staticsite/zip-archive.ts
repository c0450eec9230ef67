/** Archives in memory; the only file that knows the library for them. */
import { createHash } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { unzipSync, zipSync } from 'fflate'

/** A file of an archive. */
export interface ZipEntry {
  readonly content: Uint8Array
  /** Changes with the content. */
  readonly version: string
}

const MAX_UNPACKED_SIZE = 64 * 1024 * 1024 // bytes of all files together

/** The files of an archive, unpacked once, by name. */
export class ZipArchive {
  /** When the archive was written. */
  readonly changed: Date
  readonly #entries: Map<string, ZipEntry> = new Map()

  private constructor(files: Readonly<Record<string, Uint8Array>>, changed: Date) {
    this.changed = changed
    for (const [name, content] of Object.entries(files)) {
      if (!name.endsWith('/')) this.#entries.set(name, { content, version: versionOf(content) })
    }
  }

  /** @throws {@link RangeError} if the files in it are larger than 64 MiB together, as those of a zip bomb are */
  static async open(file: string): Promise<ZipArchive> {
    const [bytes, { mtime }] = await Promise.all([readFile(file), stat(file)])
    let unpacked = 0
    const filter = ({ originalSize }: { originalSize: number }) => {
      unpacked += originalSize
      if (unpacked > MAX_UNPACKED_SIZE) throw new RangeError(`${file} holds more than ${MAX_UNPACKED_SIZE} bytes`)
      return true
    }
    return new ZipArchive(unzipSync(bytes, { filter }), mtime)
  }

  get(name: string): ZipEntry | undefined {
    return this.#entries.get(name)
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }
}

/** Writes the files of a folder into an archive, without compressed siblings: they are compressed there anyway. */
export async function packFolder(folder: string, file: string): Promise<void> {
  const files: Record<string, Uint8Array> = {}
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path).split(sep).join('/')
    if (entry.isFile() && !name.endsWith('.br')) files[name] = await readFile(path)
  }
  await writeFile(file, zipSync(files))
}

/** As `StaticFileHandler` has it for files, so that a page names its assets alike wherever they are served from. */
function versionOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 22)
}
