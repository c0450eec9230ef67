/** An application under supertest, as people test Express: as a listener, as a server and by URL. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect as connectHTTP2, createServer as createHTTP2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Application, HTTPError, RequestHandler, route } from '@typhoon/core'
import { testServer } from '@typhoon/core/testing'
import request from 'supertest'
import { describe, expect, onTestFinished, test } from 'vitest'

class StoryHandler extends RequestHandler {
  override get({ id }: { id: string }) {
    if (id === '17') throw new HTTPError(404, 'no story 17')
    this.write({ id, session: this.getCookie('session', null) })
  }

  override async post() {
    this.setStatus(201)
    this.setSignedCookie('draft', 'yes')
    this.write({ title: this.getBodyArgument('title'), pages: this.request.files.get('pages')?.[0]?.size ?? 0 })
  }

  override async put() {
    return await this.json()
  }
}

const app = new Application([route('/story/:id', StoryHandler)], { cookieSecret: 'for tests only', logger: false })

describe.each([
  { form: 'a listener', target: () => app.callback() },
  { form: "somebody else's server", target: () => createServer(app.callback()) },
])('supertest with $form', ({ target }) => {
  test('JSON, with a cookie sent', async () => {
    const { body } = await request(target()).get('/story/7').set('Cookie', 'session=abc').expect(200)
    expect(body).toEqual({ id: '7', session: 'abc' })
  })

  test('an error page for browsers, a problem document for programs (RFC 9457)', async () => {
    await request(target()).get('/story/17').expect(404).expect('Content-Type', /html/)
    const { body } = await request(target()).get('/story/17').set('Accept', 'application/json').expect(404)
    expect(body).toEqual({ title: 'Not Found', status: 404 })
  })

  test('a form with a file, and a signed cookie that comes back', async () => {
    const response = await request(target())
      .post('/story/7')
      .field('title', 'Storm')
      .attach('pages', Buffer.alloc(99), 'p')
    expect(response.status).toBe(201)
    expect(response.body).toEqual({ title: 'Storm', pages: 99 })
    expect(response.get('Set-Cookie')).toEqual([expect.stringMatching(/^draft="?2\|/)])
  })

  test('a JSON body, there and back', async () => {
    const { body } = await request(target()).put('/story/7').send({ title: 'Calm' }).expect(200)
    expect(body).toEqual({ title: 'Calm' })
  })

  test('a method that the handler lacks: 405 with Allow', async () => {
    const { status, headers } = await request(target()).delete('/story/7')
    expect({ status, allow: headers['allow'] }).toEqual({ status: 405, allow: 'GET, HEAD, POST, PUT, OPTIONS' })
  })
})

test('supertest by URL: a server of testServer()', async () => {
  await using server = await testServer(app)
  expect((await request(server.url).get('/story/7')).status).toBe(200)
})

test("a listener on HTTP/2 by Node's compatibility API: 505 for each request, which names the way", async () => {
  const server = createHTTP2Server().listen(0, '127.0.0.1')
  server.on('request', app.callback() as unknown as () => void) // the types already say that this is wrong
  await once(server, 'listening')
  const client = connectHTTP2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) // it listens on TCP
  onTestFinished(async () => {
    client.close()
    await once(client, 'close')
    server.close()
  })
  for (let i = 0; i < 2; i++) {
    const stream = client.request({ ':path': '/story/7' })
    const [headers]: { ':status'?: number }[] = await once(stream, 'response')
    expect(headers?.[':status']).toBe(505)
    expect(await text(stream)).toContain('http2: true')
  }
})
