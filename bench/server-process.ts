/** A contender's server as a process: started on its core with a free port, measured from outside, stopped. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Contender, RunningServer, Settings } from './contest.ts'
import { pinned, SERVER_CORE } from './cores.ts'
import { usageChannel, usageOptions, usageReader } from './process-usage.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const START_TIMEOUT = 20_000 // ms
const STOP_TIMEOUT = 2000 // ms

/** Nobody stops the servers of a run that is broken off. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

export interface StartedServer extends RunningServer {
  stop(): Promise<void>
}

/**
 * Starts a contender and waits until it takes connections.
 *
 * @returns undefined if its command is not installed here
 * @throws with what it wrote to standard error if it ends early
 */
export async function startServer(
  contender: Contender,
  settings: Pick<Settings, 'node'>,
): Promise<StartedServer | undefined> {
  const port = await freePort()
  const command = commandOf(contender, settings.node, port)
  if (command === undefined) return undefined
  const { child, errors } = launch(command, { ...contender.env, PORT: String(port) })
  try {
    await untilListening(child, port)
  } catch (error) {
    await stop(child)
    throw new Error(`${contender.name}: ${(error as Error).message}\n${errors.join('')}`)
  }
  const pid = child.pid ?? Number.NaN
  return { name: contender.name, pid, port, ...usageReader(child), stop: () => stop(child) }
}

/** The command line of a contender, pinned to the core of the server. */
export function commandOf(contender: Contender, node: string, port: number): readonly string[] | undefined {
  const command =
    contender.command === undefined ? [node, ...usageOptions, contender.file ?? ''] : contender.command(port)
  return command && pinned(SERVER_CORE, command)
}

/** Starts a command in `bench/` as in production, without what npm and tsx have put into the environment. */
export function launch(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): { child: ChildProcess; errors: string[] } {
  const [file = '', ...args] = command
  const { PATH, HOME, LANG } = process.env
  const child = spawn(file, args, {
    cwd: here,
    env: { PATH, HOME, LANG, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'pipe', ...usageChannel],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const errors: string[] = []
  child.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text))
  return { child, errors }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // of a TCP server that listens
  server.close()
  await once(server, 'close')
  return port
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT
  while (!(await takesConnections(port))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('ended before it listened')
    if (Date.now() > deadline) throw new Error(`does not listen after ${START_TIMEOUT} ms`)
    await wait(10)
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** Asks the process to end, and insists after a while. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const insist = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT)
  await exit
  clearTimeout(insist)
}
