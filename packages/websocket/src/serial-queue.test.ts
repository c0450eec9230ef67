import { expect, test } from 'vitest'
import { SerialQueue } from './serial-queue.ts'

test('sync tasks: run at once; async ones: the next waits; errors: reported, and it goes on', async () => {
  const events: unknown[] = []
  const queue = new SerialQueue({ failed: (error) => events.push(error) })
  let finish: () => void = () => {}
  queue.push(() => events.push(1))
  expect(events).toEqual([1])
  queue.push(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve
      }),
  )
  queue.push(() => {
    throw 'thrown'
  })
  queue.push(() => Promise.reject('rejected'))
  const ended = new Promise<void>((resolve) => {
    queue.push(resolve)
  })
  expect(events).toEqual([1])
  finish()
  await ended
  expect(events).toEqual([1, 'thrown', 'rejected'])
})

test('a task that adds tasks: they run after it, without growing the stack', () => {
  const queue = new SerialQueue({ failed: () => undefined })
  let count = 0
  const task = () => {
    if (++count < 100_000) queue.push(task)
  }
  queue.push(task)
  expect(count).toBe(100_000)
})
