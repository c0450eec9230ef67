import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { OpenSockets } from './open-sockets.ts'

test('destroy(): reaches the sockets that are open, and keeps none that are closed', async () => {
  const server = createServer()
  const sockets = new OpenSockets(server, false)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accept = async () => {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const [socket] = (await once(server, 'connection')) as [Socket]
    return { client, socket }
  }
  const gone = await accept()
  const open = await accept()
  gone.socket.destroy()
  await once(gone.socket, 'close')
  let destroyed = 0
  gone.socket.destroy = () => {
    destroyed += 1
    return gone.socket
  }
  sockets.destroy()
  expect([destroyed, open.socket.destroyed]).toEqual([0, true])
  gone.client.destroy()
  open.client.destroy()
  server.close()
})
