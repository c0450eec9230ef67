/**
 * The tree of files that the conformance suite asks for.
 *
 * To test another server: `node --import tsx test/static/fixture.ts /srv/probe` makes the tree; let that server serve
 * `/srv/probe/public` and give its URL to the suite.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'

/** In every file that must never be served. */
export const SECRET = 'TOP-SECRET-CONTENT'
const MODIFIED: Date = new Date('2024-01-02T03:04:05Z')
export const DIGITS: Buffer = Buffer.from('0123456789'.repeat(100))
export const LARGE: Buffer = Buffer.from(
  Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) % 251),
)
export const TEXT: string = 'A line of text that compresses well.\n'.repeat(200)
export const ENCODED = {
  br: brotliCompressSync(TEXT),
  gzip: gzipSync(TEXT),
  zstd: Buffer.from('stands for zstd bytes'),
} as const

const FILES: Readonly<Record<string, string | Buffer>> = {
  'hello.txt': 'Hello, static world\n',
  'empty.txt': '',
  'digits.bin': DIGITS,
  'large.bin': LARGE,
  'index.html': '<!DOCTYPE html><title>Top</title>',
  'docs/index.html': '<!DOCTYPE html><title>Docs</title>',
  'docs/guide.html': '<!DOCTYPE html><title>Guide</title>',
  'no-index/file.txt': 'in a directory without an index',
  'page.html': '<!DOCTYPE html><title>Page</title>',
  'style.css': 'a{}',
  'script.js': 'let a',
  'module.mjs': 'export {}',
  'data.json': '{}',
  'picture.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'picture.png': Buffer.from([0x89, 0x50, 0x4e, 0x47]),
  'font.woff2': 'wOF2',
  'code.wasm': Buffer.from([0, 0x61, 0x73, 0x6d]),
  'archive.tar.gz': gzipSync('archive'),
  'film.mp4': 'film',
  'paper.pdf': '%PDF-',
  README: 'no extension',
  html: '<script>alert(1)</script>',
  'strange.zzz': 'unknown type',
  'UPPER.TXT': 'upper case',
  'encoded.txt': TEXT,
  'encoded.txt.br': ENCODED.br,
  'encoded.txt.gz': ENCODED.gzip,
  'encoded.txt.zst': ENCODED.zstd,
  'names/with space.txt': 'space',
  'names/plus+sign.txt': 'plus',
  'names/percent%41.txt': 'percent',
  'names/ünï-日本.txt': 'unicode',
  'names/semi;colon.txt': 'semicolon',
  'names/hash#mark.txt': 'hash',
  'names/question?.txt': 'question',
  "names/quote'.txt": 'quote',
  'names/double"quote.txt': 'double quote',
  'names/amp&ersand.txt': 'ampersand',
  'names/a..b.txt': 'dots inside',
  'names/trailing...': 'dots at the end',
  'names/~tilde.txt': 'tilde',
  'names/colon:name.txt': 'colon',
  'names/new\nline.txt': 'line end',
  'names/back\\slash.txt': 'backslash',
  '.env': SECRET,
  '.git/config': SECRET,
  'sub/.hidden': SECRET,
  'sub/.dir/file.txt': SECRET,
  '.well-known/security.txt': 'Contact: mailto:security@example.com',
  '.well-known/.secret': SECRET,
  '../secret.txt': SECRET,
  '../public-secret/secret.txt': SECRET,
  '../outside/file.txt': SECRET,
}

const LINKS: Readonly<Record<string, string>> = {
  'links/inside.txt': '../hello.txt',
  'links/docs': '../docs',
  'links/outside.txt': '../../secret.txt',
  'links/outside-dir': '../../outside',
  'links/chain.txt': 'outside.txt',
  'links/chain-inside.txt': 'inside.txt',
  'links/absolute.txt': '/etc/passwd',
  'links/root': '/',
  'links/parent': '../..',
  'links/self': '.',
  'links/loop': 'loop',
  'links/dangling.txt': 'nothing.txt',
  'links/null': '/dev/null',
  'links/zero': '/dev/zero',
  'links/proc': '/proc/self/environ',
}

/** Makes the tree; what is served is `public` in it. Special files and links are left out on Windows. */
export function makeFixture(directory: string): string {
  const root = join(directory, 'public')
  for (const [name, content] of Object.entries(FILES)) {
    const path = join(root, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    utimesSync(path, MODIFIED, MODIFIED)
  }
  mkdirSync(join(root, 'links'), { recursive: true })
  for (const [name, target] of Object.entries(LINKS)) symlinkSync(target, join(root, name))
  execFileSync('mkfifo', [join(root, 'fifo'), join(root, 'fifo.txt')])
  symlinkSync('../fifo', join(root, 'links/fifo'))
  return root
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , directory] = process.argv
  if (directory === undefined) throw new Error('usage: fixture.ts <directory>')
  process.stdout.write(`${makeFixture(directory)}\n`)
}
