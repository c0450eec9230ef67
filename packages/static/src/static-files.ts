import { OptionError, type Rule } from '@typhoon/core'
import { StaticFileHandler } from './static-file-handler.ts'
import type { StaticOptions } from './static-options.ts'
import { siteOf } from './static-site.ts'

/** Options of {@link staticFiles}. */
export interface StaticFilesOptions extends Omit<StaticOptions, 'root'> {
  /** The class that answers: a subclass of {@link StaticFileHandler}. @defaultValue `StaticFileHandler` */
  handler?: typeof StaticFileHandler | undefined
  /**
   * Files that browsers and crawlers ask for at the top of a site, served there from the directory.
   * @defaultValue `['favicon.ico', 'robots.txt']`, as in Tornado
   */
  shortcuts?: readonly string[] | undefined
}

/**
 * Rules for a directory of files, to be put into a route table; `this.staticUrl()` of every handler then knows them.
 *
 * @param directory - a path, or a `file:` URL such as `new URL('./public', import.meta.url)`
 * @throws {@link OptionError} for an option that cannot be, or a directory that is not there
 *
 * @example
 * new Application([['/', MainHandler], ...staticFiles('public', { prefix: '/static/' })])
 */
export function staticFiles(directory: string | URL, options: StaticFilesOptions = {}): Rule[] {
  const { handler = StaticFileHandler, shortcuts = ['favicon.ico', 'robots.txt'], ...rest } = options
  const args: StaticOptions = Object.freeze({ ...rest, root: directory })
  const { prefix } = siteOf(args).options // checks them all, now rather than with the first request
  for (const name of shortcuts) {
    if (!/^[^/?#\s]+$/.test(name))
      throw new OptionError(`shortcuts must be names of files, got ${JSON.stringify(name)}`)
  }
  const all: Rule = [new RegExp(`${escapeRegExp(prefix)}(.*)`, 's'), handler, args]
  if (prefix === '/') return [all] // which has them at the top anyway
  return [all, ...shortcuts.map((name): Rule => [new RegExp(`/(${escapeRegExp(name)})`), handler, args])]
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
