import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { AsyncHTTPClient, CookieJar, RedirectError } from '@typhoon/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { httpServer, type RunningServer } from './servers.ts'

/** What the server saw last, and where it sends `/to?…`. */
let server: RunningServer
let other: RunningServer
let seen: { method: string; url: string; headers: Record<string, unknown>; body: string }[] = []
const client = new AsyncHTTPClient()

beforeAll(async () => {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await buffer(request)).toString()
    const url = request.url ?? ''
    seen.push({ method: request.method ?? '', url, headers: request.headers, body })
    const query = new URL(url, 'http://x').searchParams
    const count = /^\/loop\/([0-9]+)/.exec(url)?.[1]
    if (count !== undefined)
      return void response.writeHead(302, { Location: `/loop/${Number(count) + 1}` }).end('moved')
    if (!url.startsWith('/to')) return void response.end('here')
    const fields = { Location: query.get('url') ?? '', 'Set-Cookie': 'hop=1; Path=/' }
    response.writeHead(Number(query.get('code') ?? 302), fields).end('moved')
  }
  const listener: RequestListener = (request, response) => void answer(request, response)
  server = await httpServer(listener)
  other = await httpServer(listener)
})
afterAll(async () => {
  await client.close()
  await server[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

function to(url: string, code = 302): string {
  seen = []
  return `${server.url}/to?${new URLSearchParams({ url, code: String(code) })}`
}

describe('redirects (RFC 9110 §15.4)', () => {
  test('followed, over one connection; effectiveUrl says where to', async () => {
    const before = server.connections()
    const response = await client.fetch(to('/end'))
    expect(response).toMatchObject({ code: 200, effectiveUrl: `${server.url}/end` })
    expect(server.connections() - before).toBeLessThanOrEqual(1)
  })

  test.each([
    { code: 303, method: 'PUT', next: 'GET' },
    { code: 302, method: 'POST', next: 'GET' },
    { code: 307, method: 'POST', next: 'POST' },
    { code: 308, method: 'PUT', next: 'PUT' },
  ])('$code after $method: $next', async ({ code, method, next }) => {
    await client.fetch(to('/end', code), { method, body: 'content' })
    expect(seen.at(-1)).toMatchObject({ method: next, body: next === 'GET' ? '' : 'content' })
    expect(seen.at(-1)?.headers['content-type'] === undefined).toBe(next === 'GET')
  })

  test('to another origin: no Authorization, no Cookie; to the same: both', async () => {
    const headers = { Cookie: 'a=1', 'X-Kept': 'yes' }
    await client.fetch(to(`${other.url}/end`), { headers, auth: { bearer: 'secret' } })
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer secret', cookie: 'a=1' })
    expect(seen[1]?.headers).toMatchObject({ 'x-kept': 'yes' })
    expect(seen[1]?.headers).not.toHaveProperty('authorization')
    expect(seen[1]?.headers).not.toHaveProperty('cookie')
    await client.fetch(to('/end'), { headers, auth: { bearer: 'secret' } })
    expect(seen[1]?.headers).toMatchObject({ authorization: 'Bearer secret', cookie: 'a=1' })
  })

  test('there and back again: credentials that were dropped stay dropped', async () => {
    const back = `${other.url}/to?${new URLSearchParams({ url: `${server.url}/end` })}`
    await client.fetch(to(back), { auth: { bearer: 'secret' } })
    expect(seen.map(({ headers }) => headers['authorization'])).toEqual(['Bearer secret', undefined, undefined])
  })

  test('a cookie that the redirect sets goes to its target', async () => {
    await client.fetch(to('/end'), { cookies: new CookieJar() })
    expect(seen.at(-1)?.headers['cookie']).toBe('hop=1')
  })

  test('followRedirects: false: the redirect is the answer', async () => {
    const response = await client.fetch(to('/end'), { followRedirects: false })
    expect(response).toMatchObject({ code: 302, body: Buffer.from('moved') })
  })

  test('a loop ends after maxRedirects, whatever raiseError says', async () => {
    const ended = client.fetch(`${server.url}/loop/0`, { maxRedirects: 3, raiseError: false })
    await expect(ended).rejects.toMatchObject({ code: 302, url: `${server.url}/loop/3` })
    await expect(ended).rejects.toBeInstanceOf(RedirectError)
  })

  test.each(['file:///etc/passwd', 'http://[', 'data:,x'])('to %s: refused', async (url) => {
    await expect(client.fetch(to(url))).rejects.toThrow(RedirectError)
  })

  test('307 and a body that can be read once: refused; with a Blob it is sent again', async () => {
    const stream = client.fetch(to('/end', 307), { method: 'POST', body: Readable.from(['x']) })
    await expect(stream).rejects.toThrow('can be read only once')
    await client.fetch(to('/end', 307), { method: 'POST', body: new Blob(['x']) })
    expect(seen.map(({ body }) => body)).toEqual(['x', 'x'])
  })
})
