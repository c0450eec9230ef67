import { describe, expect, test } from 'vitest'
import { Application } from '../application.ts'
import { OptionError } from '../options.ts'
import { RequestHandler } from '../request-handler.ts'
import { TestLog, testServer } from '../testing.ts'
import { LoopMonitor, type LoopMonitorOptions } from './loop-monitor.ts'

/** Holds up the loop, as a handler does that computes too long. */
function block(time: number): void {
  const until = performance.now() + time
  while (performance.now() < until);
}

class BlockingHandler extends RequestHandler {
  override get() {
    block(150)
    this.write('late')
  }
}

class LaterBlockingHandler extends RequestHandler {
  override async get() {
    await new Promise((resolve) => setImmediate(resolve))
    block(150)
    this.write('late')
  }
}

class QuickHandler extends RequestHandler {
  override get() {
    this.write('quick')
  }
}

async function watchedServer(options: LoopMonitorOptions) {
  const log = new TestLog()
  const monitor = new LoopMonitor({ logger: log, interval: 10, ...options })
  const rules = [
    ['/sync', BlockingHandler],
    ['/later', LaterBlockingHandler],
    ['/quick', QuickHandler],
  ] as const
  const app = new Application(rules, { logger: false, middleware: [monitor.middleware] })
  const server = await testServer(app)
  const close = async () => {
    monitor.stop()
    await server.close()
  }
  return { server, monitor, log, [Symbol.asyncDispose]: close }
}

describe('LoopMonitor', () => {
  test('a handler that blocks at once: named alone, with the time that it took', async () => {
    await using watched = await watchedServer({ blockedAfter: 100 })
    await watched.server.fetch('/sync?n=1')
    const line = await watched.log.expect(/blocked the event loop/)
    expect(line.level).toBe('warn')
    expect(line.message).toMatch(/^GET \/sync\?n=1 \(BlockingHandler\) blocked the event loop for \d{3,} ms$/)
    expect(line.fields).toMatchObject({ name: 'loop', requests: ['GET /sync?n=1 (BlockingHandler)'] })
  })

  test('a handler that blocks after an await: named among those that were under way', async () => {
    await using watched = await watchedServer({ blockedAfter: 100 })
    await watched.server.fetch('/later')
    const line = await watched.log.expect(/was blocked/)
    expect(line.message).toMatch(/under way: GET \/later \(LaterBlockingHandler\)/)
  })

  test('code outside of requests: reported as such', async () => {
    await using watched = await watchedServer({ blockedAfter: 100 })
    block(150)
    expect((await watched.log.expect(/was blocked/)).message).toMatch(/no request was under way$/)
  })

  test('a quick handler: no report', async () => {
    await using watched = await watchedServer({ blockedAfter: 1000 })
    for (let i = 0; i < 20; i++) await watched.server.fetch('/quick')
    expect(watched.log.lines).toEqual([])
  })

  test('a loop that lags: 503 with Retry-After, and requests are served again afterwards', async () => {
    await using watched = await watchedServer({ blockedAfter: 10_000, maxLag: 80, retryAfter: 7 })
    const burst = await Promise.all(Array.from({ length: 12 }, () => watched.server.fetch('/sync')))
    const refused = burst.filter(({ status }) => status === 503)
    expect(refused.length).toBeGreaterThan(0)
    expect(burst.filter(({ status }) => status === 200).length).toBeGreaterThan(0)
    for (const { headers } of refused) expect(headers.get('retry-after')).toBe('7')
    while (watched.monitor.lag > 80) await new Promise((resolve) => setImmediate(resolve))
    expect((await watched.server.fetch('/quick')).status).toBe(200)
  })

  test('stop: nothing is refused or reported any more', async () => {
    await using watched = await watchedServer({ blockedAfter: 50, maxLag: 1 })
    watched.monitor.stop()
    for (let i = 0; i < 3; i++) expect((await watched.server.fetch('/sync')).status).toBe(200)
    expect(watched.monitor.lag).toBe(0)
    watched.log.check()
  })

  test.each([{ blockedAfter: 0 }, { maxLag: -1 }, { interval: 0 }, { lag: 5 }])('%j: refused', (options) => {
    expect(() => new LoopMonitor(options)).toThrow(OptionError)
  })
})
