/** The HTTP load: wrk where it is installed, else a client of ours. */
import type { Load } from '../contest.ts'
import { startLoad } from '../load-process.ts'
import type { HTTPLoadOptions } from './http-request.ts'
import { hasWrk, wrkLoad } from './wrk.ts'

/** For the report. */
export const loadClient: string = hasWrk ? 'wrk' : 'a client of ours'

export function httpLoad(options: HTTPLoadOptions): Promise<Load> {
  return hasWrk ? Promise.resolve(wrkLoad(options)) : startLoad('load/http-client.ts', options)
}
