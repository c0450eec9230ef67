/** What an idle WebSocket costs in resident memory of the server. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Contender, Load, RunningServer, Scenario, Settings } from '../contest.ts'
import type { WebSocketLoad } from '../load/websocket.ts'
import type { Dialect } from '../load/websocket-socket.ts'
import { startLoad } from '../load-process.ts'
import { versionsOf } from '../machine.ts'
import { progress } from '../progress.ts'
import { startServer } from '../server-process.ts'
import { median } from '../statistics.ts'
import type { Table } from '../table.ts'

interface Given {
  readonly name: string
  readonly contenders: readonly Contender[]
  readonly dialectOf: (server: RunningServer) => Dialect
}

/** In bytes. */
interface Growth {
  readonly before: number
  /** For each socket, when there are as many as `STEPS` says. */
  readonly perSocket: readonly number[]
}

const STEPS = [5000, 10_000] as const // sockets
const KINDS = [
  ['plain', '/echo'],
  ['subscribed', '/broadcast'],
] as const
const WARM_UP_SOCKETS = 100 // what is made once per process is there before the count begins
const QUIET_TIME = 10_000 // ms; after about eight, an idle V8 collects its garbage

/** A scenario that opens sockets which do nothing, first plain ones, then such as follow a topic. */
export function idleMemory({ name, contenders, dialectOf }: Given): Scenario {
  const title = 'Memory of an idle socket'
  return {
    name,
    title,
    run: async (settings) => {
      const chosen = contenders.filter((each) => settings.only?.includes(each.name) ?? true)
      const rows: (readonly string[])[] = []
      for (const contender of chosen) rows.push(await rowOf(contender, settings, dialectOf))
      return tableOf(title, rows, chosen)
    },
  }
}

function tableOf(title: string, rows: Table['rows'], contenders: readonly Contender[]): Table {
  return {
    title,
    note:
      'Growth of the resident memory of the server for each socket that is open and silent, ten seconds after the last ' +
      'one was opened. "Subscribed": as in the broadcasts. No collection of garbage is forced.',
    columns: [
      '',
      'MB before',
      ...KINDS.flatMap(([kind]) => STEPS.map((step) => `kB, ${kind}, ${step.toLocaleString('en-US')}`)),
    ],
    rows,
    versions: contenders.flatMap(versionsOf),
    effort: 'measured once', // each takes more than a minute
  }
}

async function rowOf(
  contender: Contender,
  settings: Settings,
  dialectOf: Given['dialectOf'],
): Promise<readonly string[]> {
  const cells: string[] = []
  const before: number[] = []
  for (const [kind, path] of KINDS) {
    progress(`memory: ${contender.name}, ${kind}`)
    const growth = await measure(contender, path, settings, dialectOf)
    if (growth === undefined) return [contender.name, contender.missing ?? 'not installed here']
    before.push(growth.before)
    cells.push(...growth.perSocket.map((bytes) => (bytes / 1000).toFixed(1)))
  }
  progress('')
  return [contender.name, (median(before) / 1e6).toFixed(0), ...cells]
}

async function measure(
  contender: Contender,
  path: string,
  settings: Settings,
  dialectOf: Given['dialectOf'],
): Promise<Growth | undefined> {
  const server = await startServer(contender, settings)
  if (server === undefined) return undefined
  const target = { port: server.port, path, dialect: dialectOf(server), compress: false }
  const loads: Load[] = []
  const open = async (connections: number) => {
    loads.push(
      await startLoad('load/websocket.ts', {
        ...target,
        kind: 'idle',
        connections,
        inFlight: 0,
        size: 0,
      } satisfies WebSocketLoad),
    )
    await wait(QUIET_TIME)
    return (await server.memory()).rss
  }
  try {
    const before = await open(WARM_UP_SOCKETS)
    const perSocket: number[] = []
    let opened = 0
    for (const step of STEPS) {
      const now = await open(step - opened)
      opened = step
      perSocket.push((now - before) / opened)
    }
    return { before, perSocket }
  } finally {
    await Promise.all(loads.map((load) => load.close()))
    await server.stop()
  }
}
