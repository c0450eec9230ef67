/** SIGHUP with open sockets and event streams: each is told to come back, and misses nothing. */
import { expect, test } from 'vitest'
import { type RoomMessage, type RoomSocket, type RoomStream, Rooms } from '../pubsub/rooms.ts'

/** A client that comes back with the last id that it has seen, until there have been enough messages. */
interface Follower {
  /** How its connections ended: close codes, or whether the response was complete. */
  readonly ends: (number | boolean)[]
  readonly gaps: number
  /** The messages of all its connections. */
  readonly messages: readonly RoomMessage[]
}

async function follow<Client extends RoomSocket | RoomStream>(
  first: Client,
  last: string,
  open: (since: string | undefined) => Promise<Client>,
  endOf: (client: Client) => Promise<number | boolean>,
): Promise<Follower> {
  const connections = [first]
  const ends = []
  for (let client = first; ; connections.push(client)) {
    const isOver = client.until(() => client.texts.includes(last)).then(() => 'over' as const)
    const end = await Promise.race([isOver, endOf(client)])
    if (end === 'over') break
    ends.push(end)
    client = await open(connections.findLast(({ lastId }) => lastId !== undefined)?.lastId)
  }
  return {
    ends,
    gaps: connections.reduce((sum, { gaps }) => sum + gaps, 0),
    messages: connections.flatMap(({ messages }) => messages),
  }
}

test('a roll under messages: sockets get 1001, streams end complete, all come back and have every message once', async () => {
  await using rooms = await Rooms.start({ workers: 2 })
  const before = rooms.pids
  const followers: Promise<Follower>[] = []
  for (const pid of before) {
    const socket = await rooms.at(pid, () => rooms.socket('kitchen', `at ${pid}`))
    const stream = await rooms.at(pid, () => rooms.stream('kitchen'))
    expect([socket.pid, stream.pid]).toEqual([pid, pid])
    followers.push(
      follow(
        socket,
        'last',
        (since) => rooms.socket('kitchen', `at ${pid}`, since),
        (client) => client.closed,
      ),
      follow(
        stream,
        'last',
        (since) => rooms.stream('kitchen', since),
        (client) => client.ended,
      ),
    )
  }

  const published: string[] = []
  const publishedBy = new Set<number>()
  let isRolled = false
  const publishing = (async () => {
    for (let i = 0; !isRolled || !rooms.pids.slice(2).some((pid) => publishedBy.has(pid)); i++) {
      publishedBy.add(await rooms.publish('kitchen', `m${i}`))
      published.push(`m${i}`)
    }
    await rooms.publish('kitchen', 'last')
  })()
  rooms.program.signal('SIGHUP')
  await rooms.program.line(/all workers are replaced/)
  isRolled = true
  await publishing

  const [firstSocket, firstStream, ...others] = await Promise.all(followers)
  for (const follower of [firstSocket, firstStream, ...others]) {
    expect(follower?.messages.map(({ text }) => text)).toEqual([...published, 'last'])
    expect(follower?.gaps).toBe(0)
    expect(follower?.ends.length).toBeGreaterThan(0)
    expect(follower?.messages).toEqual(firstSocket?.messages)
  }
  const ends = [firstSocket, firstStream, ...others].map((follower) => [...new Set(follower?.ends)])
  expect(ends).toEqual([[1001], [true], [1001], [true]])
}, 60_000)
