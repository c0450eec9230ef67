import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Agreement } from './agreement.ts'
import { type ConnectionListener, WebSocketConnection } from './websocket-connection.ts'
import { loadWS } from './ws.ts'

await loadWS()

const LIMITS = {
  maxMessageSize: 1000,
  closeTimeout: 10_000,
  maxBufferedBytes: 1000,
  slowConsumer: 'close',
  compression: undefined,
} as const

test('after close(): the listener hears of no ping and no pong, of which a client could send without end', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1') // it listens on TCP
  onTestFinished(() => {
    client.destroy()
    server.close()
  })
  const [socket]: Socket[] = await once(server, 'connection')
  const heard: string[] = []
  const closed = new Promise<number>((resolve) => {
    const listener: ConnectionListener = {
      stopAtPings: true,
      message: () => heard.push('message'),
      pinged: () => heard.push('ping'),
      ponged: () => heard.push('pong'),
      activity() {},
      closed: resolve,
    }
    const connection = new WebSocketConnection(
      {
        socket: socket as Socket,
        head: Buffer.alloc(0),
        key: '',
        agreement: Agreement.of(LIMITS, undefined),
        fields: [],
      }, // the event has one argument
      listener,
    )
    socket?.on('close', () => connection.socketClosed())
    connection.close(1000)
    connection.start()
  })
  const frame = (first: number, ...payload: number[]) => [first, 0x80 + payload.length, 0, 0, 0, 0, ...payload]
  client.write(Buffer.from([...frame(0x8a), ...frame(0x89), ...frame(0x81, 65), ...frame(0x88, 0x03, 0xe9)]))
  client.resume().on('end', () => client.end())
  expect(await closed).toBe(1001)
  expect(heard).toEqual([])
})
