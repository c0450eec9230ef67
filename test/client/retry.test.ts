import { AsyncHTTPClient } from '@typhoon/client'
import { afterAll, describe, expect, test } from 'vitest'
import { httpServer, rawServer } from './servers.ts'

const client = new AsyncHTTPClient({ retry: { limit: 2, minDelay: 1 } })
afterAll(() => client.close())

/** Answers with these statuses in turn, the last one again and again. */
async function statuses(list: readonly number[], fields: Record<string, string> = {}) {
  const seen: string[] = []
  const server = await httpServer((request, response) => {
    seen.push(request.method ?? '')
    const status = list[Math.min(seen.length, list.length) - 1] ?? 200
    request.resume().once('end', () => response.writeHead(status, fields).end(`${status}`))
  })
  return Object.assign(server, { seen })
}

describe('retry', () => {
  test.each([
    { list: [503, 200], method: 'GET', requests: 2, code: 200, why: 'it passes' },
    { list: [503, 429, 200], method: 'PUT', requests: 3, code: 200, why: 'idempotent, with a body' },
    { list: [503], method: 'GET', requests: 3, code: 503, why: 'the limit' },
    { list: [503, 200], method: 'POST', requests: 1, code: 503, why: 'not idempotent' },
    { list: [500, 200], method: 'GET', requests: 1, code: 500, why: 'a status that no time heals' },
  ])('$method, $list: $requests requests, $why', async ({ list, method, requests, code }) => {
    await using server = await statuses(list)
    const body = method === 'GET' ? undefined : 'content'
    const response = await client.fetch(server.url, { method, body, raiseError: false })
    expect(response.code).toBe(code)
    expect(server.seen).toHaveLength(requests)
  })

  test('Retry-After: waited for', async () => {
    await using server = await statuses([503, 200], { 'Retry-After': '1' })
    const response = await client.fetch(server.url)
    expect(response.requestTime).toBeGreaterThanOrEqual(990)
  })

  test('Retry-After longer than maxDelay: the answer is taken as it is', async () => {
    await using server = await statuses([503, 200], { 'Retry-After': '3600' })
    await expect(client.fetch(server.url)).rejects.toMatchObject({ code: 503 })
    expect(server.seen).toHaveLength(1)
  })

  test('a body stream cannot be repeated', async () => {
    await using server = await statuses([503, 200])
    const body = async function* () {
      yield 'x'
    }
    await expect(client.fetch(server.url, { method: 'PUT', body: body() })).rejects.toMatchObject({ code: 503 })
  })

  test('connections that break, and answers that do not come', async () => {
    let connections = 0
    await using server = await rawServer((socket) => {
      connections++
      if (connections === 1) socket.once('data', () => socket.resetAndDestroy())
      if (connections === 3) socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nok'))
    })
    expect((await client.fetch(server.url, { headersTimeout: 50 })).text()).toBe('ok')
    expect(connections).toBe(3)
  })

  test('requestTimeout covers all tries, signal ends the waiting', async () => {
    await using server = await statuses([503], { 'Retry-After': '10' })
    await expect(client.fetch(server.url, { requestTimeout: 60 })).rejects.toMatchObject({
      name: 'HTTPTimeoutError',
      phase: 'total',
    })
    const controller = new AbortController()
    const fetching = client.fetch(server.url, { signal: controller.signal, headerCallback: () => {} })
    while (server.seen.length < 2) await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error('enough'))
    await expect(fetching).rejects.toThrow('enough')
  })
})
