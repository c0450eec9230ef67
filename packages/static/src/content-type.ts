/** Media types by file name extension; the only file that knows `mime-types`. */
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import type * as MimeTypes from 'mime-types'

const UNKNOWN = 'application/octet-stream'

let types: typeof MimeTypes | undefined

/**
 * Loads the table of media types, which takes longer than all else that a site needs to start, when the first file is asked for.
 *
 * @returns undefined once it is there
 */
export function loadMediaTypes(): Promise<void> | undefined {
  if (types !== undefined) return undefined
  return import('mime-types').then((module) => {
    types = module
  })
}

function lookup(extension: string): string | false {
  types ??= createRequire(import.meta.url)('mime-types') as typeof MimeTypes // a subclass asks before the base class does
  return types.lookup(extension)
}

/**
 * The media type of a file by its extension; text is said to be UTF-8.
 *
 * A name without an extension tells nothing, so it is `application/octet-stream`.
 *
 * @param own - types by extension in lower case, dot included, that come first
 */
export function contentTypeOf(path: string, own: Readonly<Record<string, string>> = {}): string {
  const extension = extname(path).toLowerCase()
  if (extension === '') return UNKNOWN
  const type = own[extension]
  if (type !== undefined) return type
  const known = lookup(extension) || UNKNOWN
  return known.startsWith('text/') ? `${known}; charset=utf-8` : known
}

/** Whether an extension says what kind of file a name stands for. */
export function hasKnownExtension(path: string, own: Readonly<Record<string, string>> = {}): boolean {
  const extension = extname(path).toLowerCase()
  return extension !== '' && (own[extension] !== undefined || lookup(extension) !== false)
}
