/**
 * The packed packages in a project that knows nothing of the workspace: npm installs the tarballs, the compiler
 * checks their declarations (`skipLibCheck: false`), and the compiled program of consumer/ runs.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packAll } from './pack.mjs'
import { cleanEnvironment, root, rootManifest, run } from './workspace.mjs'

const project = mkdtempSync(join(tmpdir(), 'typhoon-consumer-'))
process.once('exit', () => rmSync(project, { recursive: true, force: true }))
const here = { cwd: project, env: cleanEnvironment() }

const { tarballs } = packAll()
const dependencies = Object.fromEntries(tarballs.map(({ name, filename }) => [name, `file:${filename}`]))
const devDependencies = { '@types/node': rootManifest.devDependencies['@types/node'] }
writeFileSync(
  join(project, 'package.json'),
  JSON.stringify({ private: true, type: 'module', dependencies, devDependencies }),
)
cpSync(join(root, 'scripts/consumer'), project, { recursive: true })

run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], { ...here, shell: process.platform === 'win32' })
run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], here)
run(process.execPath, ['dist/main.js'], here)
