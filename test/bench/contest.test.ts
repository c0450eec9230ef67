/** The instrument itself: two servers, one short round, with our own load client, so that nothing has to be installed. */
import process from 'node:process'
import { describe, expect, test } from 'vitest'
import { type Contender, type Contest, contest, type Settings } from '../../bench/contest.ts'
import { expectAnswers, isText } from '../../bench/load/ask.ts'
import { startLoad } from '../../bench/load-process.ts'
import { compete } from '../../bench/run-contest.ts'
import { markdownTable } from '../../bench/table.ts'

const SETTINGS: Settings = {
  only: undefined,
  scenarios: undefined,
  rounds: 1,
  seconds: 0.05,
  node: process.execPath,
  install: false,
}
const fromSource = ['--conditions=typhoon-source', '--import', 'tsx']
const CONTENDERS: readonly Contender[] = [
  { name: 'node-http', file: 'contenders/http/node-http.mjs' },
  { name: 'typhoon', command: () => [process.execPath, ...fromSource, 'contenders/http/typhoon.mjs'] },
  { name: 'absent', command: () => undefined, missing: 'not here' },
]

function plaintext(expected: string): Contest {
  const request = { paths: ['/plaintext'] }
  return {
    name: 'plaintext',
    title: 'Plain text',
    note: 'A short text.',
    baseline: 'node-http',
    contenders: CONTENDERS,
    verify: ({ port }) => expectAnswers(port, request, { status: 200, type: 'text/plain', body: isText(expected) }),
    connect: ({ port }) => startLoad('load/http-client.ts', { port, connections: 4, request, status: 200 }),
  }
}

describe('a contest', () => {
  test('every contender that is there is measured, and the table says who is not', async () => {
    const table = await contest(plaintext('Hello, world')).run(SETTINGS)
    expect(table.rows.map(([name]) => name)).toEqual(['node-http', 'typhoon', 'absent'])
    const [baseline, typhoon, absent] = table.rows
    expect(baseline?.[1]).toBe('1.00 (1.00-1.00)')
    expect(typhoon?.[1]).toMatch(/^[0-9]+\.[0-9]{2} \(/)
    expect(absent?.[1]).toBe('not here')
    expect(table.columns.at(-1)).toBe('load CPU')
    expect(markdownTable(table)).not.toContain('NaN')
  })

  test('a wrong answer: no measurement, but an error that says whose it is', async () => {
    await expect(compete(plaintext('Something else'), SETTINGS)).rejects.toThrow(
      'plaintext, node-http: GET /plaintext: body',
    )
  })

  test('a server that does not start: an error with what it wrote', async () => {
    const broken = { ...plaintext('Hello, world'), contenders: [{ name: 'node-http', file: 'contenders/nobody.mjs' }] }
    await expect(compete(broken, SETTINGS)).rejects.toThrow(/node-http: ended before it listened.*nobody\.mjs/s)
  })
})
