/** How long a server takes to start, what it needs when it has nothing to do, and what its packages weigh. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Area, Contender, Settings } from '../contest.ts'
import { whole, withSpread } from '../contest-table.ts'
import { firstAnswer } from '../first-answer.ts'
import { type Installation, installedSize } from '../installation.ts'
import { versionsOf } from '../machine.ts'
import { progress } from '../progress.ts'
import { median, ratios, spread } from '../statistics.ts'
import type { Table } from '../table.ts'

interface Starter extends Contender {
  /** What has to be installed for it. */
  readonly packages: readonly string[]
}

const TITLE = 'Start, idle memory, installed packages'
const SETTLED = 300 // ms after the first answer, for the memory of an idle server

/** Each alone, and with files and WebSockets where there is something for them. */
const STARTERS: readonly Starter[] = [
  starter('node-http', 'node-http', []),
  starter('typhoon', 'typhoon', ['@typhoon/core']),
  starter('typhoon + static + websocket', 'typhoon-full', ['@typhoon/core', '@typhoon/static', '@typhoon/websocket']),
  starter('fastify', 'fastify', ['fastify']),
  starter('fastify + static + websocket', 'fastify-full', ['fastify', '@fastify/static', '@fastify/websocket']),
  starter('hono', 'hono', ['hono', '@hono/node-server']),
  starter('hono + static + ws', 'hono-full', ['hono', '@hono/node-server', 'ws']),
  starter('express', 'express', ['express']),
  starter('express + static + ws', 'express-full', ['express', 'ws']),
  starter('koa + router', 'koa', ['koa', '@koa/router']),
  starter('h3', 'h3', ['h3']),
  starter('polka', 'polka', ['polka']),
  starter('polka + sirv + ws', 'polka-full', ['polka', 'sirv', 'ws']),
]

export const area: Area = {
  name: 'startup',
  title: 'Start and size',
  scenarios: [
    {
      name: 'start',
      title: TITLE,
      contenders: STARTERS.map(({ name }) => name),
      run: measure,
    },
  ],
}

function starter(name: string, file: string, packages: readonly string[]): Starter {
  return { name, file: `contenders/startup/${file}.mjs`, packages }
}

/** What one contender did in all rounds. */
interface Standing {
  readonly starter: Starter
  readonly milliseconds: number[]
  /** CPU time until then, in microseconds. */
  readonly cpu: number[]
  readonly rss: number[]
}

async function measure(settings: Settings): Promise<Table> {
  const { only, rounds } = settings
  const isChosen = ({ name }: Starter) => name === 'node-http' || only === undefined || only.includes(name)
  const standings: Standing[] = STARTERS.filter(isChosen).map((each) => ({
    starter: each,
    milliseconds: [],
    cpu: [],
    rss: [],
  }))
  for (let round = -1; round < rounds; round++) {
    for (const standing of standings) {
      progress(`start: round ${round + 1} of ${rounds}, ${standing.starter.name}`)
      await start(standing, settings, round >= 0) // the first one only brings the files into memory
    }
  }
  progress('')
  const sizes = settings.install ? standings.map(({ starter: { packages } }) => installedSize(packages)) : []
  return table(standings, sizes, rounds)
}

async function start(
  { starter: contender, milliseconds, cpu, rss }: Standing,
  settings: Settings,
  counts: boolean,
): Promise<void> {
  const { server, elapsed } = await firstAnswer(contender, settings, '/plaintext')
  try {
    if (!counts) return
    milliseconds.push(elapsed)
    cpu.push(await server.cpuTime())
    await wait(SETTLED)
    rss.push((await server.memory()).rss)
  } finally {
    await server.stop()
  }
}

function table(standings: readonly Standing[], sizes: readonly Installation[], rounds: number): Table {
  const [base] = standings
  if (base === undefined) throw new Error('nothing was started')
  return {
    title: TITLE,
    note: 'From starting the process to the end of its first answer, in milliseconds and in CPU time; resident memory when it has nothing to do; what `npm install` brings.',
    columns: [
      '',
      'ms to first answer',
      'times node-http',
      'CPU ms',
      'times node-http',
      'idle MB',
      'packages',
      'installed MB',
    ],
    rows: standings.map((standing, i) => row(standing, base, sizes[i])),
    versions: standings.flatMap(({ starter: each }) => versionsOf(each)),
    effort: `${rounds} starts of each by turns`,
  }
}

function row({ starter: { name }, milliseconds, cpu, rss }: Standing, base: Standing, size?: Installation): string[] {
  return [
    name,
    withSpread(spread(milliseconds), 0),
    withSpread(ratios(milliseconds, base.milliseconds), 2),
    whole(median(cpu) / 1000),
    withSpread(ratios(cpu, base.cpu), 2),
    whole(median(rss) / 1e6),
    size === undefined ? '' : String(size.packages),
    size === undefined ? '' : (size.bytes / 1e6).toFixed(2),
  ]
}
