import { once } from 'node:events'
import { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Connection } from './connection.ts'
import { IdleConnections } from './idle-connections.ts'

const TIMEOUT = 8000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function watched(timeout = TIMEOUT): { idle: IdleConnections; socket: Socket; connection: Connection } {
  const idle = new IdleConnections(timeout)
  const socket = new Socket()
  const connection = Connection.of(socket)
  idle.watch(connection)
  return { idle, socket, connection }
}

/** How many milliseconds the socket lives on from now; at most ten times the time-out. */
function lifeOf(socket: Socket): number {
  const start = performance.now()
  while (!socket.destroyed && performance.now() - start < 10 * TIMEOUT) vi.advanceTimersByTime(100)
  return performance.now() - start
}

describe('IdleConnections', () => {
  test('nothing comes: closed after the time-out, and within a quarter more', () => {
    const life = lifeOf(watched().socket)
    expect(life).toBeGreaterThanOrEqual(TIMEOUT)
    expect(life).toBeLessThanOrEqual(TIMEOUT * 1.25)
  })

  test.each<[string, (connection: Connection, socket: Socket) => void]>([
    ['a request that was answered at once', (connection) => (connection.requestCount += 1)],
    ['a part of a head', (_, socket) => Object.defineProperty(socket, 'bytesRead', { value: socket.bytesRead + 1 })],
  ])('%s: the time begins anew', (_, use) => {
    const { socket, connection } = watched()
    vi.advanceTimersByTime(TIMEOUT - 100)
    use(connection, socket)
    expect(lifeOf(socket)).toBeGreaterThanOrEqual(TIMEOUT)
  })

  test('an exchange under way: kept, and for the whole time-out after it', () => {
    const { socket, connection } = watched()
    const exchange = { connectionClosed() {}, incomplete: false, requestFailed: () => false, makeResponse() {} }
    connection.add(exchange)
    vi.advanceTimersByTime(5 * TIMEOUT)
    expect(socket.destroyed).toBe(false)
    connection.remove(exchange)
    expect(lifeOf(socket)).toBeGreaterThanOrEqual(TIMEOUT)
  })

  test('0: kept for ever, without a timer', () => {
    const { socket } = watched(0)
    expect([vi.getTimerCount(), lifeOf(socket)]).toEqual([0, 10 * TIMEOUT])
  })

  test('the last connection is gone: no timer is left; another one: watched again', async () => {
    const { idle, socket } = watched()
    expect(vi.getTimerCount()).toBe(1)
    socket.destroy()
    await once(socket, 'close')
    expect(vi.getTimerCount()).toBe(0)
    const next = new Socket()
    idle.watch(Connection.of(next))
    expect(lifeOf(next)).toBeLessThanOrEqual(TIMEOUT * 1.25)
  })
})
