import { afterEach, describe, expect, test } from 'vitest'
import { Application } from '../application.ts'
import { HTTPError } from '../errors.ts'
import type { Middleware } from '../middleware.ts'
import { OptionError } from '../options.ts'
import { RequestHandler } from '../request-handler.ts'
import { group } from '../routing/route.ts'
import { TestLog, type TestServer, testServer } from '../testing.ts'
import { type CorsOptions, cors } from './cors.ts'

class Resource extends RequestHandler {
  override get(): void {
    this.setHeader('Vary', 'Accept')
    this.finish('resource')
  }

  override put(): void {
    throw new Error('broken')
  }

  override async post(): Promise<void> {
    this.write('one ')
    await this.flush()
    this.write('two')
  }

  override delete(): void {
    throw new HTTPError(409)
  }
}

const log = new TestLog()
afterEach(() => log.check())

const ALLOWED = 'https://app.example.com'
const FOREIGN = 'https://evil.example.net'

function serve(options: CorsOptions, ...more: Middleware[]): Promise<TestServer> {
  return testServer(new Application([['/', Resource]], { middleware: [cors(options), ...more], logger: log }))
}

function preflight(
  server: TestServer,
  origin: string,
  fields: Record<string, string> = {},
  path = '/',
): Promise<Response> {
  const headers = { Origin: origin, 'Access-Control-Request-Method': 'PUT', ...fields }
  return server.fetch(path, { method: 'OPTIONS', headers })
}

function corsFields(response: Response): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('access-control-')))
}

describe('cors: whose scripts may read (Fetch §3.3)', () => {
  const check = (origin: string) => Promise.resolve(origin === ALLOWED)
  test.each([
    { origin: ALLOWED, sent: ALLOWED, allowed: true, why: 'the one origin' },
    { origin: ALLOWED, sent: FOREIGN, allowed: false, why: 'another one' },
    { origin: ALLOWED, sent: 'https://APP.example.com', allowed: false, why: 'browsers send lower case' },
    { origin: ALLOWED, sent: `${ALLOWED}, ${FOREIGN}`, allowed: false, why: 'two origins are none' },
    { origin: ALLOWED, sent: 'null', allowed: false, why: 'a sandboxed frame' },
    { origin: [FOREIGN, ALLOWED], sent: ALLOWED, allowed: true, why: 'one of a list' },
    { origin: [], sent: ALLOWED, allowed: false, why: 'an empty list' },
    { origin: /https:\/\/[a-z]+\.example\.com/g, sent: ALLOWED, allowed: true, why: 'a RegExp, whatever its flags' },
    { origin: /https:\/\/app/, sent: ALLOWED, allowed: false, why: 'a RegExp is anchored at the end' },
    { origin: /app\.example\.com/, sent: ALLOWED, allowed: false, why: 'and at the beginning' },
    { origin: /.*/, sent: `${FOREIGN}, ${ALLOWED}`, allowed: false, why: 'what is no origin is not even looked at' },
    { origin: /.*/, sent: `https://${'a'.repeat(600)}`, allowed: false, why: 'nor what is longer than any origin' },
    { origin: ['http://localhost:3000', /https:\/\/app\..*/], sent: ALLOWED, allowed: true, why: 'a list of both' },
    {
      origin: 'capacitor://localhost',
      sent: 'capacitor://localhost',
      allowed: true,
      why: 'an app with its own scheme',
    },
    { origin: check, sent: ALLOWED, allowed: true, why: 'an async function' },
    { origin: check, sent: FOREIGN, allowed: false, why: 'a function that says no' },
    { origin: (origin: string) => origin === 'null', sent: 'null', allowed: true, why: 'a function may allow null' },
  ])('$origin, request from $sent: allowed is $allowed, $why', async ({ origin, sent, allowed }) => {
    await using server = await serve({ origin })
    for (let i = 0; i < 2; i++) {
      const response = await server.fetch('/', { headers: { Origin: sent } })
      expect(response.headers.get('access-control-allow-origin')).toBe(allowed ? sent : null)
      expect(response.headers.get('vary')).toBe('Accept, Origin')
      expect(await response.text()).toBe('resource')
    }
  })

  test('no Origin: nothing allowed, but Vary: Origin for caches', async () => {
    await using server = await serve({ origin: ALLOWED, credentials: true })
    const response = await server.fetch('/')
    expect(corsFields(response)).toEqual({})
    expect(response.headers.get('vary')).toBe('Accept, Origin')
  })

  test("'*': the same for all, so no Vary", async () => {
    await using server = await serve({ origin: '*', exposedHeaders: ['ETag', 'X-Total'] })
    for (const headers of [{}, { Origin: FOREIGN }]) {
      const response = await server.fetch('/', { headers })
      expect(corsFields(response)).toEqual({
        'access-control-allow-origin': '*',
        'access-control-expose-headers': 'ETag, X-Total',
      })
      expect(response.headers.get('vary')).toBe('Accept')
    }
  })

  test('credentials: said to allowed origins only', async () => {
    await using server = await serve({ origin: ALLOWED, credentials: true })
    expect(corsFields(await server.fetch('/', { headers: { Origin: ALLOWED } }))).toEqual({
      'access-control-allow-origin': ALLOWED,
      'access-control-allow-credentials': 'true',
    })
    expect(corsFields(await server.fetch('/', { headers: { Origin: FOREIGN } }))).toEqual({})
  })
})

describe('cors: preflights (Fetch §4.8)', () => {
  test('an allowed one: 204 with all that was asked for', async () => {
    await using server = await serve({ origin: ALLOWED, maxAge: 600 })
    const response = await preflight(server, ALLOWED, { 'Access-Control-Request-Headers': 'content-type, x-csrf, a b' })
    expect(response.status).toBe(204)
    expect(corsFields(response)).toEqual({
      'access-control-allow-origin': ALLOWED,
      'access-control-allow-methods': 'GET, HEAD, PUT, PATCH, POST, DELETE',
      'access-control-allow-headers': 'content-type, x-csrf',
      'access-control-max-age': '600',
    })
    expect(response.headers.get('vary')).toBe('Origin, Access-Control-Request-Headers')
  })

  test('one from elsewhere: 204 that allows nothing', async () => {
    await using server = await serve({ origin: ALLOWED })
    const response = await preflight(server, FOREIGN)
    expect(response.status).toBe(204)
    expect(corsFields(response)).toEqual({})
    expect(response.headers.get('vary')).toContain('Origin')
  })

  test('methods and allowedHeaders: what they say, whatever was asked for', async () => {
    await using server = await serve({ origin: '*', methods: ['GET', 'QUERY'], allowedHeaders: ['X-One'] })
    const response = await preflight(server, FOREIGN, { 'Access-Control-Request-Headers': 'x-two' })
    expect(corsFields(response)).toEqual({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, QUERY',
      'access-control-allow-headers': 'X-One',
    })
    expect(response.headers.get('vary')).toBeNull()
  })

  test('without rule: still 204, since the application knows no method here', async () => {
    await using server = await serve({ origin: '*' })
    expect((await preflight(server, FOREIGN, {}, '/nowhere')).status).toBe(204)
  })

  test('inner middleware and the handler do not see it', async () => {
    let seen = 0
    await using server = await serve({ origin: '*' }, (_handler, next) => {
      seen++
      return next()
    })
    await preflight(server, FOREIGN)
    expect(seen).toBe(0)
    await server.fetch('/')
    expect(seen).toBe(1)
  })

  test.each([
    { headers: {}, why: 'no Origin' },
    { headers: { Origin: ALLOWED }, why: 'no Access-Control-Request-Method' },
  ])('OPTIONS that is none, $why: the usual answer with Allow', async ({ headers }) => {
    await using server = await serve({ origin: ALLOWED })
    const response = await server.fetch('/', { method: 'OPTIONS', headers })
    expect(response.status).toBe(204)
    expect(response.headers.get('allow')).toContain('PUT')
    expect(response.headers.get('access-control-allow-methods')).toBeNull()
  })
})

describe('cors: every kind of answer', () => {
  test.each([
    { method: 'GET', path: '/nowhere', status: 404, lines: [/^404/] },
    { method: 'PATCH', path: '/', status: 405, lines: [/^405/] },
    { method: 'PUT', path: '/', status: 500, lines: [/uncaught/, /^500/] },
    { method: 'DELETE', path: '/', status: 409, lines: [/^409/] },
    { method: 'POST', path: '/', status: 200, lines: [] },
    { method: 'HEAD', path: '/', status: 200, lines: [] },
  ])('$method $path, $status: scripts may read it', async ({ method, path, status, lines }) => {
    await using server = await serve({ origin: ALLOWED, credentials: true, exposedHeaders: ['X-Id'] })
    const response = await server.fetch(path, { method, headers: { Origin: ALLOWED } })
    await response.arrayBuffer()
    expect(response.status).toBe(status)
    expect(corsFields(response)).toEqual({
      'access-control-allow-origin': ALLOWED,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'X-Id',
    })
    expect(response.headers.get('vary')).toContain('Origin')
    for (const line of lines) await log.expect(line)
  })

  test('on a group: its rules only', async () => {
    const inner = group([['/in', Resource]], { middleware: [cors({ origin: '*' })] })
    await using server = await testServer(new Application([inner, ['/out', Resource]], { logger: log }))
    expect(corsFields(await server.fetch('/in'))).toEqual({ 'access-control-allow-origin': '*' })
    expect(corsFields(await server.fetch('/out'))).toEqual({})
  })
})

describe('cors: options', () => {
  test.each([
    { options: {}, why: 'no origin' },
    { options: { origin: '*', credentials: true }, why: 'everybody with credentials' },
    { options: { origin: ['*'] }, why: 'a star in a list' },
    { options: { origin: ALLOWED, credentials: true, allowedHeaders: ['*'] }, why: 'a star with credentials' },
    { options: { origin: ALLOWED, credentials: true, exposedHeaders: ['*'] }, why: 'a star with credentials' },
    { options: { origin: ALLOWED, credentials: true, methods: ['*'] }, why: 'a star with credentials' },
    { options: { origin: 'app.example.com' }, why: 'no scheme' },
    { options: { origin: `${ALLOWED}/` }, why: 'browsers send no slash' },
    { options: { origin: 'https://app.example.com:443' }, why: 'browsers leave the default port out' },
    { options: { origin: 'null' }, why: 'every sandboxed frame of every site says null' },
    { options: { origin: 7 }, why: 'a number' },
    { options: { origin: '*', maxAge: -1 }, why: 'a negative age' },
    { options: { origin: '*', methods: ['GET, PUT'] }, why: 'a list in a name' },
    { options: { origin: '*', exposedHeaders: 'ETag' }, why: 'not a list' },
    { options: { origin: '*', orgin: '*' }, why: 'an unknown option' },
  ])('$options: refused, $why', ({ options }) => {
    expect(() => cors(options as CorsOptions)).toThrow(OptionError)
  })
})
