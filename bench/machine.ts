/** What a figure depends on: the machine, the Node.js that ran the servers, and the versions of the peers. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, platform } from 'node:os'
import type { Contender } from './contest.ts'
import { pinning } from './cores.ts'

/** Such as `AMD EPYC, 2 cores, linux`. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `${model}, ${availableParallelism()} cores, ${platform()}; ${pinning()}`
}

/** The version of a Node.js without the v. @throws if it does not run */
export function nodeVersion(node: string): string {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${node} does not run`)
  return stdout.trim().slice(1)
}

/** Such as `fastify 5.12.8`, for each package of a contender that is installed. */
export function versionsOf({ name, packages = [], version }: Contender): readonly string[] {
  const own = version?.()
  return [...(own === undefined ? [] : [`${name} ${own}`]), ...packages.flatMap(packageVersion)]
}

/** Typhoon's own packages are built from the source beside them, which has no version before its first release. */
function packageVersion(name: string): readonly string[] {
  const manifest = new URL(`node_modules/${name}/package.json`, import.meta.url)
  if (!existsSync(manifest)) return []
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  return [`${name} ${version}`]
}
