import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Command, CommandInput } from '../command.ts'
import { findModule, typescriptLoader } from '../module-file.ts'

/** `typhoon dev`: a program that starts again when one of its modules changes. */
export const dev: Command = {
  name: 'dev',
  summary: 'Run a program and start it again when it changes',
  usage: '<module> [-- arguments]',
  operands: [1, 1],
  options: {
    'no-clear': { type: 'boolean', help: 'keep what was printed before the change' },
  },
  notes: `Node watches the module and all that it imports. TypeScript runs with tsx if that is installed, else with Node's own support
where there is one (22.18 and later).`,
  run,
}

async function run({ options, operands: [module = ''], rest }: CommandInput): Promise<number> {
  const file = findModule(module)
  const loader = typescriptLoader(file)
  const args = [
    ...process.execArgv,
    '--watch',
    ...(options['no-clear'] === true ? ['--watch-preserve-output'] : []),
    ...(loader === undefined ? [] : ['--import', loader]),
    file,
    ...rest,
  ]
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  process.on('SIGINT', () => {}) // a terminal sends it to the program, too; this process waits for its end
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]))
  })
}
