/**
 * What all requests for one set of options share: the checked options, the files, what is in memory.
 */
import { join } from 'node:path'
import { BuildManifest } from './build-manifest.ts'
import { CompressedContents } from './compressed-content.ts'
import { FileLocator } from './file-location.ts'
import { FileStore } from './file-store.ts'
import { ReadyAnswers } from './ready-answers.ts'
import { Representations } from './representation.ts'
import { type ResolvedStaticOptions, resolveStaticOptions, type StaticOptions } from './static-options.ts'
import { checkPath, type PathRules } from './url-path.ts'
import { URLVersions } from './url-versions.ts'

/** A root with all that is known about its files. */
export interface ServedRoot {
  readonly path: string
  readonly store: FileStore
  readonly locator: FileLocator
  readonly representations: Representations
  readonly versions: URLVersions
  readonly answers: ReadyAnswers
}

export class StaticSite {
  readonly options: ResolvedStaticOptions
  readonly pathRules: PathRules
  readonly served: ServedRoot | undefined
  readonly manifest: BuildManifest | undefined

  /** @throws {@link OptionError} for an option that cannot be */
  constructor(given: StaticOptions) {
    const options = resolveStaticOptions(given)
    this.options = options
    this.pathRules = { dotfiles: options.dotfiles, platform: process.platform }
    this.served = options.root === undefined ? undefined : serve(options.root, options)
    this.manifest =
      options.manifest === undefined ? undefined : new BuildManifest(options.manifest, options.checkInterval)
  }

  /** The version of a file below the root for its URL; undefined for a path that would be refused. */
  versionOf(path: string): string | undefined {
    if (this.served === undefined || !this.#isAllowed(path)) return undefined
    return this.served.versions.ofPath(join(this.served.path, path))
  }

  #isAllowed(path: string): boolean {
    try {
      checkPath(path, this.pathRules)
      return true
    } catch {
      return false
    }
  }
}

function serve(root: string, options: ResolvedStaticOptions): ServedRoot {
  const answers = new ReadyAnswers(options.checkInterval / 2)
  const onChange = () => answers.clear()
  const store = new FileStore(root, options, onChange)
  const compressed = new CompressedContents(options.maxCacheSize, onChange)
  return {
    path: root,
    store,
    locator: new FileLocator(store, options),
    representations: new Representations(store, compressed, options),
    versions: new URLVersions(store, options.checkInterval),
    answers,
  }
}

const sites = new WeakMap<StaticOptions, StaticSite>()

/** The site for these options; it lives as long as the object does. @throws {@link OptionError} */
export function siteOf(options: StaticOptions): StaticSite {
  const known = sites.get(options)
  if (known !== undefined) return known
  const site = new StaticSite(options)
  sites.set(options, site)
  return site
}
