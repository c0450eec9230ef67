/** wrk as the load client: it needs so little CPU time that the server is the bottleneck. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Load, Sample } from '../contest.ts'
import { LOAD_CORE, pinned } from '../cores.ts'
import type { HTTPLoadOptions, HTTPRequest } from './http-request.ts'

export const hasWrk: boolean = spawnSync('wrk', ['--version']).error === undefined

/** Prepares wrk; each `run()` starts it anew. */
export function wrkLoad({ port, connections, request, status }: HTTPLoadOptions): Load {
  const folder = mkdtempSync(join(tmpdir(), 'typhoon-bench-'))
  const script = join(folder, 'request.lua')
  writeFileSync(script, luaScript(request))
  return {
    run: async (seconds) => {
      const whole = Math.max(1, Math.round(seconds)) // wrk counts in whole seconds
      const options = ['-t1', `-c${connections}`, `-d${whole}s`, '--timeout', '30s', '--latency', '-s', script]
      const [command, ...args] = pinned(LOAD_CORE, ['wrk', ...options, `http://127.0.0.1:${port}`])
      return parseReport(await output(command ?? 'wrk', args), status < 400)
    },
    close: async () => rmSync(folder, { recursive: true }),
  }
}

/** @throws if wrk complains: with a script that it does not understand it goes on without it */
async function output(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [report, complaint, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  if (code !== 0 || complaint !== '') throw new Error(`wrk ended with ${code}: ${complaint}\n${report}`)
  return report
}

/** Every request is formatted once; with a single one wrk does not call Lua at all. */
function luaScript({ method = 'GET', paths, headers = {}, body }: HTTPRequest): string {
  const fields = Object.entries(headers).map(([name, value]) => `wrk.headers[ ${lua(name)} ] = ${lua(value)}`)
  const setup = [`wrk.method = ${lua(method)}`, ...fields, ...(body === undefined ? [] : [`wrk.body = ${lua(body)}`])]
  if (paths.length === 1) return [...setup, `wrk.path = ${lua(paths[0] ?? '/')}`].join('\n')
  return `${setup.join('\n')}
local paths = { ${paths.map(lua).join(', ')} }
local requests, next = {}, 0
function init(args)
  for i, path in ipairs(paths) do requests[i] = wrk.format(nil, path) end
end
function request()
  next = next % #requests + 1
  return requests[next]
end`
}

function lua(text: string): string {
  const level = '='.repeat(3) // a long bracket: nothing in it is an escape
  return `[${level}[${text}]${level}]`
}

/**
 * Reads wrk's report.
 *
 * @param isSuccess - whether the answers are expected to have a status below 400
 * @throws if connections broke or answers had another status
 */
export function parseReport(report: string, isSuccess: boolean): Sample {
  const problem = /^ {2}Socket errors: .*$/m.exec(report)?.[0]
  if (problem !== undefined) throw new Error(problem.trim())
  if (isSuccess && report.includes('Non-2xx or 3xx responses')) throw new Error('answers with an error status')
  const totals = /^ *([0-9]+) requests in ([0-9.]+)(ms|s|m),/m.exec(report)
  if (totals === null) throw new Error(`wrk said something else than expected:\n${report}`)
  const [, count, time = '', unit = ''] = totals
  return {
    count: Number(count),
    seconds: milliseconds(time + unit) / 1000,
    p50: milliseconds(/^ *50%\s+(\S+)$/m.exec(report)?.[1]),
    p99: milliseconds(/^ *99%\s+(\S+)$/m.exec(report)?.[1]),
  }
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 }

function milliseconds(text = ''): number {
  const [, value, unit = ''] = /^([0-9.]+)(us|ms|s|m)$/.exec(text) ?? []
  return Number(value) * (UNITS[unit] ?? Number.NaN)
}
