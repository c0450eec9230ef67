import { readFileSync, realpathSync, statSync } from 'node:fs'
import { extname, isAbsolute, join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TemplateError } from './template-error.ts'

/** A directory of templates; nothing outside it can be named. */
export class TemplateFiles {
  readonly #root: string
  readonly #extension: string

  /** @throws {@link Error} if there is no such directory */
  constructor(directory: string | URL, extension: string) {
    this.#root = realpathSync(directory instanceof URL ? fileURLToPath(directory) : directory)
    this.#extension = extension
    if (!statSync(this.#root).isDirectory()) throw new Error(`Templates: ${this.#root} is not a directory`)
  }

  /**
   * The full name, relative to the directory and with its extension.
   *
   * @param from - the template that uses the name; `./` and `../` start from its folder
   * @throws {@link TemplateError} if the name is absolute or leads out of the directory
   */
  resolve(name: string, from: string | undefined): string {
    if (typeof name !== 'string' || name === '' || name.includes('\0') || name.includes('\\') || isAbsolute(name))
      throw refuse(name)
    const isRelative = name.startsWith('./') || name.startsWith('../')
    const path = posix.normalize(isRelative && from !== undefined ? posix.join(posix.dirname(from), name) : name)
    if (/^\.\.?(?:\/|$)|\/$/.test(path)) throw refuse(name)
    return extname(path) === '' ? path + this.#extension : path
  }

  /**
   * The real path of a template, with all links followed.
   *
   * @throws {@link TemplateError} if there is no such file, or a link leads out of the directory
   */
  locate(name: string): string {
    const file = join(this.#root, name)
    let real: string
    try {
      real = realpathSync(file)
    } catch (cause) {
      throw new TemplateError(`no template ${quote(name)}: looked for ${file}`, { template: name, cause })
    }
    if (!real.startsWith(this.#root.endsWith(sep) ? this.#root : this.#root + sep)) throw refuse(name)
    if (!statSync(real).isFile()) throw new TemplateError(`${quote(name)} is not a file: ${real}`, { template: name })
    return real
  }

  read(file: string): string {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  }

  /** Changes whenever the file does. */
  version(file: string): string {
    const { ino, mtimeNs, size } = statSync(file, { bigint: true })
    return `${ino} ${mtimeNs} ${size}`
  }
}

function refuse(name: string): TemplateError {
  return new TemplateError(`${quote(name)} does not name a file inside the template directory`, {
    template: String(name),
  })
}

function quote(name: unknown): string {
  return typeof name === 'string' ? JSON.stringify(name) : String(name)
}
