/** The conversations of the Autobahn test suite, cut in two at every byte, and with every byte by itself: the outcome is the same. */
import { describe, expect, test } from 'vitest'
import { CLOSES, type ConformanceCase, FRAGMENTS, FRAMING, PINGS, RESERVED } from './conformance-cases.ts'
import { FramePeer } from './conformance-peer.ts'
import { againstClient, type Cut, chops, converse, echoServer, expected, type Outcome } from './conformance-run.ts'
import { UTF8 } from './conformance-utf8.ts'

const ONE_OF_EACH = /^[1-5]\.|^6\.([1-6]|11)\.|^6\.\d+\.1$|^7\.[135]\.|^7\.\d+\.1$/ // the others differ in a code or a few bytes alone
const CHOSEN = [FRAMING, PINGS, RESERVED, FRAGMENTS, UTF8, CLOSES]
  .flat()
  .filter(({ id, chop }) => chop === undefined && ONE_OF_EACH.test(id))
  .filter(({ send }) => send.every(({ payload }) => payload.length <= 128))
const AT_ONCE = 16 // connections

const inTwo =
  (position: number): Cut =>
  (bytes) => [bytes.subarray(0, position), bytes.subarray(position)]
const everyByte: Cut = (bytes) => chops(bytes, 1)

/** Every cut in two, and every fifth within a long conversation; and all bytes by themselves. */
function cuts(spec: ConformanceCase, masked: boolean): Cut[] {
  const sizes = spec.send.map(({ payload }) => payload.length + (payload.length > 125 ? 4 : 2) + (masked ? 4 : 0))
  const size = sizes.reduce((sum, each) => sum + each, 0)
  const positions = Array.from({ length: size - 1 }, (_, i) => i + 1)
  const chosen = size > 100 ? positions.filter((at) => at < 12 || at > size - 6 || at % 5 === 0) : positions
  return [everyByte, ...chosen.map(inTwo)]
}

async function inBatches<T>(jobs: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = []
  for (let i = 0; i < jobs.length; i += AT_ONCE) {
    results.push(...(await Promise.all(jobs.slice(i, i + AT_ONCE).map((job) => job()))))
  }
  return results
}

describe('a server', () => {
  test.each(CHOSEN)('$id $what: $close at every cut', async (spec) => {
    const { port, log } = await echoServer()
    const all = cuts(spec, true)
    const outcomes = await inBatches(all.map((cut) => async () => converse(await FramePeer.connect(port), spec, cut)))
    for (const outcome of outcomes) expect(outcome).toEqual(expected(spec))
    expect(new Set(await log.until(all.length))).toEqual(new Set([spec.close]))
    expect(log.codes).toHaveLength(all.length)
  })
})

describe('a client', () => {
  test.each(CHOSEN)('$id $what: $close at every cut', async (spec) => {
    const strict = expected(spec)
    const right: Outcome[] = spec.orSilent ? [strict, { ...strict, answers: [] }] : [strict] // the latter is NON-STRICT
    const outcomes = await inBatches(cuts(spec, false).map((cut) => () => againstClient(spec, cut)))
    for (const { closeCode, ...outcome } of outcomes) {
      expect(right).toContainEqual(outcome)
      expect(closeCode).toBe(spec.close)
    }
  })
})
