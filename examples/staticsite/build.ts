/** The build step of the site: URLs of assets get their version, and text a compressed sibling. */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress } from 'node:zlib'
import { StaticFileHandler } from '@typhoon/static'

const MIN_COMPRESSED_SIZE = 1024 // bytes; less than that fits in a packet as it is
const TEXT: ReadonlySet<string> = new Set(['.css', '.html', '.js', '.svg', '.txt'])

/** Copies the site to `target`, which must not be there yet, and makes it ready to be served. */
export async function buildSite(source: URL, target: string): Promise<void> {
  await cp(source, target, { recursive: true, preserveTimestamps: true })
  for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !TEXT.has(extname(entry.name))) continue
    const file = join(entry.parentPath, entry.name)
    if (file.endsWith('.html')) await writeFile(file, withVersions(await readFile(file, 'utf8'), target))
    await compress(file)
  }
}

/** `href="/assets/site.css"` becomes `href="/assets/site.css?v=…"`, which browsers may keep for a year. */
function withVersions(page: string, root: string): string {
  const asset = (_all: string, attribute: string, path: string) =>
    `${attribute}="${StaticFileHandler.makeStaticUrl({ root, prefix: '/' }, path)}"`
  return page.replace(/\b(href|src)="\/(assets\/[^"?#]+)"/g, asset)
}

async function compress(file: string): Promise<void> {
  const content = await readFile(file)
  if (content.length < MIN_COMPRESSED_SIZE) return
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content))
}
