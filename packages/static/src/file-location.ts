/**
 * What a path below the root leads to: a file, the index of a directory, another URL, a listing, or nothing.
 */
import { posix, sep } from 'node:path'
import { HTTPError } from '@typhoon/core'
import { hasKnownExtension } from './content-type.ts'
import type { FileStore, FoundFile } from './file-store.ts'
import type { ResolvedStaticOptions } from './static-options.ts'

export type Location =
  | { readonly kind: 'file'; readonly file: FoundFile }
  /** The page of a single-page application, in place of a file that is not there. */
  | { readonly kind: 'fallback'; readonly file: FoundFile }
  /** `path` is another encoded path of the site. */
  | { readonly kind: 'redirect'; readonly path: string }
  | { readonly kind: 'listing'; readonly directory: string }

export interface LocationRequest {
  /** Below the root, `/` between segments. */
  readonly path: string
  readonly absolutePath: string
  /** The path of the URL, still encoded. */
  readonly urlPath: string
  /** Whether a page is loaded, rather than a part of one. */
  readonly isNavigation: boolean
}

const NOTHING = '' // no absolute path, so there is never a file

/** Finds files by the rules of one site. */
export class FileLocator {
  readonly #store: FileStore
  readonly #options: ResolvedStaticOptions

  constructor(store: FileStore, options: ResolvedStaticOptions) {
    this.#store = store
    this.#options = options
  }

  /** The file from memory, where a path leads to it without a detour. */
  peek(path: string, absolutePath: string): FoundFile | undefined {
    const { index, cleanUrls } = this.#options
    if (cleanUrls && path.endsWith('.html')) return undefined
    if (!asksDirectory(path)) return this.#store.peek(absolutePath)
    return this.#store.peek(index === false ? NOTHING : pathIn(absolutePath, index))
  }

  /** @throws {@link HTTPError} 403 outside the root, 404 where there is nothing */
  async locate(request: LocationRequest): Promise<Location> {
    try {
      return await (asksDirectory(request.path) ? this.#locateIndex(request) : this.#locateFile(request))
    } catch (error) {
      if (!isNotFound(error)) throw error
      return await this.#locateSubstitute(request, error)
    }
  }

  async #locateFile({ path, absolutePath, urlPath }: LocationRequest): Promise<Location> {
    const { index, listing, cleanUrls } = this.#options
    const file = await this.#store.find(absolutePath)
    if (file === 'directory') {
      if (index === false && !listing) throw new HTTPError(404, 'a directory')
      return { kind: 'redirect', path: `${urlPath}/` }
    }
    if (!cleanUrls || !urlPath.endsWith('.html')) return { kind: 'file', file }
    file.close()
    const isIndex = index !== false && posix.basename(path) === index
    return { kind: 'redirect', path: isIndex ? directoryOf(urlPath) : urlPath.slice(0, -'.html'.length) }
  }

  async #locateIndex({ absolutePath }: LocationRequest): Promise<Location> {
    const { index, listing } = this.#options
    try {
      if (index === false) throw new HTTPError(404, 'a directory')
      return { kind: 'file', file: await this.#find(pathIn(absolutePath, index)) }
    } catch (error) {
      if (!listing || !isNotFound(error)) throw error
    }
    return { kind: 'listing', directory: await this.#store.root.directory(absolutePath) }
  }

  /** Where there is no such file: the file of a clean URL, or the page of the application. */
  async #locateSubstitute({ path, absolutePath, isNavigation }: LocationRequest, error: HTTPError): Promise<Location> {
    const { cleanUrls, fallback, contentTypes } = this.#options
    if (cleanUrls && !asksDirectory(path)) {
      const file = await this.#find(`${absolutePath}.html`).catch(() => undefined)
      if (file !== undefined) return { kind: 'file', file }
    }
    const isPart = hasKnownExtension(path, contentTypes) && !/\.html?$/i.test(path)
    if (fallback === undefined || !isNavigation || isPart) throw error
    return { kind: 'fallback', file: await this.#find(pathIn(this.#store.root.path, fallback)) }
  }

  async #find(path: string): Promise<FoundFile> {
    const file = await this.#store.find(path)
    if (file === 'directory') throw new HTTPError(404, 'a directory')
    return file
  }
}

function asksDirectory(path: string): boolean {
  return path === '' || path.endsWith('/')
}

function directoryOf(urlPath: string): string {
  return urlPath.slice(0, urlPath.lastIndexOf('/') + 1)
}

/** Unlike `join()` it does not read the path again: both parts are known to be plain. */
function pathIn(directory: string, path: string): string {
  return directory.endsWith(sep) ? directory + path : directory + sep + path
}

function isNotFound(error: unknown): error is HTTPError {
  return error instanceof HTTPError && error.status === 404
}
