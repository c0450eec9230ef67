/** A page with the files of a directory. */
import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { escapeHTML } from '@typhoon/core'
import { realpathInside } from './contained-file.ts'

/** One line of a listing. */
export interface ListedFile {
  readonly name: string
  readonly isDirectory: boolean
  /** In bytes; 0 for a directory. */
  readonly size: number
  readonly modified: Date
}

export interface ListingRules {
  /** Names that would not be served are not listed either. */
  isServed(name: string): boolean
  readonly followSymlinks: boolean
}

/** More entries than this are not listed, and the page says so: reading them would hold up other requests. */
export const MAX_LISTED = 1000

/**
 * The files and directories of a directory that is known to lie under the root: directories first, then by name.
 *
 * @param root - real path of the root; links that leave it are left out
 * @returns at most {@link MAX_LISTED} entries, and whether there are more
 */
export async function listDirectory(
  path: string,
  root: string,
  rules: ListingRules,
): Promise<{ files: ListedFile[]; more: boolean }> {
  const names: string[] = []
  let more = false
  for await (const entry of await opendir(path)) {
    if (!rules.isServed(entry.name) || (entry.isSymbolicLink() && !rules.followSymlinks)) continue
    more = names.length === MAX_LISTED
    if (more) break // leaving the loop closes the directory
    names.push(entry.name)
  }
  const files = await Promise.all(names.map((name) => describe(path, root, name)))
  return { files: files.filter((file) => file !== undefined).sort(byKindAndName), more }
}

async function describe(directory: string, root: string, name: string): Promise<ListedFile | undefined> {
  try {
    const path = join(directory, name)
    const stats = await stat(path)
    if ((!stats.isFile() && !stats.isDirectory()) || !(await realpathInside(path, root))) return undefined
    return { name, isDirectory: stats.isDirectory(), size: stats.isDirectory() ? 0 : stats.size, modified: stats.mtime }
  } catch {
    return undefined // gone meanwhile, or a link to nothing
  }
}

const order = new Intl.Collator('en', { numeric: true })

function byKindAndName(a: ListedFile, b: ListedFile): number {
  return Number(b.isDirectory) - Number(a.isDirectory) || order.compare(a.name, b.name)
}

/**
 * The page, in HTML that reads well without styles and aloud.
 *
 * @param path - of the directory as people read it, for the heading
 * @param parent - whether there is a directory above that is served
 */
export function listingPage(
  path: string,
  files: readonly ListedFile[],
  { parent, more }: { parent: boolean; more: boolean },
): string {
  const title = escapeHTML(`Files in ${path}`)
  const rows = [
    ...(parent ? ['<tr><th scope="row"><a href="../">Parent directory</a></th><td></td><td></td></tr>'] : []),
    ...files.map(row),
  ]
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body>
<main>
<h1>${title}</h1>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Size</th><th scope="col">Modified</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
${more ? `<p>There are more files; the first ${MAX_LISTED} are shown.</p>\n` : ''}</main>
</body>
</html>
`
}

function row({ name, isDirectory, size, modified }: ListedFile): string {
  const shown = isDirectory ? `${name}/` : name
  const href = `./${encodeURIComponent(name)}${isDirectory ? '/' : ''}` // ./ so that a name with a colon is no scheme
  const time = modified.toISOString()
  const cells = `<td>${isDirectory ? '' : readableSize(size)}</td><td><time datetime="${time}">${time.slice(0, 16).replace('T', ' ')}</time></td>`
  return `<tr><th scope="row"><a href="${escapeHTML(href)}">${escapeHTML(shown)}</a></th>${cells}</tr>`
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']

/** A size in the largest unit that leaves a number of 1 or more: `1.5 KiB`. */
export function readableSize(bytes: number): string {
  const power = Math.min(UNITS.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`
}
