/** Many requests, a part of them broken off anywhere: afterwards the server holds what it held before. `SOAK=1` for 100,000. */
import { expect, test } from 'vitest'
import { RawClient, request } from '../core/raw-client.ts'
import { watchProcess } from '../core/served.ts'
import { Program } from './program.ts'

watchProcess()

const REQUESTS = process.env['SOAK'] === undefined ? 1500 : 100_000
const LANES = 16
const MIB = 1024 * 1024

interface State {
  readonly connections: number
  readonly timers: number
  readonly descriptors: number
  readonly heap: number
}

/** Numbers that look random and are the same in each run (a linear congruential generator). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const BODY = 'b'.repeat(20_000)
const GZIP = ['Accept-Encoding: gzip']
const WHOLE = [
  request('GET /hello'),
  request('GET /hello', GZIP),
  request('HEAD /hello'),
  request('POST /echo', [], BODY),
  request('GET /streamed'),
  request('GET /streamed', GZIP),
  request('POST /uploaded', [], BODY),
  request('GET /nowhere'),
  request('GET /hello') + request('POST /echo', [], 'x') + request('GET /streamed'),
]
const ENDING = [
  request('GET /failing'),
  request('GET /events'),
  'nonsense\r\n\r\n',
  request('POST /hello', ['Expect: x'], 'x'),
  request('POST /nowhere', [], BODY.repeat(5)),
]

/** One connection: some whole requests, and then an end, mostly a bad one. @returns how many requests that were */
async function visit(port: number, random: (below: number) => number): Promise<number> {
  const client = await RawClient.connect(port)
  let count = 0
  for (let i = random(6); i > 0; i--, count++) {
    const sent = WHOLE[random(WHOLE.length - 1)] ?? ''
    await client.send(sent)
    expect((await client.response({ method: sent.split(' ', 1)[0] ?? '' })).complete).toBe(true)
  }
  const all = [...WHOLE, ...ENDING]
  const last = all[random(all.length)] ?? ''
  const wayOut = random(5)
  await client.send(wayOut < 3 ? last.slice(0, 1 + random(last.length)) : last)
  if (random(2) === 0) await new Promise((resolve) => setImmediate(resolve))
  if (wayOut === 0) client.halfClose()
  else if (wayOut === 1) client.reset()
  else if (wayOut === 3) await client.head().catch(() => undefined) // the head, and not the body
  await client[Symbol.asyncDispose]()
  return count + 1
}

async function stateOf(port: number): Promise<State> {
  await using client = await RawClient.connect(port)
  await client.send(request('GET /state', ['Connection: close']))
  return JSON.parse((await client.response()).text()) as State
}

test(`${REQUESTS} requests`, { timeout: 600_000 }, async () => {
  await using program = Program.fixture('soaked.ts')
  const [, port] = await program.line(/listening on \S+:(\d+)/)
  const visitUntil = async (target: number, seed: number) => {
    let count = 0
    const lane = async (_: unknown, index: number) => {
      const random = numbers(seed + index)
      while (count < target) count += await visit(Number(port), random)
    }
    await Promise.all(Array.from({ length: LANES }, lane))
  }
  await visitUntil(300, 1) // what the first requests leave for good, such as compiled code, is not counted
  const before = await stateOf(Number(port))
  await visitUntil(REQUESTS, 100)
  await expect
    .poll(() => stateOf(Number(port)).then(({ connections }) => connections), { timeout: 10_000, interval: 100 })
    .toBe(1)
  const after = await stateOf(Number(port))
  if (process.env['SOAK'] !== undefined) console.log(JSON.stringify({ before, after }))
  expect(after.connections).toBe(1)
  expect(after.timers).toBeLessThanOrEqual(before.timers)
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors)
  expect(after.heap - before.heap).toBeLessThan(4 * MIB)
  expect(program.errorOutput).toBe('')
})
