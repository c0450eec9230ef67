/** Starts a server and asks it until it answers: what whoever waits for a deployment sees. */
import { get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Contender, Settings } from './contest.ts'
import { usageReader } from './process-usage.ts'
import { commandOf, freePort, launch, type StartedServer, stop } from './server-process.ts'

const PATIENCE = 10_000 // ms

export interface FirstAnswer {
  readonly server: StartedServer
  /** Milliseconds from the start of the process to the end of the answer. */
  readonly elapsed: number
}

/** @throws if there is no answer with status 200 in time */
export async function firstAnswer(contender: Contender, { node }: Settings, path: string): Promise<FirstAnswer> {
  const port = await freePort()
  const command = commandOf(contender, node, port)
  if (command === undefined) throw new Error(`${contender.name} is not installed here`)
  const start = performance.now()
  const { child, errors } = launch(command, { ...contender.env, PORT: String(port) })
  while (!(await answers(port, path))) {
    if (child.exitCode !== null || performance.now() - start > PATIENCE) {
      await stop(child)
      throw new Error(`${contender.name} does not answer\n${errors.join('')}`)
    }
    await wait(1)
  }
  const elapsed = performance.now() - start
  const pid = child.pid ?? Number.NaN
  return { elapsed, server: { name: contender.name, pid, port, ...usageReader(child), stop: () => stop(child) } }
}

function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const req = get({ port, host: '127.0.0.1', path, agent: false }, (res) => {
      res.resume().once('end', () => resolve(res.statusCode === 200))
    })
    req.once('error', () => resolve(false))
  })
}
