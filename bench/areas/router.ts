/** The router alone: from a path to the rule that matches, with the parameters decoded, in one process. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Area, Settings } from '../contest.ts'
import { whole } from '../contest-table.ts'
import { pinned, SERVER_CORE } from '../cores.ts'
import { versionsOf } from '../machine.ts'
import { spread } from '../statistics.ts'
import type { Table } from '../table.ts'

/** What the measuring program prints: one for each round. */
interface Lookup {
  readonly size: number
  readonly mix: string
  readonly router: string
  readonly nanoseconds: number
}

const MIXES: Readonly<Record<string, string>> = {
  spread: 'all routes by turns',
  last: 'the last route',
  miss: 'no route',
}

export const area: Area = {
  name: 'router',
  title: 'Router',
  scenarios: [{ name: 'lookup', title: 'Lookups', run: async (settings) => table(measure(settings), settings) }],
}

function measure({ node, rounds, seconds }: Settings): readonly Lookup[] {
  const milliseconds = Math.min(200, seconds * 1000) // 36 combinations in each round
  const program = ['--import', 'tsx', 'contenders/router/lookups.mjs', String(rounds), String(milliseconds)]
  const [command = node, ...args] = pinned(SERVER_CORE, [node, ...program])
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
  })
  if (status !== 0) throw new Error(`the router measurement failed\n${stderr}`)
  return JSON.parse(stdout) as Lookup[]
}

function table(lookups: readonly Lookup[], { rounds, seconds }: Settings): Table {
  const routers = [...new Set(lookups.map(({ router }) => router))]
  const kinds = [...new Set(lookups.map(({ size, mix }) => `${size} ${mix}`))]
  const figures = (name: string, kind: string) =>
    lookups
      .filter(({ size, mix, router }) => router === name && `${size} ${mix}` === kind)
      .map((each) => each.nanoseconds)
  return {
    title: 'Lookups',
    note: 'Nanoseconds for each lookup with 10, 100 and 1,000 routes, a third of them with one parameter and a third with two. Each path is a new string, as it would come from a socket.',
    columns: ['ns (min-max)', ...routers],
    rows: kinds.map((kind) => [nameOf(kind), ...routers.map((router) => cell(figures(router, kind)))]),
    versions: versionsOf({ name: '', packages: ['find-my-way'] }),
    effort: `${rounds} rounds of ${Math.min(200, seconds * 1000)} ms`,
  }
}

function nameOf(kind: string): string {
  const [size = '', mix = ''] = kind.split(' ')
  return `${whole(Number(size))} routes, ${MIXES[mix] ?? mix}`
}

function cell(nanoseconds: readonly number[]): string {
  const { median, min, max } = spread(nanoseconds)
  return `${whole(median)} (${whole(min)}-${whole(max)})`
}
