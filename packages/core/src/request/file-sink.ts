/** File sink: the bytes of one upload in, an HTTPFile out; memory first, a temporary file when that gets too much. */

import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crypto } from '../late-modules.ts'
import { ByteCollector } from './byte-collector.ts'
import { HTTPFile } from './http-file.ts'

/** What the files of one form may still hold in memory together. */
export interface MemoryBudget {
  bytesLeft: number
}

const WRITE_SIZE = 64 * 1024 // bytes collected for one write to disk

export class FileSink {
  readonly #collector = new ByteCollector()
  readonly #budget: MemoryBudget
  readonly #directory: string
  #handle: FileHandle | undefined
  #path: string | undefined
  #size = 0

  constructor(budget: MemoryBudget, directory: string) {
    this.#budget = budget
    this.#directory = directory
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size
  }

  /** Takes bytes in. A promise means the disk has work, and wants to be awaited before more is written. */
  write(bytes: Buffer): Promise<void> | undefined {
    this.#size += bytes.length
    this.#collector.append(bytes)
    if (this.#path !== undefined) return this.#collector.length < WRITE_SIZE ? undefined : this.#flush()
    this.#budget.bytesLeft -= bytes.length
    return this.#budget.bytesLeft >= 0 ? undefined : this.#spool()
  }

  /** Closes the file and hands it over. */
  async finish(filename: string, contentType: string): Promise<HTTPFile> {
    if (this.#path === undefined) return new HTTPFile(filename, contentType, { body: this.#collector.take() })
    await this.#flush()
    await this.#close()
    return new HTTPFile(filename, contentType, { path: this.#path, size: this.#size })
  }

  /** Leaves nothing behind: no open descriptor, no file. */
  async discard(): Promise<void> {
    try {
      await this.#close()
    } finally {
      if (this.#path !== undefined) await rm(this.#path, { force: true })
    }
  }

  /** Goes on in a file with a name nobody can guess, which `wx` makes sure is new, not a link that was laid there. */
  async #spool(): Promise<void> {
    const path = join(this.#directory, `typhoon-upload-${crypto().randomUUID()}`)
    this.#handle = await open(path, 'wx', 0o600)
    this.#path = path
    this.#budget.bytesLeft += this.#size
    await this.#flush()
  }

  async #flush(): Promise<void> {
    await this.#handle?.appendFile(this.#collector.take())
  }

  async #close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }
}
