// Compiles every package into an empty dist, so that nothing of a deleted source can be packed.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { publishedPackages, run } from './workspace.mjs'

const folders = publishedPackages().map(({ folder }) => folder)
for (const folder of folders) rmSync(join(folder, 'dist'), { recursive: true, force: true })
run(process.execPath, ['node_modules/typescript/bin/tsc', '-b', ...folders])
