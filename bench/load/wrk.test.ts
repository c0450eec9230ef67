import { describe, expect, test } from 'vitest'
import { parseReport } from './wrk.ts'

const REPORT = `Running 2s test @ http://127.0.0.1:8888
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.50ms  210.01us  35.12ms   98.71%
    Req/Sec    26.01k     1.71k   27.53k    90.48%
  Latency Distribution
     50%  980.00us
     75%    2.44ms
     90%    2.60ms
     99%    1.20s
  54321 requests in 2.10s, 8.55MB read
Requests/sec:  25867.14
Transfer/sec:      4.07MB
`

describe('parseReport', () => {
  test('count, time and latencies, whatever their unit', () => {
    expect(parseReport(REPORT, true)).toEqual({ count: 54321, seconds: 2.1, p50: 0.98, p99: 1200 })
  })

  test('broken connections: an error', () => {
    const report = `${REPORT}  Socket errors: connect 0, read 12, write 0, timeout 0\n`
    expect(() => parseReport(report, true)).toThrow('read 12')
  })

  test('error statuses: an error, unless they are what was asked for', () => {
    const report = `${REPORT}  Non-2xx or 3xx responses: 54321\n`
    expect(() => parseReport(report, true)).toThrow('error status')
    expect(parseReport(report, false).count).toBe(54321)
  })

  test('anything else: an error that shows it', () => {
    expect(() => parseReport('unable to connect', true)).toThrow('unable to connect')
  })
})
