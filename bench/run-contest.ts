/** Runs a contest: servers up, answers checked, warmed up, then round by round; and makes its table. */
import type { Contender, Contest, Load, RunningServer, Sample, Scenario, Settings } from './contest.ts'
import { contestTable } from './contest-table.ts'
import { progress } from './progress.ts'
import { type StartedServer, startServer } from './server-process.ts'

/** What one contender did in one round. */
export interface Measurement extends Sample {
  /** CPU time of the server for each answer, in microseconds. */
  readonly cost: number
}

/** What one contender did in all rounds. */
export interface Standing {
  readonly contender: Contender
  /** One for each round; none where the contender is not installed here. */
  readonly rounds: readonly Measurement[]
  /** Highest resident memory, in bytes. */
  readonly peakMemory: number
}

const WARM_UP = { seconds: 1, answers: 20_000, atMost: 8 } // every handler has been compiled by then

/** A contest as a scenario of an area. */
export function contest(description: Contest): Scenario {
  const { name, title, contenders } = description
  return {
    name,
    title,
    contenders: contenders.map((contender) => contender.name),
    run: async (settings) => contestTable(description, await compete(description, settings), settings),
  }
}

/** @throws if a contender does not start, if its answer is wrong, or if it ends */
export async function compete(description: Contest, settings: Settings): Promise<readonly Standing[]> {
  const contenders = chosen(description, settings)
  const servers = new Map<string, StartedServer>()
  try {
    for (const contender of contenders) {
      const server = await startServer(contender, settings)
      if (server !== undefined) servers.set(contender.name, server)
    }
    const rounds = await runRounds(description, [...servers.values()], settings)
    const peaks = new Map<string, number>()
    for (const [name, server] of servers) peaks.set(name, (await server.memory()).peak)
    return contenders.map((contender) => ({
      contender,
      rounds: rounds.get(contender.name) ?? [],
      peakMemory: peaks.get(contender.name) ?? 0,
    }))
  } finally {
    progress('')
    await Promise.all([...servers.values()].map((server) => server.stop()))
  }
}

function chosen({ contenders, baseline }: Contest, { only }: Settings): readonly Contender[] {
  return contenders.filter(({ name }) => only === undefined || name === baseline || only.includes(name.toLowerCase()))
}

async function runRounds(
  description: Contest,
  servers: readonly StartedServer[],
  settings: Settings,
): Promise<ReadonlyMap<string, readonly Measurement[]>> {
  for (const server of servers) await named(description, server, () => warmUp(description, server, settings))
  const rounds = new Map<string, Measurement[]>(servers.map(({ name }) => [name, []]))
  for (let round = 0; round < settings.rounds; round++) {
    for (const server of rotated(servers, round)) {
      progress(`${description.name}: round ${round + 1} of ${settings.rounds}, ${server.name}`)
      const measured = await named(description, server, () => measure(description, server, settings.seconds))
      rounds.get(server.name)?.push(measured)
    }
  }
  return rounds
}

/** Each round begins with another contender. */
function rotated<Item>(items: readonly Item[], round: number): readonly Item[] {
  const start = round % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

/** Checks the answer, then repeats the load until the server has compiled what it runs. */
async function warmUp(description: Contest, server: RunningServer, { seconds }: Settings): Promise<void> {
  progress(`${description.name}: warming up ${server.name}`)
  await description.verify(server)
  const load = await description.connect(server)
  try {
    let answers = 0
    for (let i = 0; i < WARM_UP.atMost && answers < WARM_UP.answers; i++) {
      const { count } = await load.run(Math.min(WARM_UP.seconds, seconds))
      answers += count
    }
  } finally {
    await load.close()
  }
}

async function measure(description: Contest, server: RunningServer, seconds: number): Promise<Measurement> {
  const load = await description.connect(server)
  try {
    return await measureLoad(load, server, seconds)
  } finally {
    await load.close()
  }
}

async function measureLoad(load: Load, server: RunningServer, seconds: number): Promise<Measurement> {
  const before = await server.cpuTime()
  const sample = await load.run(seconds)
  const used = (await server.cpuTime()) - before
  if (sample.count === 0) throw new Error(`no answer in ${seconds} s`)
  return { ...sample, cost: used / sample.count }
}

/** @throws what `work` throws, with the names of scenario and contender */
async function named<Result>(
  description: Contest,
  { name }: RunningServer,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    throw new Error(`${description.name}, ${name}: ${(cause as Error).message}`, { cause })
  }
}
