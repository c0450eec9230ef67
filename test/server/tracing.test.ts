/** The tracing channel `typhoon.request`: what is told of each request, in which order (node:diagnostics_channel). */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Finish, HTTPError, RequestHandler, type RequestTrace, type Rule } from '@typhoon/core'
import { afterEach, describe, expect, test } from 'vitest'
import { ask, RawClient, request } from '../core/raw-client.ts'
import { gate, type Served, serve, watchProcess } from '../core/served.ts'

watchProcess()

class Sync extends RequestHandler {
  override get() {
    this.write('hi')
  }
}
class Async extends RequestHandler {
  override async get() {
    await Promise.resolve()
    this.write('hi')
  }
}
class Failing extends RequestHandler {
  override async get() {
    await Promise.resolve()
    throw new HTTPError(403, 'no')
  }
}
class Broken extends RequestHandler {
  override initialize() {
    throw new Error('broken')
  }
}
class Quiet extends RequestHandler {
  override get() {
    throw new Finish('enough')
  }
}
const gone = gate()
class Waiting extends RequestHandler {
  override async get() {
    gone.open()
    await new Promise((resolve) => this.request.signal.addEventListener('abort', resolve))
  }
}
const RULES: readonly Rule[] = [
  ['/sync', Sync],
  ['/async/:id', Async],
  ['/failing', Failing],
  ['/broken', Broken],
  ['/quiet', Quiet],
  ['/waiting', Waiting],
]

interface Told {
  readonly event: string
  readonly trace: RequestTrace
}

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const
const nameOf = (event: string) => `tracing:typhoon.request:${event}`
let stopWatching = () => {}
afterEach(() => stopWatching())

/** Notes every event until the end of the test. */
function watch(): Told[] {
  const told: Told[] = []
  const listeners = EVENTS.map(
    (event) => [event, (trace: unknown) => void told.push({ event, trace: trace as RequestTrace })] as const,
  )
  for (const [event, listener] of listeners) subscribe(nameOf(event), listener)
  stopWatching = () => {
    for (const [event, listener] of listeners) unsubscribe(nameOf(event), listener)
  }
  return told
}

/** The line of the log comes last, so all events have been told by then. */
const logged = (served: Served, status: number) => served.log.expect(new RegExp(`^${status} `))

describe('typhoon.request', () => {
  test.each([
    { name: 'a sync handler', path: '/sync', status: 200, events: ['start', 'end', 'asyncEnd'], route: '/sync' },
    {
      name: 'an async handler',
      path: '/async/7',
      status: 200,
      events: ['start', 'end', 'asyncEnd'],
      route: '/async/:id',
    },
    {
      name: 'an error',
      path: '/failing',
      status: 403,
      events: ['start', 'end', 'error', 'asyncEnd'],
      route: '/failing',
    },
    {
      name: 'an error at once',
      path: '/broken',
      status: 500,
      events: ['start', 'error', 'end', 'asyncEnd'],
      route: '/broken',
    },
    { name: 'a quiet end', path: '/quiet', status: 200, events: ['start', 'end', 'asyncEnd'], route: '/quiet' },
    {
      name: 'no route',
      path: '/nowhere',
      status: 404,
      events: ['start', 'end', 'asyncEnd'],
      route: undefined,
    },
  ])('$name: $events', async ({ path, status, events, route }) => {
    await using served = await serve(RULES)
    const told = watch()
    expect((await ask(served.port, request(`GET ${path}`))).status).toBe(status)
    await logged(served, status)
    expect(told.map(({ event }) => event)).toEqual(events)
    const [first] = told
    expect(told.every(({ trace }) => trace === first?.trace)).toBe(true) // one object for all events of a request
    expect(first?.trace.route).toBe(route)
    expect(first?.trace.handler.request.uri).toBe(path)
    expect(first?.trace.handler.statusCode).toBe(status)
    expect('error' in (first?.trace ?? {})).toBe(events.includes('error'))
  })

  test('a refused request: with its error', async () => {
    await using served = await serve(RULES)
    const told = watch()
    await ask(served.port, 'GET / HTTP/1.1\r\n\r\n')
    await logged(served, 400)
    expect(told.map(({ event }) => event)).toEqual(['start', 'error', 'end', 'asyncEnd'])
    expect(told[0]?.trace.error).toMatchObject({ status: 400, logMessage: 'no Host' })
  })

  test('a client that leaves: the end is told all the same', async () => {
    await using served = await serve(RULES)
    const told = watch()
    const client = await RawClient.connect(served.port)
    await client.send(request('GET /waiting'))
    await gone.opened
    client.leave()
    await served.log.expect(/GET \/waiting/)
    expect(told.map(({ event }) => event)).toEqual(['start', 'end', 'asyncEnd'])
  })

  test('requests at the same time are told apart', async () => {
    await using served = await serve(RULES)
    const told = watch()
    await Promise.all(['/sync', '/async/1', '/async/2'].map((path) => ask(served.port, request(`GET ${path}`))))
    for (let i = 0; i < 3; i++) await logged(served, 200)
    expect(new Set(told.map(({ trace }) => trace)).size).toBe(3)
    expect(told.filter(({ event }) => event === 'asyncEnd')).toHaveLength(3)
  })

  test('a listener that comes while a request is under way hears nothing of that one', async () => {
    const release = gate()
    class Slow extends RequestHandler {
      override async get() {
        await release.opened
      }
    }
    await using served = await serve([['/slow', Slow]])
    await using client = await RawClient.connect(served.port)
    await client.send(request('GET /slow') + request('GET /slow'))
    await ask(served.port, request('GET /nowhere'))
    const told = watch()
    release.open()
    await client.response()
    await client.response()
    expect(told).toEqual([])
  })
})
