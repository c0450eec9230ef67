/** Sockets share what reads and inflates messages in parts: what one client does to it, no other may feel. */
import { setImmediate as turn } from 'node:timers/promises'
import { constants, deflateRawSync } from 'node:zlib'
import { WebSocketHandler } from '@typhoon/websocket'
import { expect, test } from 'vitest'
import { FrameClient, frame } from './frame-client.ts'
import { serve } from './socket-server.ts'

const COMPRESSED = { opcode: 1, rsv: 4 }
const FINAL = deflateRawSync('final') // ends the stream, RFC 7692 §7.2.3.5

class EchoHandler extends WebSocketHandler {
  static override readonly compression = { threshold: 100_000 }
  static override readonly maxMessageSize = 10_000
  override onMessage(message: string | Buffer): unknown {
    void this.writeMessage(message)
    return undefined
  }
}

function deflated(data: string | Buffer): Buffer {
  return deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
}

function open(port: number): Promise<FrameClient> {
  return FrameClient.open(port, { fields: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } })
}

function echo(client: FrameClient, text: string): Promise<string> {
  client.send(frame(deflated(text), COMPRESSED))
  return client.readText()
}

test.each([
  { sent: 'a final block', frames: [frame(FINAL, COMPRESSED)] },
  { sent: 'bytes behind a final block', frames: [frame(Buffer.concat([FINAL, Buffer.alloc(3000, 0xff)]), COMPRESSED)] },
  {
    sent: 'a fragment behind a final block',
    frames: [frame(FINAL, { ...COMPRESSED, fin: false }), frame(deflated('x'), { opcode: 0 })],
  },
  { sent: 'an empty message', frames: [frame('', COMPRESSED)] },
  { sent: 'what cannot be inflated', frames: [frame(Buffer.alloc(50, 0xff), COMPRESSED)] },
  { sent: 'half a block', frames: [frame(deflated('hello hello hello').subarray(0, 5), COMPRESSED)] },
  { sent: 'more than maxMessageSize', frames: [frame(deflated('a'.repeat(1_000_000)), COMPRESSED)] },
  { sent: 'text that is not UTF-8', frames: [frame(deflated(Buffer.alloc(9, 0xff)), COMPRESSED)] },
  { sent: 'half a message', frames: [frame(deflated('hello'), { ...COMPRESSED, fin: false })] },
  { sent: 'half a frame', frames: [frame(deflated('hello'), COMPRESSED).subarray(0, 8)] },
])('$sent from one client: the others are read as before', async ({ frames }) => {
  const { port } = await serve([['/', EchoHandler]])
  const bad = await open(port)
  const good = await open(port)
  bad.send(...frames)
  for (let i = 0; i < 5; i++) expect(await echo(good, `${i}`)).toBe(`${i}`)
  bad.destroy()
  for (let i = 0; i < 5; i++) {
    expect(await echo(good, `${i}`)).toBe(`${i}`)
    await turn()
  }
})

test('clients that leave while their message is being inflated: nobody else gets it', async () => {
  const { port } = await serve([['/', EchoHandler]])
  for (let i = 0; i < 20; i++) {
    const leaving = await open(port)
    leaving.send(frame(deflated('secret'.repeat(1000)), COMPRESSED))
    if (i % 2 === 0) await turn()
    leaving.socket.resetAndDestroy()
    const client = await open(port)
    expect(await echo(client, `${i}`)).toBe(`${i}`)
    client.destroy()
  }
})
