import { expect, test } from 'vitest'
import { MessageReader, type ReaderUser } from './message-reader.ts'
import { loadWS } from './ws.ts'

await loadWS()

const NOTHING_ELSE: Omit<ReaderUser, 'message'> = {
  pinged() {},
  ponged() {},
  concluded() {},
  violated(error) {
    throw error
  },
  caughtUp() {},
}

test('a message that comes byte by byte: is read, and in no more time than its bytes take', () => {
  const size = 300_000
  const reader = new MessageReader(size, undefined)
  const messages: Buffer[] = []
  reader.user = { ...NOTHING_ELSE, message: (data) => messages.push(data) }
  const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  head.writeUInt32BE(size, 6)
  const frame = Buffer.concat([head, Buffer.alloc(size).map((_, i) => i)])
  for (let i = 0; i < frame.length; i++) {
    reader.scanner.scan(frame.subarray(i, i + 1), 0, false)
    reader.read(frame.subarray(i, i + 1))
  }
  expect(messages).toHaveLength(1)
  expect(messages[0]?.equals(frame.subarray(head.length))).toBe(true)
  expect(reader.isAtRest).toBe(true)
})
