/** What `npm install` of some packages brings: really installed, into a folder that is kept for the next run. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { npmEnvironment } from './prepare.ts'
import { progress } from './progress.ts'

export interface Installation {
  readonly packages: number
  /** Of all files. */
  readonly bytes: number
}

const OWN = '@typhoon/'
let tarballs: ReadonlyMap<string, string> | undefined

/** @param names - of packages with a version in `bench/package.json`, or of Typhoon's own, which are packed */
export function installedSize(names: readonly string[]): Installation {
  if (names.length === 0) return { packages: 0, bytes: 0 }
  const dependencies = Object.fromEntries(names.map((name) => [name, versionOf(name)]))
  const folder = folderOf(dependencies, names)
  if (!existsSync(join(folder, 'done'))) install(folder, dependencies)
  const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>
  }
  return { packages: Object.keys(lock.packages).length, bytes: sizeOf(join(folder, 'node_modules')) }
}

function versionOf(name: string): string {
  if (name.startsWith(OWN)) return `file:${packed(name)}`
  const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
    dependencies: Record<string, string>
  }
  const version = manifest.dependencies[name]
  if (version === undefined) throw new Error(`bench/package.json has no ${name}`)
  return version
}

/** What was installed once need not be again; what is packed here is new each time. */
function folderOf(dependencies: Readonly<Record<string, string>>, names: readonly string[]): string {
  if (names.some((name) => name.startsWith(OWN))) return temporaryFolder('typhoon-bench-own-')
  const key = createHash('sha256').update(JSON.stringify(dependencies)).digest('hex').slice(0, 16)
  return join(tmpdir(), `typhoon-bench-install-${key}`)
}

function install(folder: string, dependencies: Readonly<Record<string, string>>): void {
  progress(`installing ${Object.keys(dependencies).join(', ')}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const own =
    tarballs === undefined ? {} : Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies, overrides: own }))
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  const { status, stderr } = spawnSync('npm', ['install', '--prefix', folder, ...options], {
    cwd: folder,
    env: npmEnvironment(),
    encoding: 'utf8',
    shell: process.platform === 'win32', // npm is a .cmd file there
  })
  if (status !== 0) throw new Error(`npm install failed\n${stderr}`)
  writeFileSync(join(folder, 'done'), '')
}

/** The tarball of one of Typhoon's packages, made from `dist` as it is. */
function packed(name: string): string {
  tarballs ??= packTyphoon()
  const file = tarballs.get(name)
  if (file === undefined) throw new Error(`there is no package ${name}`)
  return file
}

function packTyphoon(): ReadonlyMap<string, string> {
  progress('packing Typhoon')
  const folder = temporaryFolder('typhoon-bench-pack-')
  const program = fileURLToPath(new URL('pack-typhoon.mjs', import.meta.url))
  const { status, stdout } = spawnSync(process.execPath, [program, folder], { encoding: 'utf8' })
  if (status !== 0) throw new Error('packing failed')
  return new Map(Object.entries(JSON.parse(stdout) as Record<string, string>))
}

/** A folder that is gone when this process ends. */
function temporaryFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function sizeOf(path: string): number {
  const entries = readdirSync(path, { withFileTypes: true })
  return entries.reduce((sum, entry) => {
    const file = join(path, entry.name)
    return sum + (entry.isDirectory() ? sizeOf(file) : entry.isFile() ? statSync(file).size : 0)
  }, 0)
}
