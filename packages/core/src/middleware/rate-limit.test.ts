import { afterEach, describe, expect, test } from 'vitest'
import { Application } from '../application.ts'
import { OptionError } from '../options.ts'
import { RequestHandler } from '../request-handler.ts'
import { group } from '../routing/route.ts'
import { TestLog, type TestServer, testServer } from '../testing.ts'
import { type RateLimitOptions, rateLimit } from './rate-limit.ts'

const HOUR = 3_600_000 // so long that nothing comes back during a test

let runs = 0
class Counted extends RequestHandler {
  override get(): void {
    runs++
    this.write('done')
  }

  override async post(): Promise<void> {
    this.write('one ')
    await this.flush()
    this.write('two')
  }
}

const log = new TestLog()
afterEach(() => log.check())

function serve(options: RateLimitOptions): Promise<TestServer> {
  return testServer(new Application([['/', Counted]], { middleware: [rateLimit(options)], logger: log }))
}

/** Counts by a field of the request, as an application would by its API keys. */
const byKey = (handler: RequestHandler) => handler.request.headers.get('x-key') ?? ''

async function statusFor(server: TestServer, key: string): Promise<number> {
  const response = await server.fetch('/', { headers: { 'X-Key': key } })
  await response.arrayBuffer()
  return response.status
}

describe('rateLimit', () => {
  test('up to the limit: answered, with what is left', async () => {
    await using server = await serve({ limit: 3, window: HOUR })
    for (const left of [2, 1, 0]) {
      const response = await server.fetch('/')
      expect(response.status).toBe(200)
      expect(response.headers.get('ratelimit-policy')).toBe('"default";q=3;w=3600')
      expect(response.headers.get('ratelimit')).toMatch(new RegExp(`^"default";r=${left};t=(?:1200|1199)$`))
      expect(response.headers.get('retry-after')).toBeNull()
    }
  })

  test('beyond the limit: 429 with Retry-After, one line in the log, and no handler', async () => {
    await using server = await serve({ limit: 2, window: HOUR })
    await server.fetch('/')
    await server.fetch('/')
    const before = runs
    const response = await server.fetch('/')
    expect(response.status).toBe(429)
    const { 1: seconds } = /^"default";r=0;t=(\d+)$/.exec(response.headers.get('ratelimit') ?? '') ?? []
    expect(Number(seconds)).toBeGreaterThan(1700)
    expect(response.headers.get('retry-after')).toBe(seconds)
    expect(runs).toBe(before)
    const { message } = await log.expect(/^429 GET \//)
    expect(message).toContain('more than 2 requests')
  })

  test('Retry-After: whole seconds, never 0', async () => {
    await using server = await serve({ limit: 1, window: 900 })
    await server.fetch('/')
    const response = await server.fetch('/')
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(response.headers.get('ratelimit-policy')).toBe('"default";q=1;w=1')
    await log.expect(/^429/)
  })

  test.each([
    { method: 'GET', path: '/nowhere', status: 404 },
    { method: 'PUT', path: '/', status: 405 },
    { method: 'POST', path: '/', status: 200 },
    { method: 'HEAD', path: '/', status: 200 },
    { method: 'OPTIONS', path: '/', status: 204 },
  ])('$method $path, $status: counted and told', async ({ method, path, status }) => {
    await using server = await serve({ limit: 5, window: HOUR })
    await server.fetch('/')
    const response = await server.fetch(path, { method })
    await response.arrayBuffer()
    expect(response.status).toBe(status)
    expect(response.headers.get('ratelimit')).toContain('"default";r=3;')
    await log.expect(new RegExp(`^${status} ${method} ${path}`))
  })

  test('key: each client has its own, also those named as members of objects', async () => {
    await using server = await serve({ limit: 1, window: HOUR, key: (handler) => Promise.resolve(byKey(handler)) })
    for (const key of ['a', 'b', '__proto__', 'x'.repeat(10_000), `${'x'.repeat(9_999)}y`]) {
      expect(await statusFor(server, key)).toBe(200)
      expect(await statusFor(server, key)).toBe(429)
      await log.expect(/^429/)
    }
  })

  test('maxKeys: the client not seen for longest starts anew, the others do not', async () => {
    await using server = await serve({ limit: 1, window: HOUR, key: byKey, maxKeys: 2 })
    for (const key of ['a', 'b', 'c', 'a']) expect(await statusFor(server, key)).toBe(200)
    expect(await statusFor(server, 'c')).toBe(429)
    await log.expect(/^429/)
  })

  test('skip: neither counted nor refused, and without the fields', async () => {
    await using server = await serve({ limit: 1, window: HOUR, skip: (handler) => handler.request.method === 'HEAD' })
    for (let i = 0; i < 3; i++) {
      const response = await server.fetch('/', { method: 'HEAD' })
      expect(response.status).toBe(200)
      expect(response.headers.get('ratelimit')).toBeNull()
    }
    expect((await server.fetch('/')).status).toBe(200)
  })

  test('two limits, one inside the other: both are told, the narrower one refuses', async () => {
    const login = group([['/login', Counted]], { middleware: [rateLimit({ limit: 1, window: HOUR, name: 'login' })] })
    const app = new Application([login, ['/', Counted]], {
      middleware: [rateLimit({ limit: 10, window: HOUR })],
      logger: log,
    })
    await using server = await testServer(app)
    const { headers } = await server.fetch('/login')
    expect(headers.get('ratelimit-policy')).toBe('"default";q=10;w=3600, "login";q=1;w=3600')
    expect(headers.get('ratelimit')).toMatch(/^"default";r=9;t=\d+, "login";r=0;t=\d+$/)
    expect((await server.fetch('/login')).status).toBe(429)
    expect((await server.fetch('/')).headers.get('ratelimit')).toMatch(/^"default";r=7;t=\d+$/)
    await log.expect(/^429/)
  })

  test('a key that is not text: a 500 that says so', async () => {
    await using server = await serve({ limit: 1, key: () => undefined as unknown as string })
    expect((await server.fetch('/')).status).toBe(500)
    expect(String(((await log.expect(/uncaught/)).fields as { err?: unknown }).err)).toContain(
      'key() must return a string',
    )
    await log.expect(/^500/)
  })

  test.each([
    { options: {}, why: 'no limit' },
    { options: { limit: 0 }, why: 'nobody could ask' },
    { options: { limit: 1.5 }, why: 'not a whole number' },
    { options: { limit: 1, window: 0 }, why: 'no time' },
    { options: { limit: 1, maxKeys: 0 }, why: 'nobody is remembered' },
    { options: { limit: 1, maxKeys: Number.POSITIVE_INFINITY }, why: 'no bound' },
    { options: { limit: 1, key: 'ip' }, why: 'not a function' },
    { options: { limit: 1, name: 'a"b' }, why: 'the name is quoted in a field' },
    { options: { limit: 1, max: 5 }, why: 'an unknown option' },
  ])('$options: refused, $why', ({ options }) => {
    expect(() => rateLimit(options as RateLimitOptions)).toThrow(OptionError)
  })
})
