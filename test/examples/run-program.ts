/** A program of an example that is expected to end by itself, run as its reader runs it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Outcome {
  readonly code: number | null
  /** Standard output and standard error. */
  readonly output: string
}

/** @param command - the file of the example, and its arguments */
export async function runProgram(example: string, command: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=typhoon-source', ...command], {
    cwd: fileURLToPath(new URL(`../../examples/${example}/`, import.meta.url)),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  await once(child, 'close')
  return { code: child.exitCode, output }
}
