/** Digest authentication (RFC 7616): asked, answered, remembered, and never shown to anyone else. */
import type { RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import { AsyncHTTPClient, HTTPClientOptionError, HTTPRequest } from '@typhoon/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DigestServerOptions, digestListener } from './digest-server.ts'
import { httpServer, rawServer } from './servers.ts'

const auth = { username: 'ann', password: 'se"cret', mode: 'digest' } as const
const CHALLENGE = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"'
let client: AsyncHTTPClient
beforeEach(() => {
  client = new AsyncHTTPClient()
})
afterEach(() => client.close())

async function digestServer(options?: DigestServerOptions) {
  const { listener, seen } = digestListener(options)
  return Object.assign(await httpServer(listener), { seen })
}

describe('digest authentication', () => {
  test.each(['MD5', 'SHA-256', 'SHA-512-256', 'MD5-sess', 'SHA-256-sess'] as const)(
    '%s: asked once, then every request brings its proof, and the password never travels',
    async (algorithm) => {
      await using server = await digestServer({ algorithm })
      for (const path of ['/a?b=c', '/d', '/']) {
        expect((await client.fetch(server.url + path, { auth })).text()).toBe('granted')
      }
      expect(server.seen.map(({ url, proof }) => [url, proof?.['nc']])).toEqual([
        ['/a?b=c', undefined],
        ['/a?b=c', '00000001'],
        ['/d', '00000002'],
        ['/', '00000003'],
      ])
      expect(JSON.stringify(server.seen)).not.toMatch(/cret/)
    },
  )

  test('many at a time: each has a number of its own', async () => {
    await using server = await digestServer()
    await client.fetch(server.url, { auth })
    // one connection, so that they arrive in the order in which they were counted
    await using one = new AsyncHTTPClient({ auth, maxClientsPerHost: 1 })
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => one.fetch(`${server.url}/${n}`)))
    expect(answers.map(({ code }) => code)).toEqual(Array(10).fill(200))
    expect(server.seen).toHaveLength(2 + 1 + 10)
  })

  test('Tornado’s names, as presets and for one fetch', async () => {
    await using server = await digestServer()
    const named = { authUsername: 'ann', authPassword: 'se"cret', authMode: 'digest' } as const
    await using own = new AsyncHTTPClient(named)
    expect((await own.fetch(server.url)).code).toBe(200)
    expect((await client.fetch(server.url, named)).code).toBe(200)
    expect((await client.fetch(new HTTPRequest(server.url, named))).code).toBe(200)
    const other = new HTTPRequest(server.url, { auth: { bearer: 't' } })
    expect((await client.fetch(other, named)).code).toBe(200)
    expect(() => new HTTPRequest(server.url, { ...named, auth })).toThrow(HTTPClientOptionError)
  })

  test('a nonce that is too old: the server says so, and gets a proof with the new one', async () => {
    await using server = await digestServer({ uses: 1 })
    for (let i = 0; i < 3; i++) expect((await client.fetch(server.url, { auth })).text()).toBe('granted')
    expect(server.seen.map(({ proof }) => proof?.['nonce'])).toEqual([
      undefined,
      'nonce-1',
      'nonce-1',
      'nonce-2',
      'nonce-2',
      'nonce-3',
    ])
  })

  test('nonces that are all too old: after two answers the refusal counts', async () => {
    await using server = await digestServer({ uses: 0 })
    await expect(client.fetch(server.url, { auth })).rejects.toMatchObject({ code: 401 })
    expect(server.seen).toHaveLength(3)
  })

  test('nextnonce: the next request uses it, unasked', async () => {
    await using server = await digestServer({ nextnonce: true, uses: 1 })
    for (let i = 0; i < 3; i++) expect((await client.fetch(server.url, { auth })).text()).toBe('granted')
    expect(server.seen.map(({ proof }) => proof?.['nonce'])).toEqual([undefined, 'nonce-1', 'nonce-2', 'nonce-3'])
  })

  test('a wrong password: one answer, then 401', async () => {
    await using server = await digestServer()
    const wrong = { ...auth, password: 'guess' }
    await expect(client.fetch(server.url, { auth: wrong })).rejects.toMatchObject({ code: 401 })
    expect(server.seen).toHaveLength(2)
  })

  test('a server that knows nothing but Basic: 401, and it is told nothing', async () => {
    const told: (string | undefined)[] = []
    await using server = await httpServer(({ headers }, response) => {
      told.push(headers.authorization)
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end()
    })
    await expect(client.fetch(server.url, { auth })).rejects.toMatchObject({ code: 401 })
    expect(told).toEqual([undefined])
  })

  test('an Authorization field of the caller: nothing else is tried', async () => {
    await using server = await digestServer()
    const options = { auth, headers: { Authorization: 'Bearer x' } }
    await expect(client.fetch(server.url, options)).rejects.toMatchObject({ code: 401 })
    expect(server.seen).toHaveLength(1)
  })

  test('a body is sent again if it can be had again', async () => {
    await using server = await digestServer()
    await client.fetch(server.url, { auth, method: 'POST', form: { a: '1' } })
    expect(server.seen.map(({ body }) => body)).toEqual(['a=1', 'a=1'])
  })

  test('a stream: 401 the first time, unless it asks before it is sent', async () => {
    await using server = await digestServer()
    const stream = () => ({ auth, method: 'PUT', body: Readable.from(['once']) })
    await expect(client.fetch(server.url, stream())).rejects.toMatchObject({ code: 401 })
    const log: string[] = []
    await using asking = await rawServer((socket) => {
      let text = ''
      socket.on('data', (data) => {
        text += data.toString()
        log.push(/authorization: digest/i.test(text) ? 'proof' : 'nothing')
        if (log.at(-1) === 'nothing')
          socket.end(`HTTP/1.1 401 Unauthorized\r\n${CHALLENGE}\r\nContent-Length: 0\r\n\r\n`)
        else if (text.endsWith('0\r\n\r\n')) socket.end(`HTTP/1.1 200 OK\r\n\r\n${text.includes('once')}`)
        else if (text.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      })
    })
    expect((await client.fetch(asking.url, { ...stream(), expect100Continue: true })).text()).toBe('true')
    expect(log.slice(0, 2)).toEqual(['nothing', 'proof'])
  })

  test('to another origin nothing follows; within one the proof is for the new place', async () => {
    await using other = await digestServer()
    const digest = digestListener()
    const listener: RequestListener = (request, response) => {
      const target = request.url === '/to-other' ? `${other.url}/end` : request.url === '/to-own' ? '/end?x' : undefined
      if (target === undefined || request.headers.authorization === undefined) return digest.listener(request, response)
      response.writeHead(302, { Location: target }).end()
    }
    await using server = await httpServer(listener)
    expect((await client.fetch(`${server.url}/to-own`, { auth })).text()).toBe('granted')
    expect(digest.seen.at(-1)).toMatchObject({ url: '/end?x', proof: { uri: '/end?x' } })
    await expect(client.fetch(`${server.url}/to-other`, { auth })).rejects.toMatchObject({ code: 401 })
    expect(other.seen).toMatchObject([{ url: '/end', proof: undefined }])
  })
})
