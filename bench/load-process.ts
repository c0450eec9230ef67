/** Starts a load client of ours on its core, and talks to it; `load-program.ts` is the other side. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Load, Sample } from './contest.ts'
import { LOAD_CORE, pinned } from './cores.ts'
import type { LoadCommand, LoadReport } from './load-program.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/**
 * Starts `program`, which calls `serveLoad()`, and waits until it is connected.
 *
 * @param program - relative to `bench/`, such as `load/http-client.ts`
 * @param options - given to the program as JSON
 */
export async function startLoad(program: string, options: object): Promise<Load> {
  const [command, ...args] = pinned(LOAD_CORE, [
    process.execPath,
    '--import',
    'tsx',
    program,
    JSON.stringify(options),
  ]) as [string, ...string[]] // pinned() never shortens a command
  const child = spawn(command, args, { cwd: here, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  await reportOf(child).catch((error: unknown) => {
    child.kill()
    throw error
  })
  return {
    run: async (seconds) => {
      tell(child, { run: seconds })
      const report = await reportOf(child)
      if (!('sample' in report)) throw new Error(`${program} gave no sample`)
      return report.sample satisfies Sample
    },
    close: async () => {
      if (child.exitCode !== null) return
      const exit = once(child, 'exit')
      tell(child, 'close')
      await exit
    },
  }
}

function tell(child: ChildProcess, command: LoadCommand): void {
  child.send(command)
}

/** The next report. @throws if the client failed or ended */
function reportOf(child: ChildProcess): Promise<LoadReport> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('the load client ended early'))
    child.once('exit', ended)
    child.once('message', (report: LoadReport) => {
      child.off('exit', ended)
      if ('error' in report) reject(new Error(report.error))
      else resolve(report)
    })
  })
}
