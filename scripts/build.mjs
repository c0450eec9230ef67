// Builds every package into an empty dist, so that nothing of a deleted source can be packed: declarations by TypeScript, one
// file for each source file, and programs by esbuild, one file for each entry, because Node starts a program of few files sooner.
import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from 'esbuild'
import { publishedPackages, root, run } from './workspace.mjs'

const packages = publishedPackages()
for (const { folder } of packages) rmSync(join(folder, 'dist'), { recursive: true, force: true })
const folders = packages.map(({ folder }) => folder)
run(process.execPath, ['node_modules/typescript/bin/tsc', '-b', '--emitDeclarationOnly', ...folders])
for (const { folder, manifest } of packages) {
  await build({
    absWorkingDir: root,
    entryPoints: entries(manifest).map((entry) => relative(root, join(folder, entry))),
    outdir: relative(root, join(folder, 'dist')),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    sourcemap: true,
    sourcesContent: false, // the sources are in the package
  })
}

/** The source files that a package offers. */
function entries({ exports, bin = {} }) {
  const offered = Object.values(exports).flatMap((target) => target['typhoon-source'] ?? [])
  const programs = Object.values(bin).map((file) => file.replace(/^\.\/dist\/(.*)\.js$/, './src/$1.ts'))
  return [...offered, ...programs]
}
