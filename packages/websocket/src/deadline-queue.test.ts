import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DeadlineQueue } from './deadline-queue.ts'

describe('DeadlineQueue', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  function make() {
    const due: string[] = []
    const queue = new DeadlineQueue<{ name: string }>(100, ({ name }) => due.push(name))
    return { due, queue, a: { name: 'a' }, b: { name: 'b' } }
  }

  test('items: fall due in the order in which they were set, with one timer', () => {
    const { due, queue, a, b } = make()
    queue.set(a)
    vi.advanceTimersByTime(50)
    queue.set(b)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(51)
    expect(due).toEqual(['a'])
    vi.advanceTimersByTime(50)
    expect(due).toEqual(['a', 'b'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('set again: the time begins anew; deleted: never due', () => {
    const { due, queue, a, b } = make()
    queue.set(a)
    queue.set(b)
    vi.advanceTimersByTime(90)
    queue.set(a)
    queue.delete(b)
    vi.advanceTimersByTime(90)
    expect(due).toEqual([])
    vi.advanceTimersByTime(20)
    expect(due).toEqual(['a'])
  })

  test('an item that is set again when it falls due: falls due again, and so does the next one in time', () => {
    const due: string[] = []
    const queue: DeadlineQueue<{ name: string }> = new DeadlineQueue(100, (item) => {
      due.push(item.name)
      queue.set(item)
    })
    queue.set({ name: 'a' })
    vi.advanceTimersByTime(30)
    queue.set({ name: 'b' })
    vi.advanceTimersByTime(205)
    expect(due).toEqual(['a', 'b', 'a', 'b'])
  })
})
