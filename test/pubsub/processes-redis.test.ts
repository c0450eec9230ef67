/** Two server processes with one Redis, under load, one of them killed. */
import { compareMessageIds } from '@typhoon/pubsub'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasRedis, RedisServer } from './redis-server.ts'
import { type RoomMessage, type RoomSocket, type RoomStream, Rooms } from './rooms.ts'

const WRITERS = 4 // at each process
const BEFORE = 200 // acknowledged at the process to be killed, until it is
const AFTER = 500 // acknowledged at each writer of the other one, at least

/** Says one thing after the other until it is to end, or its process is gone. */
async function write(socket: RoomSocket, name: string, isOver: () => boolean): Promise<void> {
  for (let i = 0; !isOver(); i++) await socket.say(`${name}-${i}`)
}

function expectEachOnceInOrder(messages: readonly RoomMessage[]): void {
  const ids = messages.map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)].toSorted(compareMessageIds))
  expect(new Set(messages.map(({ text }) => text)).size).toBe(messages.length)
}

describe.skipIf(!hasRedis())('two processes with one Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis?.remove())

  test('one is killed under load: no client of the other misses what was acknowledged, and those of the dead one resume there', async () => {
    const starting = [Rooms.start({ redis: redis.url }), Rooms.start({ redis: redis.url })] as const
    await using dying = await starting[0]
    await using staying = await starting[1]
    const open = (rooms: Rooms, name: string): Promise<RoomSocket[]> =>
      Promise.all(Array.from({ length: WRITERS }, (_, i) => rooms.socket('kitchen', `${name}${i}`)))
    const [reader, stream] = await Promise.all([staying.socket('kitchen', 'reader'), staying.stream('kitchen')])
    const [orphan, orphanStream] = await Promise.all([dying.socket('kitchen', 'orphan'), dying.stream('kitchen')])
    const [doomed, safe] = await Promise.all([open(dying, 'doomed'), open(staying, 'safe')])

    const count = (sockets: RoomSocket[]): number => sockets.reduce((sum, { accepted }) => sum + accepted.size, 0)
    const cut = doomed.map((socket, i) => write(socket, `doomed${i}`, () => false).catch((error: Error) => error))
    let hasLeft = false
    const uncut = safe.map((socket, i) => write(socket, `safe${i}`, () => hasLeft && socket.accepted.size >= AFTER))
    await doomed[0]?.until(() => count(doomed) >= BEFORE)
    dying.program.signal('SIGKILL')
    expect((await Promise.all(cut)).every((error) => error instanceof Error)).toBe(true)
    expect([await orphan.closed, await orphanStream.ended]).toEqual([1006, false])
    await reader.until(() => reader.presence.filter((event) => event.startsWith('leave doomed')).length === WRITERS)
    hasLeft = true // from here on nothing that the dead process has begun is under way
    await Promise.all(uncut)
    await staying.publish('kitchen', 'last')

    const acknowledged = [...doomed, ...safe].flatMap(({ accepted }) => [...accepted.keys()])
    const clients: (RoomSocket | RoomStream)[] = [reader, stream, ...safe]
    await Promise.all(clients.map((client) => client.until(() => client.texts.at(-1) === 'last')))
    expectEachOnceInOrder(reader.messages)
    const heard = new Set(reader.texts)
    expect(acknowledged.filter((text) => !heard.has(text))).toEqual([])
    for (const client of clients) expect(client.messages).toEqual(reader.messages)

    const back = await staying.socket('kitchen', 'orphan', orphan.lastId)
    const backStream = await staying.stream('kitchen', orphanStream.lastId)
    expect([...orphan.messages, ...back.messages]).toEqual(reader.messages)
    expect([...orphanStream.messages, ...backStream.messages]).toEqual(reader.messages)
    expect([back.gaps, backStream.gaps, reader.gaps, stream.gaps]).toEqual([0, 0, 0, 0])
  }, 60_000)
})
