/** An example as its reader starts it: a process of its own, on a free port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const LISTENING = /listening on ([a-z]+:\/\/\S+)/i
const START_TIMEOUT = 30_000 // ms

export interface ExampleProcess extends AsyncDisposable {
  /** For instance `http://localhost:34567`. */
  readonly url: string
  /** Everything that it has written to standard output and standard error. */
  readonly output: () => string
  /** Asks it to stop, as a service manager does. @returns its exit code; null if a signal had to end it */
  stop(): Promise<number | null>
}

/**
 * Starts `examples/<name>/server.ts`; settles when it says where it listens.
 *
 * @param env - added to the environment; `PORT` is 0 by default
 * @throws {@link Error} with its output if it ends before, or has not said so within ten seconds
 */
export async function startExample(name: string, env: NodeJS.ProcessEnv = {}): Promise<ExampleProcess> {
  const child = spawnExample(name, env)
  const output = collectOutput(child)
  const url = await listeningUrl(child, output)
  const stop = async (): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'close')
    }
    return child.exitCode
  }
  const dispose = async () => void (await stop())
  return { url, output, stop, [Symbol.asyncDispose]: dispose }
}

/** Runs an example that is expected to end by itself. */
export async function runExample(
  name: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  const child = spawnExample(name, env)
  const output = collectOutput(child)
  await once(child, 'close')
  return { code: child.exitCode, output: output() }
}

function spawnExample(name: string, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', '--conditions=typhoon-source', 'server.ts'], {
    cwd: fileURLToPath(new URL(`../examples/${name}/`, import.meta.url)),
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function collectOutput(child: ChildProcess): () => string {
  let text = ''
  const add = (chunk: string) => {
    text += chunk
  }
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', add)
  return () => text
}

function listeningUrl(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill(), START_TIMEOUT)
    const look = () => {
      const url = LISTENING.exec(output())?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      resolve(url)
    }
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
    child.on('error', reject)
    child.on('close', () => {
      clearTimeout(timer)
      reject(new Error(`the example did not say where it listens:\n${output()}`))
    })
  })
}
