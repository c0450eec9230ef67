import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OptionError } from '../options.ts'
import { Executor } from './executor.ts'
import { IOLoop } from './io-loop.ts'

const TASKS = `
import { threadId } from 'node:worker_threads'
let calls = 0
export default (a, b) => a + b
export const thread = () => ({ threadId, calls: ++calls })
export const fail = () => { throw new RangeError('out of paper') }
export const closure = () => () => 1
export const die = () => { process.exit(3) }
export const meet = (lock, size) => {
  const view = new Int32Array(lock)
  if (Atomics.add(view, 0, 1) + 1 < size) Atomics.wait(view, 0, 1, 10_000)
  Atomics.notify(view, 0)
  return threadId
}
export const notFunction = 7
export const wait = (lock) => { Atomics.wait(new Int32Array(lock), 0, 0) }
`

let folder: string
let tasks: URL

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'typhoon-executor-'))
  const file = join(folder, `tasks-${randomUUID()}.mjs`)
  await writeFile(file, TASKS)
  tasks = pathToFileURL(file)
})
afterAll(() => rm(folder, { recursive: true }))

const lock = () => new SharedArrayBuffer(4)

function open(shared: SharedArrayBuffer): void {
  const view = new Int32Array(shared)
  Atomics.store(view, 0, 1)
  Atomics.notify(view, 0)
}

describe('Executor (Tornado: run_in_executor)', () => {
  test('IOLoop.runInExecutor: arguments there, result back', async () => {
    const loop = IOLoop.current()
    await using executor = new Executor({ maxThreads: 1 })
    loop.setDefaultExecutor(executor)
    expect(await loop.runInExecutor<number>(tasks, 'default', 2, 3)).toBe(5)
  })

  test('tasks one after the other: the same thread, which has loaded the module once', async () => {
    await using executor = new Executor({ maxThreads: 4 })
    const first = await executor.run<{ threadId: number; calls: number }>(tasks, 'thread')
    expect(first.threadId).toBeGreaterThan(0)
    expect(await executor.run(tasks, 'thread')).toEqual({ threadId: first.threadId, calls: 2 })
  })

  test('tasks at the same time: one thread each', async () => {
    await using executor = new Executor({ maxThreads: 2 })
    const shared = lock()
    const threads = await Promise.all([executor.run(tasks, 'meet', shared, 2), executor.run(tasks, 'meet', shared, 2)])
    expect(new Set(threads).size).toBe(2)
  })

  test.each([
    { what: 'an error: the same class and text', name: 'fail', error: /^RangeError: out of paper$/ },
    { what: 'no such export: says so', name: 'nothing', error: /exports no function nothing/ },
    { what: 'an export that is no function: says so', name: 'notFunction', error: /exports no function notFunction/ },
    { what: 'a result that cannot be copied: says so', name: 'closure', error: /the result cannot be copied/ },
    { what: 'process.exit(): the task is lost', name: 'die', error: /ended with exit code 3/ },
  ])('$what, and the next task works', async ({ name, error }) => {
    await using executor = new Executor({ maxThreads: 1 })
    const failed = await executor.run(tasks, name).catch(String)
    expect(failed).toMatch(error)
    expect(await executor.run(tasks, 'default', 1, 1)).toBe(2)
  })

  test('an argument that cannot be copied: rejected, and the thread is free again', async () => {
    await using executor = new Executor({ maxThreads: 1 })
    await expect(executor.run(tasks, 'default', () => 1)).rejects.toThrow(/could not be cloned/)
    expect(await executor.run(tasks, 'default', 1, 1)).toBe(2)
  })

  test('more than maxThreads tasks: they wait in order; more than maxQueue: refused', async () => {
    await using executor = new Executor({ maxThreads: 1, maxQueue: 2 })
    const shared = lock()
    const running = executor.run(tasks, 'wait', shared)
    const order: number[] = []
    const waiting = [1, 2].map((n) => executor.run<number>(tasks, 'default', n, 0).then((value) => order.push(value)))
    await expect(executor.run(tasks, 'default', 3, 0)).rejects.toMatchObject({ code: 'TYPHOON_EXECUTOR_FULL' })
    open(shared)
    await Promise.all([running, ...waiting])
    expect(order).toEqual([1, 2])
  })

  test('close: tasks that run or wait are rejected, and none is taken any more', async () => {
    const executor = new Executor({ maxThreads: 1 })
    const tasksUnderWay = [executor.run(tasks, 'wait', lock()), executor.run(tasks, 'default', 1, 1)]
    const outcomes = Promise.allSettled(tasksUnderWay)
    await executor.close()
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(executor.run(tasks, 'default', 1, 1)).rejects.toThrow(/closed/)
  })

  test.each([{ maxThreads: 0 }, { maxQueue: -1 }, { threads: 2 }])('%j: refused', (options) => {
    expect(() => new Executor(options)).toThrow(OptionError)
  })
})
