import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { giveBack, PIECE_SIZE, takeBuffer } from './buffer-pool.ts'

function messages(): { req: IncomingMessage; res: ServerResponse } {
  const req = new IncomingMessage(new Socket())
  return { req, res: new ServerResponse(req) }
}

/** A socket that never gets anything through. */
function stuckSocket(): Socket {
  return new Duplex({ read() {}, write() {} }) as Socket // all that a response asks of it is that of a stream
}

test('a buffer comes back once its response has handed everything over', () => {
  const node = messages()
  node.res.assignSocket(stuckSocket())
  const buffer = takeBuffer()
  expect(buffer).toHaveLength(PIECE_SIZE)
  giveBack(buffer, node)
  expect(takeBuffer()).toBe(buffer)
})

test.each([
  {
    why: 'something still waits to be sent',
    make: () => {
      const node = messages()
      node.res.assignSocket(stuckSocket())
      node.res.write('waiting')
      return node
    },
  },
  { why: 'the response has no socket yet', make: messages },
  { why: 'it is not known what becomes of it', make: () => undefined },
])('a buffer does not come back while $why', ({ make }) => {
  const buffer = takeBuffer()
  giveBack(buffer, make())
  expect(takeBuffer()).not.toBe(buffer)
})
