/**
 * The Autobahn test suite's cases against `websocketConnect()` and a program that echoes what it reads.
 *
 * A program reads messages in its own time, so what came before a violation in the same segment may stay without its echo; and text is
 * checked when its message is complete. The suite calls both NON-STRICT: every such case is named here.
 */
import { describe, expect, test } from 'vitest'
import { AUTO_FRAGMENTS, CLOSES, continuation, FRAGMENTS, FRAMING, PINGS, RESERVED, text } from './conformance-cases.ts'
import { FramePeer } from './conformance-peer.ts'
import { againstClient, answerTo, converse, echoClient, expected } from './conformance-run.ts'
import { FAIL_FAST, UTF8 } from './conformance-utf8.ts'

const ALL = [FRAMING, PINGS, RESERVED, FRAGMENTS, UTF8, CLOSES, AUTO_FRAGMENTS].flat()
const STRICT = ALL.filter(({ orSilent }) => orSilent !== true)
const NON_STRICT = ALL.filter(({ orSilent }) => orSilent === true)

test.each(STRICT)('$id $what: $close', async (spec) => {
  expect(await againstClient(spec)).toEqual({ ...expected(spec), closeCode: spec.close })
})

test.each(NON_STRICT)('$id $what: $close, NON-STRICT: the echo before it is not certain', async (spec) => {
  const strict = { ...expected(spec), closeCode: spec.close }
  expect([strict, { ...strict, answers: [] }]).toContainEqual(await againstClient(spec))
})

describe('NON-STRICT: text is refused when its message is complete', () => {
  test.each(FAIL_FAST)('$id $what: 1007 at the end of the message', async ({ id, what, send, stops }) => {
    const end = stops === undefined ? [continuation('')] : []
    expect(await againstClient({ id, what, send: [...send, ...end], expect: [], close: 1007 })).toEqual({
      answers: [],
      close: 1007,
      closeCode: 1007,
    })
  })
})

test.each([
  { id: '1', cases: FRAMING },
  { id: '2', cases: PINGS },
  { id: '5', cases: FRAGMENTS.filter(({ close }) => close === 1000) },
  { id: '6', cases: UTF8.filter(({ close }) => close === 1000) },
])('group $id, in the same segment as the answer to the handshake: the same outcomes', async ({ cases }) => {
  for (const spec of cases) {
    const { port, accepted } = await FramePeer.listen(answerTo(), spec.send)
    const client = echoClient(port)
    expect(await converse(await accepted, spec, () => [])).toEqual(expected(spec))
    expect(await client).toBe(spec.close)
  }
})

test.each([
  { why: 'text', masked: text('masked', { masked: true }) },
  { why: 'an empty message', masked: text('', { masked: true }) },
])('a server that masks $why: 1002 (RFC 6455 §5.1)', async ({ masked }) => {
  const spec = { id: '', what: '', send: [masked], expect: [], close: 1002 }
  expect(await againstClient(spec)).toEqual({ answers: [], close: 1002, closeCode: 1002 })
})
