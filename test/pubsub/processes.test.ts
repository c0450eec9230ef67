/** ClusterHub in the workers of `app.run({ workers })`: forked processes, sockets, and a worker that is killed. */
import { compareMessageIds } from '@typhoon/pubsub'
import { describe, expect, test } from 'vitest'
import { type RoomSocket, Rooms } from './rooms.ts'

const range = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name}${i}`)

/** Two workers, and a socket at each. */
async function twoSockets(rooms: Rooms): Promise<[RoomSocket, RoomSocket]> {
  const [one = 0, other = 0] = rooms.pids
  const ann = await rooms.at(one, () => rooms.socket('kitchen', 'ann'))
  const bob = await rooms.at(other, () => rooms.socket('kitchen', 'bob'))
  expect([ann.pid, bob.pid]).toEqual([one, other])
  return [ann, bob]
}

/** Each once, in the order of their ids. */
function expectInOrder({ messages }: RoomSocket): void {
  const ids = messages.map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)].toSorted(compareMessageIds))
}

describe('ClusterHub in the workers of app.run()', () => {
  test('a thousand messages from each of two workers: both hear all of them, in one order, and who is there', async () => {
    await using rooms = await Rooms.start({ workers: 2 })
    const [ann, bob] = await twoSockets(rooms)
    expect(bob.members.toSorted()).toEqual(['ann', 'bob'])
    for (const text of range('a', 1000)) ann.send(text)
    for (const text of range('b', 1000)) bob.send(text)
    for (const socket of [ann, bob]) await socket.until(() => socket.messages.length === 2000)
    expect(ann.messages).toEqual(bob.messages)
    expectInOrder(ann)
    expect(ann.texts.filter((text) => text.startsWith('a'))).toEqual(range('a', 1000))
    expect(ann.texts.filter((text) => text.startsWith('b'))).toEqual(range('b', 1000))
    await ann.until(() => ann.presence.includes('join bob'))
    bob.leave()
    await ann.until(() => ann.presence.includes('leave bob'))
  }, 60_000)

  test('a worker is killed among messages: all that was acknowledged is heard, its member leaves, and one resumes elsewhere', async () => {
    await using rooms = await Rooms.start({ workers: 2 })
    const [ann, bob] = await twoSockets(rooms)
    const cid = await rooms.at(bob.pid, () => rooms.socket('kitchen', 'cid'))
    let saidByBob = 0
    const saying = (async () => {
      for (; !bob.presence.includes('leave ann') || saidByBob < 500; saidByBob++) await bob.say(`b${saidByBob}`)
    })()
    for (const text of range('a', 100)) await ann.say(text)
    for (const text of range('lost?', 50)) ann.send(text)
    process.kill(ann.pid, 'SIGKILL')
    expect(await ann.closed).toBe(1006)
    await saying

    await bob.say('end')
    await cid.until(() => cid.texts.at(-1) === 'end')
    expectInOrder(cid)
    const heard = new Set(cid.texts)
    expect([...ann.accepted.keys(), ...bob.accepted.keys()].filter((text) => !heard.has(text))).toEqual([])
    expect(cid.texts.filter((text) => text.startsWith('b'))).toEqual(range('b', saidByBob))
    expect(cid.presence.filter((event) => event.startsWith('leave'))).toEqual(['leave ann'])
    const back = await rooms.socket('kitchen', 'ann', ann.lastId)
    expect(back.gaps).toBe(0)
    expect([...ann.messages, ...back.messages]).toEqual(cid.messages.slice(-ann.messages.length - back.messages.length))
    expect(back.members.toSorted()).toEqual(['ann', 'bob', 'cid'])
  }, 60_000)
})
