import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type HeaderFields, OptionError } from '@typhoon/core'
import { checkFieldName, checkFieldValue } from '@typhoon/core/headers'
import { ENCODINGS, type Encoding } from './encoding.ts'
import type { DotfilePolicy } from './url-path.ts'

/** Options of {@link StaticFileHandler}; sizes are in bytes. */
export interface StaticOptions {
  /** The directory that is served. Only a subclass that has its content elsewhere goes without. */
  root?: string | URL | undefined
  /** What stands in front of a file's path in its URL, for `staticUrl()`. @defaultValue `'/static/'` */
  prefix?: string | undefined
  /** The file that is sent for a directory; false for none. @defaultValue `'index.html'` */
  index?: string | false | undefined
  /**
   * What becomes of a path with a segment that begins with a dot: `'deny'` is 403, `'ignore'` 404. `.well-known` at the top is
   * always served. @defaultValue `'deny'`
   */
  dotfiles?: DotfilePolicy | undefined
  /** Follow symbolic links that stay inside the root. Those that leave it never are. @defaultValue true */
  followSymlinks?: boolean | undefined
  /** Send a list of the files of a directory without an index file. @defaultValue false */
  listing?: boolean | undefined
  /**
   * The page of a single-page application: sent for navigations to paths where there is no file. A missing script, style or
   * picture stays a 404.
   */
  fallback?: string | undefined
  /** Serve `/about` from `about.html`, and redirect the longer form to the shorter one. @defaultValue false */
  cleanUrls?: boolean | undefined
  /** The page that goes with a 404, for clients that take HTML. */
  notFoundPage?: string | undefined
  /** Offer files for saving under their name instead of showing them: all, or those whose path matches. @defaultValue false */
  download?: boolean | RegExp | undefined
  /** For how long a file without a version may be used unasked, in seconds; 0 means `no-cache`. @defaultValue 0 */
  maxAge?: number | undefined
  /** `Cache-Control` by path below the root; the first match wins. Versioned URLs have their own. */
  cacheControl?: readonly (readonly [pattern: RegExp, value: string])[] | undefined
  /** Further fields by path below the root; every match is applied. */
  headers?: readonly (readonly [pattern: RegExp, fields: HeaderFields])[] | undefined
  /** Media types by file name extension, before the usual ones: `{ '.gltf': 'model/gltf+json' }`. */
  contentTypes?: Readonly<Record<string, string>> | undefined
  /** Send `.br`, `.zst` and `.gz` siblings to clients that want them; false for none, or a list of codings. @defaultValue true */
  precompressed?: boolean | readonly Encoding[] | undefined
  /** Compress text that has no sibling, once for each version of a file. @defaultValue true */
  compress?: boolean | undefined
  /** A build manifest as Vite writes it: `staticUrl()` turns names of sources into names of built files. */
  manifest?: string | URL | undefined
  /** Largest file that is kept in memory. @defaultValue 1 MiB */
  maxCachedFileSize?: number | undefined
  /** Memory for files, and as much again for compressed ones; 0 for none. @defaultValue 32 MiB */
  maxCacheSize?: number | undefined
  /**
   * How long a file in memory is sent without asking the disk whether it is still the same, in milliseconds; 0 asks every
   * time. @defaultValue 100
   */
  checkInterval?: number | undefined
}

/** Options, all filled in and checked. */
export interface ResolvedStaticOptions {
  readonly root: string | undefined
  readonly prefix: string
  readonly index: string | false
  readonly dotfiles: DotfilePolicy
  readonly followSymlinks: boolean
  readonly listing: boolean
  readonly fallback: string | undefined
  readonly cleanUrls: boolean
  readonly notFoundPage: string | undefined
  readonly download: boolean | RegExp
  readonly maxAge: number
  readonly cacheControl: readonly (readonly [pattern: RegExp, value: string])[]
  readonly headers: readonly (readonly [pattern: RegExp, fields: HeaderFields])[]
  readonly contentTypes: Readonly<Record<string, string>>
  readonly precompressed: readonly Encoding[]
  readonly compress: boolean
  readonly manifest: string | undefined
  readonly maxCachedFileSize: number
  readonly maxCacheSize: number
  readonly checkInterval: number
}

const LONGEST_MAX_AGE = 2 ** 31 - 1 // seconds, RFC 9111 §1.2.2
const LARGEST_CACHED_FILE = 16 * 1024 * 1024

const DEFAULTS: ResolvedStaticOptions = Object.freeze({
  root: undefined,
  prefix: '/static/',
  index: 'index.html',
  dotfiles: 'deny',
  followSymlinks: true,
  listing: false,
  fallback: undefined,
  cleanUrls: false,
  notFoundPage: undefined,
  download: false,
  maxAge: 0,
  cacheControl: [],
  headers: [],
  contentTypes: {},
  precompressed: ENCODINGS,
  compress: true,
  manifest: undefined,
  maxCachedFileSize: 1024 * 1024,
  maxCacheSize: 32 * 1024 * 1024,
  checkInterval: 100,
})

/** Fills in and checks the options. @throws {@link OptionError} with the name, the value and what is expected */
export function resolveStaticOptions(given: StaticOptions = {}): ResolvedStaticOptions {
  const set = Object.entries(given).filter(([, value]) => value !== undefined)
  for (const [name] of set) {
    if (!Object.hasOwn(DEFAULTS, name))
      refuse(`StaticOptions has no option ${name}; it has ${Object.keys(DEFAULTS).join(', ')}`)
  }
  const options = { ...DEFAULTS, ...Object.fromEntries(set) } as Required<StaticOptions> // every default is one of its values
  checkOptions(options)
  return Object.freeze({
    ...(options as ResolvedStaticOptions), // checked just now; what is still of another type follows
    root: directoryOf(options.root),
    precompressed:
      typeof options.precompressed === 'boolean'
        ? codingsIf(options.precompressed)
        : (options.precompressed ?? ENCODINGS),
    manifest: pathOf(options.manifest),
    contentTypes: lowerCaseKeys(options.contentTypes ?? {}),
  })
}

function checkOptions(options: Required<StaticOptions>): void {
  const { prefix, index, dotfiles, download, precompressed } = options
  if (typeof prefix !== 'string' || !/^\/(?:[^/?#\s]+\/)*$/.test(prefix))
    refuse(`prefix must begin and end with one slash, got ${show(prefix)}`)
  if (index !== false) checkName('index', index)
  for (const name of ['fallback', 'notFoundPage'] as const)
    if (options[name] !== undefined) checkName(name, options[name])
  if (!['allow', 'deny', 'ignore'].includes(dotfiles as string))
    refuse(`dotfiles must be 'allow', 'deny' or 'ignore', got ${show(dotfiles)}`)
  for (const name of ['followSymlinks', 'listing', 'cleanUrls', 'compress'] as const) {
    if (typeof options[name] !== 'boolean') refuse(`${name} must be a boolean, got ${show(options[name])}`)
  }
  if (typeof download !== 'boolean' && !(download instanceof RegExp))
    refuse(`download must be a boolean or a RegExp, got ${show(download)}`)
  if (typeof precompressed !== 'boolean' && !isListOfCodings(precompressed)) {
    refuse(`precompressed must be a boolean or a list of ${ENCODINGS.join(', ')}, got ${show(precompressed)}`)
  }
  checkPairs(
    'cacheControl',
    options.cacheControl,
    (value) => typeof value === 'string' && isField('Cache-Control', value),
  )
  checkPairs('headers', options.headers, isFields)
  checkInteger('maxAge', options.maxAge, LONGEST_MAX_AGE)
  checkInteger('maxCachedFileSize', options.maxCachedFileSize, LARGEST_CACHED_FILE)
  checkInteger('maxCacheSize', options.maxCacheSize, Number.MAX_SAFE_INTEGER)
  checkInteger('checkInterval', options.checkInterval, LONGEST_MAX_AGE)
}

/** The name of a page is a path below the root, and stays there. */
function checkName(name: string, value: unknown): void {
  const segments = typeof value === 'string' ? value.split(/[/\\]/) : ['']
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    refuse(`${name} must be the path of a file below the root, got ${show(value)}`)
  }
}

function checkPairs(name: string, value: unknown, isValue: (value: unknown) => boolean): void {
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && pair[0] instanceof RegExp && isValue(pair[1])
  if (!Array.isArray(value) || !value.every(isPair))
    refuse(`${name} must be a list of pairs with a RegExp first, got ${show(value)}`)
}

function isFields(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && Object.entries(value).every(([name, text]) => isField(name, text))
  )
}

function isField(name: string, value: unknown): boolean {
  try {
    checkFieldName(name)
    for (const each of [value].flat()) checkFieldValue(name, String(each))
    return true
  } catch {
    return false
  }
}

function checkInteger(name: string, value: unknown, max: number): void {
  const fits = Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max
  if (!fits) refuse(`${name} must be a whole number from 0 to ${max}, got ${show(value)}`)
}

function isListOfCodings(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => ENCODINGS.includes(each))
}

function codingsIf(wanted: boolean): readonly Encoding[] {
  return wanted ? ENCODINGS : []
}

function directoryOf(root: string | URL | undefined): string | undefined {
  if (root === undefined) return undefined
  const path = pathOf(root)
  if (path === undefined || statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    refuse(`root must be a directory, got ${show(String(root))}`)
  }
  return path
}

function pathOf(value: string | URL | undefined): string | undefined {
  if (value === undefined) return undefined
  if (value instanceof URL) return resolve(fileURLToPath(value))
  if (typeof value !== 'string' || value === '') refuse(`a path must be a text or a file URL, got ${show(value)}`)
  return resolve(value)
}

function lowerCaseKeys(types: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(types).map(([extension, type]) => {
    if (!/^\.[^./\\]+$/.test(extension))
      refuse(`contentTypes must have extensions such as '.css', got ${show(extension)}`)
    if (typeof type !== 'string' || !isField('Content-Type', type))
      refuse(`contentTypes must hold media types, got ${show(type)}`)
    return [extension.toLowerCase(), type] as const
  })
  return Object.assign(Object.create(null), Object.fromEntries(entries))
}

function refuse(message: string): never {
  throw new OptionError(message)
}

function show(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? `an object (${value.constructor?.name ?? 'null prototype'})`
    : (JSON.stringify(value) ?? String(value))
}
