/** WebSockets and event streams that follow the same topic. */
import { type Hub, type HubMessage, MemoryHub } from '@typhoon/pubsub'
import { expect, onTestFinished, test } from 'vitest'
import { serve } from '../websocket/socket-server.ts'
import { roomRules } from './fixtures/room-handlers.ts'
import { RoomSocket, RoomStream, Rooms } from './rooms.ts'

/** Notes how often each message is encoded, and for whom; to be called before anybody else subscribes. */
async function countEncodings(hub: Hub, topic: string): Promise<Map<string, unknown[]>> {
  const encodings = new Map<string, unknown[]>()
  await hub.subscribe(topic, (message: HubMessage) => {
    const made: unknown[] = []
    encodings.set(message.data.toString(), made)
    const encoding = message.encoding.bind(message)
    message.encoding = (key, make) =>
      encoding(key, (same) => {
        made.push(key)
        return make(same)
      })
  })
  return encodings
}

test('five sockets and five streams: each message encoded once for either kind, and the same for all', async () => {
  const hub = new MemoryHub()
  const encodings = await countEncodings(hub, 'kitchen')
  const { server } = await serve(roomRules(hub))
  const url = new URL(server.url)
  const clients: (RoomSocket | RoomStream)[] = []
  for (let i = 0; i < 5; i++) {
    clients.push(await RoomSocket.open(url, 'kitchen', `member${i}`), await RoomStream.open(url, 'kitchen'))
  }
  onTestFinished(() => {
    for (const client of clients) client.leave()
  })
  const texts = Array.from({ length: 100 }, (_, i) => `m${i}`)
  for (const text of texts) await hub.publish('kitchen', text)
  for (const client of clients) {
    await client.until(() => client.messages.length === texts.length)
    expect(client.messages).toEqual(clients[0]?.messages)
  }
  expect(clients[0]?.texts).toEqual(texts)
  expect([...encodings.keys()]).toEqual(texts)
  for (const made of encodings.values()) {
    expect(made).toEqual(expect.arrayContaining(['event-stream', expect.stringMatching(/^websocket/)]))
    expect(made).toHaveLength(2)
  }
})

test('an id seen on a socket resumes on a stream, and the other way round, at another worker', async () => {
  await using rooms = await Rooms.start({ workers: 2 })
  const [one = 0, other = 0] = rooms.pids
  const socket = await rooms.at(one, () => rooms.socket('kitchen', 'ann'))
  const stream = await rooms.at(one, () => rooms.stream('kitchen'))
  for (const text of ['m1', 'm2', 'm3']) await rooms.publish('kitchen', text)
  await socket.until(() => socket.messages.length === 3)
  await stream.until(() => stream.messages.length === 3)
  socket.leave()
  stream.leave()
  for (const text of ['m4', 'm5']) await rooms.publish('kitchen', text)

  for (const since of [socket, stream].map(({ messages }) => messages[1]?.id ?? '')) {
    const later = [
      await rooms.at(other, () => rooms.stream('kitchen', since)),
      await rooms.at(other, () => rooms.socket('kitchen', 'ann', since)),
    ]
    for (const client of later) {
      expect(client.pid).toBe(other)
      expect(client.texts).toEqual(['m3', 'm4', 'm5'])
      expect(client.gaps).toBe(0)
    }
  }
}, 60_000)
