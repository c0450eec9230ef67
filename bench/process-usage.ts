/**
 * CPU time and memory of a server from outside, as the operating system accounts for them.
 *
 * Linux tells them in /proc, in nanoseconds where the kernel keeps scheduler statistics. Elsewhere the server is asked over
 * IPC, which works for Node.js programs only: `report-usage.mjs` is loaded into them and answers.
 */
import type { ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { RunningServer } from './contest.ts'

type Usage = Pick<RunningServer, 'cpuTime' | 'memory'>

const hasProc = existsSync('/proc/self/stat')
const hasSchedulerStatistics = existsSync('/proc/self/schedstat')
const MICROSECONDS_PER_TICK = 10_000 // USER_HZ is 100 on every Linux that Node.js runs on

/** Node.js options that a server needs so that it can be measured here. */
export const usageOptions: readonly string[] = hasProc ? [] : ['--import', './report-usage.mjs']

/** What it takes beside standard error. */
export const usageChannel: readonly 'ipc'[] = hasProc ? [] : ['ipc']

export function usageReader(child: ChildProcess): Usage {
  const pid = child.pid ?? Number.NaN
  return hasProc
    ? { cpuTime: async () => cpuTimeOfTree(pid), memory: async () => memoryOfTree(pid) }
    : { cpuTime: async () => (await ask(child)).cpuTime, memory: async () => ask(child) }
}

/** @returns microseconds, of a process with all of its threads and its living descendants */
function cpuTimeOfTree(pid: number): number {
  return sum(processTree(pid).map(cpuTimeOf))
}

function memoryOfTree(pid: number): { rss: number; peak: number } {
  const statuses = processTree(pid).map((each) => readFileSync(`/proc/${each}/status`, 'utf8'))
  const bytes = (name: string) => sum(statuses.map((status) => kibibytes(status, name) * 1024))
  return { rss: bytes('VmRSS'), peak: bytes('VmHWM') }
}

function processTree(root: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map((pid) => ({ pid: Number(pid), parent: parentOf(pid) }))
  const below = (pid: number): number[] => [
    pid,
    ...parents.filter((each) => each.parent === pid).flatMap((each) => below(each.pid)),
  ]
  return below(root)
}

/** @returns undefined for a process that has just ended */
function parentOf(pid: string): number | undefined {
  try {
    return Number(statFields(pid)[1])
  } catch {
    return undefined
  }
}

/** What /proc tells of a process from its state on, which is field 3 in proc(5). */
function statFields(pid: number | string): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function cpuTimeOf(pid: number): number {
  return hasSchedulerStatistics ? sum(readdirSync(`/proc/${pid}/task`).map((id) => threadTime(pid, id))) : ticks(pid)
}

function threadTime(pid: number, thread: string): number {
  const [nanoseconds = ''] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
  return Number(nanoseconds) / 1000
}

function ticks(pid: number): number {
  const [user, system] = statFields(pid).slice(11, 13)
  return (Number(user) + Number(system)) * MICROSECONDS_PER_TICK
}

function kibibytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+([0-9]+) kB$`, 'm').exec(status)?.[1] ?? 0)
}

function ask(child: ChildProcess): Promise<{ cpuTime: number; rss: number; peak: number }> {
  return new Promise((resolve) => {
    child.once('message', (usage: { cpuTime: number; rss: number; peak: number }) => resolve(usage))
    child.send('usage')
  })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
