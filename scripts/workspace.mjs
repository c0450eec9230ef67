/**
 * The workspace as the other scripts need it: where it is, which packages it publishes, and the pinned pnpm.
 *
 * It needs nothing that is not in Node, because install.mjs uses it before anything is installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const rootManifest = readManifest(root)

/** The packages that are published: `{ name, folder, manifest }`, sorted by folder name. */
export function publishedPackages() {
  return readdirSync(join(root, 'packages'))
    .sort()
    .map((name) => ({ name, folder: join(root, 'packages', name) }))
    .filter(({ folder }) => existsSync(join(folder, 'package.json'))) // a deleted package leaves its node_modules behind
    .map(({ name, folder }) => ({ name, folder, manifest: readManifest(folder) }))
    .filter(({ manifest }) => !manifest.private)
}

/**
 * Runs a command in the workspace root and returns what it wrote to stdout, or '' when stdout is shown to the user.
 *
 * If it fails, this process ends with the same exit code.
 */
export function run(command, args, options = {}) {
  const { status, signal, error, stdout } = spawn(command, args, options)
  if (status === 0) return stdout ?? ''
  console.error(`${command} ${args.join(' ')}: ${error?.message ?? signal ?? `exit code ${status}`}`)
  process.exit(status ?? 1)
}

/** Runs a command in the workspace root and tells whether it succeeded. */
export function succeeds(command, args) {
  return spawn(command, args).status === 0
}

function spawn(command, args, options = {}) {
  const stdio = ['ignore', 'inherit', 'inherit']
  return spawnSync(command, args, { cwd: root, stdio, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options })
}

/** Runs the pnpm that package.json pins; npx fetches it once and needs no network afterwards. */
export function pnpm(args, options = {}) {
  return run('npx', ['-y', '--prefer-offline', `pnpm@${rootManifest.config.pnpm}`, ...args], {
    env: cleanEnvironment(),
    shell: process.platform === 'win32', // npx is a .cmd file there
    ...options,
  })
}

/**
 * The environment without what `npm run` adds to it, such as the prefix of this project, which a nested npm would take
 * for its own. What says how to reach a registry stays; pnpm reads it under its own name.
 */
export function cleanEnvironment() {
  const network = /^npm_config_(registry|cache|userconfig|cafile|proxy|https_proxy|noproxy|strict_ssl)$/i
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || network.test(name)),
  )
  const registry = env.npm_config_registry ?? env.NPM_CONFIG_REGISTRY
  return registry ? { PNPM_CONFIG_REGISTRY: registry, ...env } : env
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}
