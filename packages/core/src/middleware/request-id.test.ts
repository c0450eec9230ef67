import { afterEach, describe, expect, test } from 'vitest'
import { Application } from '../application.ts'
import { OptionError } from '../options.ts'
import { RequestHandler } from '../request-handler.ts'
import { group } from '../routing/route.ts'
import { TestLog, testServer } from '../testing.ts'
import { type RequestIdOptions, requestId } from './request-id.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

class EchoId extends RequestHandler {
  override get(): void {
    this.write(String(this.request.id))
  }
}

class Failing extends RequestHandler {
  override get(): void {
    throw new Error('broken')
  }
}

class Streaming extends RequestHandler {
  override async get(): Promise<void> {
    this.write('one ')
    await this.flush()
    this.write('two')
  }
}

const log = new TestLog()
afterEach(() => log.check())

function serve(options?: RequestIdOptions): ReturnType<typeof testServer> {
  const middleware = [requestId(options)]
  const rules = [
    ['/id', EchoId],
    ['/fail', Failing],
    ['/stream', Streaming],
  ] as const
  return testServer(new Application(rules, { middleware, logger: log }))
}

describe('requestId', () => {
  test('a random UUID that the handler reads, the client gets and the log has', async () => {
    await using server = await serve()
    const response = await server.fetch('/id?first')
    const id = response.headers.get('x-request-id')
    expect(id).toMatch(UUID)
    expect(await response.text()).toBe(id)
    expect((await log.expect(/GET \/id\?first/)).fields).toMatchObject({ requestId: id })
    expect((await server.fetch('/id')).headers.get('x-request-id')).not.toBe(id)
  })

  test.each([
    { path: '/none', method: 'GET', status: 404, why: 'no rule' },
    { path: '/id', method: 'POST', status: 405, why: 'a method that the class lacks' },
    { path: '/id', method: 'HEAD', status: 200, why: 'HEAD' },
    { path: '/id', method: 'OPTIONS', status: 204, why: 'OPTIONS' },
    { path: '/stream', method: 'GET', status: 200, why: 'a streaming answer' },
  ])('$method $path: on the $status, for $why', async ({ path, method, status }) => {
    await using server = await serve()
    const response = await server.fetch(path, { method })
    await response.arrayBuffer()
    expect(response.status).toBe(status)
    expect(response.headers.get('x-request-id')).toMatch(UUID)
    await log.expect(new RegExp(`^${status} ${method} ${path}`))
  })

  test('an exception: on the 500, in the line of the exception and in that of the request', async () => {
    await using server = await serve()
    const response = await server.fetch('/fail')
    const id = response.headers.get('x-request-id')
    expect(response.status).toBe(500)
    expect((await log.expect(/uncaught exception GET \/fail/)).fields).toMatchObject({ requestId: id })
    expect((await log.expect(/^500 GET \/fail/)).fields).toMatchObject({ requestId: id })
  })

  test.each([
    { sent: 'abc-123', kept: true, why: 'plain' },
    { sent: 'Root=1-67891233-abcdef012345678912345678', kept: true, why: 'a load balancer id' },
    { sent: 'a'.repeat(128), kept: true, why: 'the longest' },
    { sent: 'a'.repeat(129), kept: false, why: 'longer than 128 characters' },
    { sent: 'a b', kept: false, why: 'a space' },
    { sent: 'a"b', kept: false, why: 'a quotation mark' },
    { sent: '<script>', kept: false, why: 'markup' },
    { sent: 'caf\u00e9', kept: false, why: 'not ASCII' },
    { sent: '', kept: false, why: 'empty' },
  ])('trustIncoming, $sent: kept is $kept, $why', async ({ sent, kept }) => {
    await using server = await serve({ trustIncoming: true })
    const id = (await server.fetch('/id', { headers: { 'X-Request-Id': sent } })).headers.get('x-request-id')
    expect(id).toMatch(kept ? /^/ : UUID)
    expect(id === sent).toBe(kept)
  })

  test('two ids: neither is taken, since they would be joined with a comma', async () => {
    await using server = await serve({ trustIncoming: true })
    const headers: [string, string][] = [
      ['X-Request-Id', 'one'],
      ['X-Request-Id', 'two'],
    ]
    expect((await server.fetch('/id', { headers })).headers.get('x-request-id')).toMatch(UUID)
  })

  test('an incoming id without trustIncoming: replaced', async () => {
    await using server = await serve()
    const response = await server.fetch('/id', { headers: { 'X-Request-Id': 'forged' } })
    expect(response.headers.get('x-request-id')).toMatch(UUID)
  })

  test('header and generate: another field, other ids', async () => {
    await using server = await serve({ header: 'Trace-Id', generate: (handler) => `t-${handler.request.method}` })
    expect((await server.fetch('/id')).headers.get('trace-id')).toBe('t-GET')
  })

  test('generate() with a line break: a 500, not a split response', async () => {
    await using server = await serve({ generate: () => 'a\r\nSet-Cookie: b=c' })
    const response = await server.fetch('/id')
    expect(response.status).toBe(500)
    expect(response.headers.get('set-cookie')).toBeNull()
    await log.expect(/uncaught exception/)
    await log.expect(/^500/)
  })

  test('on a group: its rules only', async () => {
    const inner = group([['/in', EchoId]], { middleware: [requestId()] })
    await using server = await testServer(new Application([inner, ['/out', EchoId]], { logger: log }))
    expect((await server.fetch('/in')).headers.get('x-request-id')).toMatch(UUID)
    const outside = await server.fetch('/out')
    expect(outside.headers.get('x-request-id')).toBeNull()
    expect(await outside.text()).toBe('undefined')
  })

  test.each([
    { options: { header: 'a b' }, why: 'not a field name' },
    { options: { heeder: 'X-Id' }, why: 'an unknown option' },
    { options: { trustIncoming: 'yes' }, why: 'not a boolean' },
    { options: { generate: 'uuid' }, why: 'not a function' },
  ])('$options: refused, $why', ({ options }) => {
    expect(() => requestId(options as RequestIdOptions)).toThrow(OptionError)
  })
})
