/** An uploaded file as handlers see it (Tornado: `HTTPFile`). Small ones are in memory, large ones on disk. */
import { constants, createReadStream } from 'node:fs'
import { copyFile, link, readFile, rm, writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'

/** Where the content of a file is. */
export type FileContent = { readonly body: Buffer } | { readonly path: string; readonly size: number }

const FILE_MODE = 0o600 // an upload concerns nobody but the user the server runs as
const LINK_UNSUPPORTED = new Set(['EXDEV', 'EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'])

/** Deletes what an upload left on disk, unless it was moved. Done when the request ends. */
export let removeFile: (file: HTTPFile) => Promise<void>

/**
 * A file of a `multipart/form-data` body.
 *
 * It lives as long as the request: what was spooled to disk is deleted when the request has ended, in whatever way.
 * `moveTo()` keeps it.
 *
 * @example
 * const [photo] = this.request.files.get('photo') ?? []
 * if (photo) await photo.moveTo(join(uploads, `${randomUUID()}.jpg`)) // a name of our own, not the client's
 */
export class HTTPFile {
  static {
    removeFile = (file) => file.#remove()
  }
  /**
   * The name exactly as the client sent it: `../../etc/passwd` and `C:\new.txt` are possible. Show it, store it as
   * text, but never make a path of it.
   */
  readonly filename: string
  /** The media type the client claims, or `application/unknown` if it claims none. */
  readonly contentType: string
  /** In bytes. */
  readonly size: number
  /** The content of a file that is held in memory; undefined for one on disk. `bytes()` works for both. */
  readonly body: Buffer | undefined
  #path: string | undefined
  #state: 'kept' | 'moved' | 'removed' = 'kept'

  constructor(filename: string, contentType: string, content: FileContent) {
    this.filename = filename
    this.contentType = contentType
    this.body = 'body' in content ? content.body : undefined
    this.size = 'body' in content ? content.body.length : content.size
    this.#path = 'path' in content ? content.path : undefined
  }

  /** Where the file is on disk: its temporary place, or where `moveTo()` put it. Undefined for one in memory. */
  get path(): string | undefined {
    return this.#path
  }

  /** The whole content. */
  async bytes(): Promise<Buffer> {
    return this.body ?? (await readFile(this.#presentPath()))
  }

  /** The whole content as UTF-8; malformed sequences become U+FFFD, and a byte order mark is left out. */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  /** The content piece by piece, for files that should not be in memory at once. */
  stream(): Readable {
    return this.body ? Readable.from([this.body]) : createReadStream(this.#presentPath())
  }

  /**
   * Keeps the file at `path`, readable by the server's own user only (mode 0600).
   *
   * On one file system nothing is copied; across file systems the content is. A file that stands at `path` is never
   * replaced: two uploads that chose the same name cannot overwrite each other.
   *
   * @throws {@link Error} with code `EEXIST` if `path` exists, and what the file system reports otherwise; the upload
   *   is then still where it was
   * @throws {@link TypeError} if the file has been moved before
   */
  async moveTo(path: string): Promise<void> {
    if (this.#state === 'moved') throw new TypeError(`the upload was already moved to ${this.#path}`)
    if (this.body) await writeFile(path, this.body, { flag: 'wx', mode: FILE_MODE })
    else await moveExclusively(this.#presentPath(), path)
    this.#path = path
    this.#state = 'moved'
  }

  #presentPath(): string {
    if (this.#path !== undefined && this.#state !== 'removed') return this.#path
    throw new TypeError('the upload was deleted when its request ended; moveTo() keeps it')
  }

  async #remove(): Promise<void> {
    if (this.#state !== 'kept' || this.#path === undefined) return
    this.#state = 'removed'
    await rm(this.#path, { force: true })
  }
}

/** Renames without replacing: `rename()` would replace, `link()` refuses. Copies where a link cannot be made. */
async function moveExclusively(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (!LINK_UNSUPPORTED.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    await copyFile(from, to, constants.COPYFILE_EXCL)
  }
  await rm(from, { force: true })
}
