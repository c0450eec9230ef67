import { describe, expect, test } from 'vitest'
import { RequestQueue } from './request-queue.ts'

const { signal } = new AbortController()

/** Asks for places, one for each host named, and notes who got one. */
function ask(queue: RequestQueue, hosts: string): { started: string[]; release: Map<string, () => void> } {
  const started: string[] = []
  const release = new Map<string, () => void>()
  for (const host of hosts.split(' ')) {
    void queue.acquire(host.charAt(0), signal).then((done) => {
      started.push(host)
      release.set(host, done)
    })
  }
  return { started, release }
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('RequestQueue', () => {
  test('two in all: the third waits for the first to end', async () => {
    const { started, release } = ask(new RequestQueue(2, 2), 'a1 b1 c1')
    await settled()
    expect(started).toEqual(['a1', 'b1'])
    release.get('a1')?.()
    await settled()
    expect(started).toEqual(['a1', 'b1', 'c1'])
  })

  test('one per host: another host does not wait', async () => {
    const { started, release } = ask(new RequestQueue(10, 1), 'a1 a2 a3 b1')
    await settled()
    expect(started).toEqual(['a1', 'b1'])
    release.get('a1')?.()
    await settled()
    expect(started).toEqual(['a1', 'b1', 'a2'])
  })

  test('hosts take turns, whoever asked more', async () => {
    const { started, release } = ask(new RequestQueue(1, 1), 'a1 a2 a3 b1 c1')
    for (let i = 0; i < 5; i++) {
      await settled()
      release.get(started.at(-1) ?? '')?.()
    }
    expect(started).toEqual(['a1', 'a2', 'b1', 'c1', 'a3'])
  })

  test('a place given back twice is one place', async () => {
    const { started, release } = ask(new RequestQueue(1, 1), 'a1 a2 a3')
    await settled()
    release.get('a1')?.()
    release.get('a1')?.()
    await settled()
    expect(started).toEqual(['a1', 'a2'])
  })

  test('someone who gives up leaves the line, and gets the reason', async () => {
    const queue = new RequestQueue(1, 1)
    const release = await queue.acquire('a', signal)
    const controller = new AbortController()
    const impatient = queue.acquire('a', controller.signal)
    const patient = queue.acquire('a', signal)
    controller.abort(new Error('enough'))
    await expect(impatient).rejects.toThrow('enough')
    release()
    await expect(patient).resolves.toBeTypeOf('function')
    await expect(queue.acquire('a', controller.signal)).rejects.toThrow('enough')
  })
})
