/**
 * What a load client of ours needs to be a process of its own: it connects, then runs as often as it is told to.
 *
 * The other side is `load-process.ts`.
 */
import process from 'node:process'
import type { Load, Sample } from './contest.ts'

/** What the load process is told, after its options. */
export type LoadCommand = { readonly run: number } | 'close'

/** What the load process tells. */
export type LoadReport = { readonly ready: true } | { readonly sample: Sample } | { readonly error: string }

/**
 * Serves the commands of `startLoad()`: the whole main program of a load client.
 *
 * Each sample gets the share of a core that the client used as the column `load CPU`; near 1 the client is the bottleneck.
 */
export async function serveLoad<Options>(connect: (options: Options) => Promise<Load>): Promise<void> {
  process.on('disconnect', () => process.exit())
  const options = JSON.parse(process.argv[2] ?? '{}') as Options
  try {
    const load = await connect(options)
    process.on('message', (command: LoadCommand) => {
      obey(load, command).catch(fail)
    })
    report({ ready: true })
  } catch (error) {
    fail(error)
  }
}

async function obey(load: Load, command: LoadCommand): Promise<void> {
  if (command === 'close') {
    await load.close()
    process.disconnect()
    return
  }
  const before = process.cpuUsage()
  const start = performance.now()
  const sample = await load.run(command.run)
  const { user, system } = process.cpuUsage(before)
  const share = (user + system) / 1000 / (performance.now() - start)
  report({ sample: { ...sample, extra: { ...sample.extra, 'load CPU': share } } })
}

function report(message: LoadReport): void {
  process.send?.(message)
}

function fail(error: unknown): void {
  report({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}
