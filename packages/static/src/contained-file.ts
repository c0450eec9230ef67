/**
 * Opening a file so that it is proven to lie under the root (the one place where a path becomes a descriptor).
 *
 * The order is: open without blocking, `fstat` the descriptor, ask for the real path of that descriptor, and compare it with
 * the real path of the root. Whoever swaps a directory or a link in between changes what is opened or what is compared,
 * but never gets a file that was not compared; the body is read from the same descriptor.
 */
import * as fs from 'node:fs'
import { sep } from 'node:path'
import { HTTPError } from '@typhoon/core'
import { util } from './late-modules.ts'

const { promisify } = util
const open = promisify(fs.open)
const fstat = promisify(fs.fstat)
const realpath = promisify(fs.realpath.native)
const lstat = promisify(fs.lstat)
const readFile = promisify(fs.read)

/** Windows lacks the last two. With `O_NONBLOCK` a FIFO without a writer opens at once. */
const FLAGS: Partial<Record<'O_NONBLOCK' | 'O_NOFOLLOW', number>> = fs.constants
const READ = fs.constants.O_RDONLY | (FLAGS.O_NONBLOCK ?? 0)
const READ_NO_LINK = READ | (FLAGS.O_NOFOLLOW ?? 0)

/** What tells one version of a file from another without reading it. */
export interface FileIdentity {
  readonly dev: number
  readonly ino: number
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
}

/** Whether both are the same version of the same file, as far as the file system tells. */
export function sameVersion(a: FileIdentity, b: FileIdentity): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.dev === b.dev
}

/** Of a `Stats` object, only what tells versions apart. */
export function identityOf({ dev, ino, size, mtimeMs, ctimeMs }: FileIdentity): FileIdentity {
  return { dev, ino, size, mtimeMs, ctimeMs }
}

/** A regular file under the root, open for reading; it must be closed. */
export class ContainedFile {
  readonly identity: FileIdentity
  #fd: number

  constructor(fd: number, identity: FileIdentity) {
    this.#fd = fd
    this.identity = identity
  }

  /**
   * Fills the buffer from a position of the file.
   *
   * @returns how many bytes were read; fewer than asked for only at the end of the file
   */
  async read(buffer: Uint8Array, length: number, position: number): Promise<number> {
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await readFile(this.#fd, buffer, filled, length - filled, position + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return filled
  }

  /** Lets go of the descriptor; a second call does nothing. */
  close(): void {
    if (this.#fd < 0) return
    fs.close(this.#fd, ignore)
    this.#fd = -1
  }
}

/** How the real path of a descriptor is found; undefined if the path no longer leads to what was opened. */
export type RealPathOf = (fd: number, path: string) => string | Promise<string | undefined>

/** What Linux adds to the path of a file that was removed or replaced after it was opened. */
const DELETED = ' (deleted)'

/** Linux tells for every descriptor; it is one look into the kernel's own tables, which never waits for a disk. */
function realPathByDescriptor(fd: number): string {
  return fs.readlinkSync(`/proc/self/fd/${fd}`)
}

/** Elsewhere the path is resolved anew, and what lies there must be what was opened. */
export async function realPathByName(fd: number, path: string): Promise<string | undefined> {
  const real = await realpath(path)
  const [there, opened] = await Promise.all([lstat(real), fstat(fd)])
  return there.ino === opened.ino && there.dev === opened.dev ? real : undefined
}

export const realPathOf: RealPathOf =
  process.platform === 'linux' && fs.existsSync('/proc/self/fd') ? realPathByDescriptor : realPathByName

export interface RootOptions {
  /** Follow symbolic links that stay inside. */
  readonly followSymlinks: boolean
  readonly realPathOf?: RealPathOf
}

/** A directory out of which nothing is opened. */
export class ContainedRoot {
  /** As configured, absolute. */
  readonly path: string
  readonly #followSymlinks: boolean
  readonly #realPathOf: RealPathOf
  #real: string

  /** @throws Node's error if there is no such directory */
  constructor(path: string, { followSymlinks, realPathOf: how = realPathOf }: RootOptions) {
    this.path = path
    this.#followSymlinks = followSymlinks
    this.#realPathOf = how
    this.#real = fs.realpathSync.native(path)
  }

  /** The path with all links resolved, as it was when a file was last compared with it. */
  get realPath(): string {
    return this.#real
  }

  /** Whether a path, as text, lies under the root. */
  holds(path: string): boolean {
    return isUnder(this.path, path)
  }

  /**
   * Opens a regular file.
   *
   * @param path - absolute and under the root, without dot segments
   * @returns `'directory'` for one; what is neither is answered with 404
   * @throws {@link HTTPError} 403 outside the root, 404 for what is not there or no regular file, 503 without free descriptors
   */
  async open(path: string): Promise<ContainedFile | 'directory'> {
    const fd = await this.#openDescriptor(path)
    try {
      const stats = await fstat(fd)
      if (!stats.isFile() && !stats.isDirectory()) throw new HTTPError(404, 'neither a file nor a directory')
      await this.#prove(path, await this.#realPathOf(fd, path))
      if (stats.isFile()) return new ContainedFile(fd, identityOf(stats))
    } catch (error) {
      fs.close(fd, ignore)
      throw asHTTPError(error)
    }
    fs.close(fd, ignore)
    return 'directory'
  }

  /**
   * The real path of a directory under the root, for a listing.
   *
   * @throws {@link HTTPError} as `open()`, and 404 for anything but a directory
   */
  async directory(path: string): Promise<string> {
    const fd = await this.#openDescriptor(path)
    try {
      const stats = await fstat(fd)
      if (!stats.isDirectory()) throw new HTTPError(404, 'not a directory')
      return await this.#prove(path, await this.#realPathOf(fd, path))
    } catch (error) {
      throw asHTTPError(error)
    } finally {
      fs.close(fd, ignore)
    }
  }

  /**
   * Reads a small regular file at once, for `staticUrl()`, which cannot wait.
   *
   * @returns undefined where `open()` would refuse, and for a file larger than `maxSize`
   */
  readSync(path: string, maxSize: number): { identity: FileIdentity; content: Buffer | undefined } | undefined {
    let fd: number
    try {
      fd = fs.openSync(path, this.#flags())
    } catch {
      return undefined
    }
    try {
      const stats = fs.fstatSync(fd)
      if (!stats.isFile() || !this.#isContainedSync(fd, path, stats)) return undefined
      const identity = identityOf(stats)
      return { identity, content: identity.size <= maxSize ? fs.readFileSync(fd) : undefined }
    } catch {
      return undefined
    } finally {
      fs.closeSync(fd)
    }
  }

  async #openDescriptor(path: string): Promise<number> {
    try {
      return await open(path, this.#flags())
    } catch (error) {
      throw asHTTPError(error)
    }
  }

  #flags(): number {
    return this.#followSymlinks ? READ : READ_NO_LINK
  }

  /** @returns the real path, once it is proven to be allowed */
  async #prove(path: string, real: string | undefined): Promise<string> {
    if (real === undefined) throw new HTTPError(404, 'the path changed while it was opened')
    if (!isUnder(this.#real, real) && real !== this.#real) {
      this.#real = await realpath(this.path) // the root may be a link that a deployment has moved on
      if (!isUnder(this.#real, real) && real !== this.#real)
        throw new HTTPError(403, `leads out of the root, to ${real}`)
    }
    const straight = this.#real + path.slice(this.path.length)
    if (real !== straight && real !== straight + DELETED) await this.#checkDetour(path, straight, real)
    return real
  }

  /** The real path is another one inside the root: by links, or by a file system that ignores case. */
  async #checkDetour(path: string, straight: string, real: string): Promise<void> {
    if (!this.#followSymlinks) throw new HTTPError(403, 'a symbolic link, and links are not followed')
    const [asked, found] = [straight.normalize(), real.normalize()]
    if (asked === found || asked.toLowerCase() !== found.toLowerCase()) return
    if (!(await this.#hasLink(path))) throw new HTTPError(404, 'the name differs in case')
  }

  async #hasLink(path: string): Promise<boolean> {
    for (let end = path.length; end > this.path.length; end = path.lastIndexOf(sep, end - 1)) {
      if ((await lstat(path.slice(0, end))).isSymbolicLink()) return true
    }
    return false
  }

  #isContainedSync(fd: number, path: string, identity: FileIdentity): boolean {
    const real = realPathOf === realPathByDescriptor ? realPathByDescriptor(fd) : fs.realpathSync.native(path)
    const there = fs.lstatSync(real)
    const root = fs.realpathSync.native(this.path)
    if (there.ino !== identity.ino || there.dev !== identity.dev || !isUnder(root, real)) return false
    return this.#followSymlinks || real === root + path.slice(this.path.length)
  }
}

function isUnder(root: string, path: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep)
}

const STATUS: Readonly<Record<string, number>> = {
  ENOENT: 404,
  ENOTDIR: 404,
  ENAMETOOLONG: 404,
  ELOOP: 404,
  ENXIO: 404, // a socket
  ENODEV: 404,
  EINVAL: 404,
  EISDIR: 404,
  EACCES: 403,
  EPERM: 403,
  EMFILE: 503,
  ENFILE: 503,
}

/** What a file system error means to the client; an unknown one, such as a failing disk, is passed on. */
function asHTTPError(error: unknown): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException
  const status = STATUS[code]
  if (error instanceof HTTPError || status === undefined) return error
  const options = status === 503 ? { headers: { 'Retry-After': '1' } } : {}
  return new HTTPError(status, message, { cause: error, ...options })
}

function ignore(): void {}

/** Whether a path, links resolved, lies under a directory of which the real path is given. */
export async function realpathInside(path: string, realRoot: string): Promise<boolean> {
  return isUnder(realRoot, await realpath(path))
}
