/** Which processor core runs what: the server has one to itself, and the load another. */
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

export const SERVER_CORE = 0
export const LOAD_CORE = 1

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0

/** The command that runs `command` on one core, or `command` itself where that cannot be had. */
export function pinned(core: number, command: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '-c', String(core), ...command] : command
}

/** For the report. */
export function pinning(): string {
  return canPin ? 'server and load each pinned to a core' : 'not pinned to cores'
}
