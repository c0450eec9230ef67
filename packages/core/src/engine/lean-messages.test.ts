/** What answers look like on the wire is tested in test/core and test/server, both with the shorter way and without it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { expect, test } from 'vitest'
import { LeanRequest, LeanResponse } from './lean-messages.ts'

const FIELDS = ['Content-Type', 'text/plain', 'Content-Length', '2']

test('the self-test passes on this version of Node', () => {
  const req = new LeanRequest(new Socket())
  req.leaveUnread()
  expect(req.readableEnded).toBe(true)
})

/** Answers one request by `answer()` on Node's server, and tells what it returned and what came. */
async function answered(
  fields: readonly string[],
  body: string | Uint8Array | undefined,
): Promise<{ isLean: boolean; text: string; connection: string | null }> {
  let isLean = false
  const options = { IncomingMessage: LeanRequest, ServerResponse: LeanResponse, requireHostHeader: false }
  const server = createServer(options, (req, res) => {
    req.receive()
    isLean = res.answer(200, 'OK', fields, body, 5000, { answered() {} })
    if (!isLean) res.end('by Node')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const response = await fetch(`http://127.0.0.1:${port}`)
    return { isLean, text: await response.text(), connection: response.headers.get('keep-alive') }
  } finally {
    server.close()
  }
}

test.each<[string, readonly string[], string | Uint8Array | undefined]>([
  ['ASCII', FIELDS, 'ok'],
  ['text beyond ASCII', FIELDS, 'é'],
  ['bytes', FIELDS, Buffer.from('ok')],
  ['a view of bytes that begins within its buffer', FIELDS, Buffer.from('-ok-').subarray(1, 3)],
  ['bytes that are no text in any encoding', FIELDS, Buffer.from([0xff, 0x80])],
  ['more bytes than go out as one string', ['Content-Length', '20000'], Buffer.alloc(20_000, 'x')],
  ['more text than the socket takes at once', ['Content-Length', '8000000'], 'x'.repeat(8_000_000)],
  ['no content', ['Content-Length', '0'], undefined],
])('%s: the shorter way, and the same bytes', async (_, fields, body) => {
  const { isLean, text, connection } = await answered(fields, body)
  expect([isLean, connection]).toEqual([true, 'timeout=5'])
  expect(text === Buffer.from(body ?? '').toString()).toBe(true)
})

test.each<[string, readonly string[], string]>([
  ['a Date of its own', ['Date', 'Sun, 06 Nov 1994 08:49:37 GMT'], 'ok'],
  ['a word about the connection', ['connection', 'close'], 'ok'],
  ['a field beyond ASCII with text beyond it', ['X', '\xe9'], 'é'],
])("%s: Node's way, and nothing was sent before", async (_, fields, body) => {
  expect(await answered([...FIELDS, ...fields], body)).toMatchObject({ isLean: false, text: 'by Node' })
})
