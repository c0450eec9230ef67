/** What has to be there before the first server starts: the peers, and Typhoon as it would be published. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const here = new URL('.', import.meta.url)
const lock = new URL('package-lock.json', here)
const installed = new URL('node_modules/.installed', here)

/** Installs the pinned peers unless those of the lock file are there already. @throws if npm fails */
export function installPeers(): void {
  const digest = createHash('sha256').update(readFileSync(lock)).digest('hex')
  if (existsSync(installed) && readFileSync(installed, 'utf8') === digest) return
  console.log('installing the peers into bench/node_modules, once')
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], here)
  writeFileSync(installed, digest)
}

/** Compiles the packages; contenders import them from `dist`, as whoever installs them does. @throws if it fails */
export function buildTyphoon(): void {
  run(process.execPath, ['scripts/build.mjs'], new URL('..', here))
}

/** The environment without what `npm run` and tsx have added for this process, apart from how to reach a registry. */
export function npmEnvironment(): NodeJS.ProcessEnv {
  const kept = /^npm_config_(registry|cache|userconfig|cafile|proxy|https_proxy|noproxy|strict_ssl)$/i
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => name !== 'NODE_OPTIONS' && (!/^npm_/i.test(name) || kept.test(name)),
    ),
  )
}

function run(command: string, args: readonly string[], cwd: URL): void {
  const shell = process.platform === 'win32' // npm is a .cmd file there
  const { status } = spawnSync(command, args, {
    cwd: fileURLToPath(cwd),
    env: npmEnvironment(),
    shell,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`)
}
