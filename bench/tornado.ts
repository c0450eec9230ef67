/** Python's Tornado as a contender, where a Python has it: that of `BENCH_PYTHON`, of the path, or of the system. */
import { spawnSync } from 'node:child_process'
import process from 'node:process'
import type { Contender } from './contest.ts'

interface Python {
  readonly command: string
  /** Of its Tornado, such as `6.5.10`. */
  readonly version: string
}

const COMMANDS = [process.env['BENCH_PYTHON'] ?? 'python3', '/usr/bin/python3']
let known: Python | null | undefined

/** @param file - a Python program, relative to `bench/`; under the name `tornado.py` it would import itself */
export function tornado(file: string): Contender {
  return {
    name: 'tornado',
    command: () => {
      const python = find()
      return python === null ? undefined : [python.command, file]
    },
    missing: 'no Python with Tornado here',
    version: () => find()?.version,
  }
}

function find(): Python | null {
  known ??= COMMANDS.map(withTornado).find((python) => python !== undefined) ?? null
  return known
}

function withTornado(command: string): Python | undefined {
  const { stdout } = spawnSync(command, ['-c', 'import tornado; print(tornado.version)'], { encoding: 'utf8' })
  return stdout ? { command, version: stdout.trim() } : undefined
}
