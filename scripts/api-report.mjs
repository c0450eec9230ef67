/**
 * The public types of each package as one committed file, api/NAME.d.ts, so that a review sees every change of shape.
 *
 * A report is the declaration files that the entry points reach, each once, without comments. `--check` compares
 * instead of writing. Both read dist: run `npm run build` first.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { publishedPackages, root } from './workspace.mjs'

const api = join(root, 'api')
const reports = new Map(publishedPackages().map((one) => [`${one.name}.d.ts`, report(one)]))
const committed = existsSync(api) ? readdirSync(api) : []
const gone = committed.filter((file) => !reports.has(file))

if (process.argv.includes('--check')) {
  const changed = [...reports].filter(([file, text]) => !committed.includes(file) || read(join(api, file)) !== text)
  for (const [file] of changed) console.error(`api/${file} does not match the packages`)
  for (const file of gone) console.error(`api/${file} belongs to no package`)
  if (changed.length + gone.length > 0) {
    console.error('If the change is meant, run `npm run build && npm run api:update` and commit api/.')
    process.exitCode = 1
  }
} else {
  mkdirSync(api, { recursive: true })
  for (const [file, text] of reports) writeFileSync(join(api, file), text)
  for (const file of gone) rmSync(join(api, file))
}

/** Entry points first, in the order of `exports`, each followed by what it imports. */
function report({ folder, manifest }) {
  const seen = new Map()
  for (const { types } of Object.values(manifest.exports)) if (types) collect(join(folder, types), seen)
  const sections = [...seen].map(([file, text]) => `// ${relative(join(folder, 'dist'), file)}\n${text}`)
  return `// ${manifest.name}: made by scripts/api-report.mjs, not by hand\n\n${sections.join('\n')}`
}

function collect(file, seen) {
  if (seen.has(file)) return
  const text = withoutComments(read(file))
  seen.set(file, text)
  // Declarations keep the source's specifiers: './x.ts' stands for ./x.d.ts beside it.
  for (const [, specifier] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.ts['"]/g)) {
    collect(join(dirname(file), `${specifier}.d.ts`), seen)
  }
}

/** tsc puts each comment of a declaration on lines of its own; the last line names the source map. */
function withoutComments(text) {
  return text.replace(/^[ \t]*\/\*[\s\S]*?\*\/\n/gm, '').replace(/^\/\/.*\n?/gm, '')
}

function read(file) {
  return readFileSync(file, 'utf8').replaceAll('\r\n', '\n')
}
