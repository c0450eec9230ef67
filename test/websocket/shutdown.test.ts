import { WebSocketHandler } from '@typhoon/websocket'
import { expect, test } from 'vitest'
import { closePayload, FrameClient, frame } from './frame-client.ts'
import { serve } from './socket-server.ts'

test.each([1001, 1012] as const)(
  'the server shuts down: every socket is closed with %i, onClose() runs, then close() settles',
  async (code) => {
    let closed = 0
    class Handler extends WebSocketHandler {
      static override readonly shutdownCode = code
      override async onClose() {
        await new Promise(setImmediate)
        closed++
      }
    }
    const { port, server } = await serve([['/', Handler]])
    const clients = await Promise.all(Array.from({ length: 250 }, () => FrameClient.open(port)))
    const closing = server.close({ deadline: 5000 })
    for (const client of clients) {
      expect(await client.readClose()).toEqual({ code, reason: 'the server is shutting down' })
      client.send(frame(closePayload(code), { opcode: 8 }))
    }
    await closing
    expect(closed).toBe(250)
  },
)

test('a client that does not answer: is cut off at closeTimeout, before the deadline', async () => {
  class Handler extends WebSocketHandler {
    static override readonly closeTimeout = 50
  }
  const { port, server } = await serve([['/', Handler]])
  const client = await FrameClient.open(port)
  client.socket.pause()
  await expect(server.close({ deadline: 60_000 })).resolves.toBeUndefined()
})

test('a hook that never settles: the deadline ends the connection', async () => {
  class Handler extends WebSocketHandler {
    override open() {
      return new Promise<void>(() => {})
    }
  }
  const { port, server } = await serve([['/', Handler]])
  const client = await FrameClient.open(port)
  await server.close({ deadline: 50 })
  await client.ended()
  expect(client.socket.readableEnded || client.socket.destroyed).toBe(true)
})

test('a handshake that is answered when the shutdown has begun: the socket is closed like the others', async () => {
  let open = (_isAllowed: true) => {}
  let ask = () => {}
  const opened = new Promise<true>((resolve) => (open = resolve))
  const asked = new Promise<void>((resolve) => (ask = resolve))
  class Handler extends WebSocketHandler {
    override checkOrigin() {
      ask()
      return opened
    }
  }
  const { port, server } = await serve([['/', Handler]])
  const connecting = FrameClient.open(port, { fields: { Origin: 'http://a' } })
  await asked
  const closing = server.close({ deadline: 60_000 })
  for (let i = 0; i < 10; i++) await new Promise(setImmediate)
  open(true)
  const client = await connecting
  expect(await client.readClose()).toEqual({ code: 1001, reason: 'the server is shutting down' })
  client.send(frame(closePayload(1001), { opcode: 8 }))
  await closing
})
