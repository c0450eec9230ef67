/** Status, fields, cookies, redirects and conditional requests of responses (RFC 9110). */
import { RequestHandler } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { ask, request } from './raw-client.ts'
import { getting, type Method, serve, watchProcess } from './served.ts'

watchProcess()

describe('fields and status', () => {
  test.each<{ name: string; get: Method }>([
    {
      name: 'a line end in a value',
      get() {
        this.setHeader('X', 'a\r\nSet-Cookie: b=1')
      },
    },
    {
      name: 'a bare line feed',
      get() {
        this.addHeader('X', 'a\nb')
      },
    },
    {
      name: 'a NUL',
      get() {
        this.setHeader('X', '\0')
      },
    },
    {
      name: 'a character above U+00FF',
      get() {
        this.setHeader('X', '€')
      },
    },
    {
      name: 'a name with a space',
      get() {
        this.setHeader('X Y', '1')
      },
    },
    {
      name: 'a name with a line end',
      get() {
        this.setHeader('X\r\nY', '1')
      },
    },
    {
      name: 'Transfer-Encoding',
      get() {
        this.setHeader('Transfer-Encoding', 'chunked')
      },
    },
    {
      name: 'a reason with a line end',
      get() {
        this.setStatus(200, 'OK\r\nX: 1')
      },
    },
    {
      name: 'a reason with markup',
      get() {
        this.setStatus(200, '<script>')
      },
    },
    {
      name: 'status 99',
      get() {
        this.setStatus(99)
      },
    },
    {
      name: 'status 100',
      get() {
        this.setStatus(100)
      },
    },
    {
      name: 'status 600',
      get() {
        this.setStatus(600)
      },
    },
    {
      name: 'status 200.5',
      get() {
        this.setStatus(200.5)
      },
    },
    {
      name: 'a redirect with a line end',
      get() {
        this.redirect('/x\r\nX: 1')
      },
    },
    {
      name: 'a redirect with status 200',
      get() {
        this.redirect('/x', { status: 200 })
      },
    },
    {
      name: 'a cookie name with a semicolon',
      get() {
        this.setCookie('a;b', 'x')
      },
    },
    {
      name: 'a cookie domain with a line end',
      get() {
        this.setCookie('a', 'x', { domain: 'a\r\nb' })
      },
    },
    {
      name: 'a cookie path with a semicolon',
      get() {
        this.setCookie('a', 'x', { path: '/;httponly' })
      },
    },
    {
      name: 'a signed cookie without a secret',
      get() {
        this.setSignedCookie('a', 'x')
      },
    },
  ])('$name: 500, nothing of it is sent', async ({ get }) => {
    await using served = await serve([
      [
        '/',
        getting(function () {
          this.setHeader('X-Early', '1')
          this.setCookie('early', '1')
          return get.call(this)
        }),
      ],
    ])
    const response = await ask(served.port, request('GET /'))
    expect(response.status).toBe(500)
    expect(response.fields.map(([name]) => name).sort()).toEqual([
      'Connection',
      'Content-Length',
      'Content-Type',
      'Date',
      'Keep-Alive',
    ])
    await served.log.expect(/uncaught exception/)
  })

  test('set, add, clear, dates and numbers', async () => {
    const get: Method = function () {
      this.setHeader('X-A', 'first')
      this.setHeader('x-a', new Date(0))
      this.addHeader('X-B', 1)
      this.addHeader('X-B', 'zwei \xfc')
      this.setHeader('X-C', ['1', '2'])
      this.setHeader('X-D', 'x')
      this.clearHeader('x-d')
      this.setStatus(299, 'Fine')
    }
    await using served = await serve([['/', getting(get)]])
    const response = await ask(served.port, request('GET /'))
    expect([response.status, response.reason]).toEqual([299, 'Fine'])
    const all = ['X-A', 'X-B', 'X-C', 'X-D'].map((name) => response.headers(name))
    expect(all).toEqual([['Thu, 01 Jan 1970 00:00:00 GMT'], ['1', 'zwei \xfc'], ['1', '2'], []])
  })

  test('cookies: the last of a name counts, maxAge 0 is kept, clearCookie ends one', async () => {
    const get: Method = function () {
      this.setCookie('a', '1', { httpOnly: true })
      this.setCookie('a', '2')
      this.setCookie('b', 'x;y', { maxAge: 0, secure: true, sameSite: 'Strict' })
      this.clearCookie('c')
    }
    await using served = await serve([['/', getting(get)]])
    const cookies = (await ask(served.port, request('GET /'))).headers('set-cookie')
    expect(cookies[0]).toBe('a=2; Path=/')
    expect(cookies[1]).toMatch(/^b="x\\073y"; .*Max-Age=0.*Secure|^b="x\\073y"; .*Secure.*Max-Age=0/)
    expect(cookies[2]).toMatch(/^c=""?; .*expires=Thu, 01 Jan 1970/i)
  })

  test.each([
    { url: '/a b/é?q=ü', location: '/a%20b/%C3%A9?q=%C3%BC', options: {}, status: 302 },
    { url: 'https://example.com/x', location: 'https://example.com/x', options: { permanent: true }, status: 301 },
    { url: '?page=2', location: '?page=2', options: { status: 303 }, status: 303 },
  ])('redirect to $url: $status', async ({ url, location, options, status }) => {
    await using served = await serve([
      [
        '/',
        getting(function () {
          this.write('dropped')
          this.redirect(url, options)
        }),
      ],
    ])
    const response = await ask(served.port, request('GET /'))
    expect([response.status, response.header('location'), response.text()]).toEqual([status, location, ''])
  })

  test('an error page: HTML, problem+json for those who prefer it, and setDefaultHeaders again', async () => {
    class Failing extends RequestHandler {
      override setDefaultHeaders() {
        this.setHeader('X-Default', '1')
      }
      override get() {
        this.write('half a page')
        void this.sendError(503, { reason: 'Gone fishing' })
      }
    }
    await using served = await serve([['/', Failing]])
    const html = await ask(served.port, request('GET /', ['Accept: text/html,*/*;q=0.8']))
    const json = await ask(served.port, request('GET /', ['Accept: application/json']))
    expect(html.text()).toBe('<html><title>503: Gone fishing</title><body>503: Gone fishing</body></html>')
    expect([json.header('content-type'), JSON.parse(json.text())]).toEqual([
      'application/problem+json',
      { title: 'Gone fishing', status: 503 },
    ])
    expect([html.header('x-default'), json.header('x-default')]).toEqual(['1', '1'])
  })
})

describe('entity tags (RFC 9110 §8.8.3, §13.1.2; Tornado: compute_etag)', () => {
  const HELLO = '"7b502c3a1f48c8609ae212cdfb639dee39673f5e"' // of "Hello world", as Tornado makes it
  const hello = getting(function () {
    this.write('Hello world')
  })

  test.each([
    { condition: HELLO, status: 304 },
    { condition: `W/${HELLO}`, status: 304 },
    { condition: `"other", ${HELLO}`, status: 304 },
    { condition: '*', status: 304 },
    { condition: '"other"', status: 200 },
    { condition: HELLO.slice(1, -1), status: 200 },
    { condition: '', status: 200 },
  ])('If-None-Match: $condition → $status', async ({ condition, status }) => {
    await using served = await serve([['/', hello]], { etagMinSize: 0 })
    for (const method of ['GET', 'HEAD']) {
      const response = await ask(served.port, request(`${method} /`, [`If-None-Match: ${condition}`]))
      expect([response.status, response.header('etag')]).toEqual([status, HELLO])
      const isDescribed =
        response.header('content-type') !== undefined && response.header('content-length') !== undefined
      expect(isDescribed).toBe(status === 200)
    }
  })

  test.each<{ name: string; get: Method; tagged: boolean }>([
    {
      name: '1023 bytes',
      get() {
        this.write('x'.repeat(1023))
      },
      tagged: false,
    },
    {
      name: '1024 bytes',
      get() {
        this.write('x'.repeat(1024))
      },
      tagged: true,
    },
    {
      name: '1024 bytes in 512 characters',
      get() {
        this.write('é'.repeat(512))
      },
      tagged: true,
    },
    {
      name: 'a 404',
      get() {
        this.setStatus(404)
        this.write('x'.repeat(2000))
      },
      tagged: false,
    },
    {
      name: 'a stream',
      async get() {
        this.write('x'.repeat(2000))
        await this.flush()
      },
      tagged: false,
    },
  ])('by itself from 1 KiB on: $name', async ({ get, tagged }) => {
    await using served = await serve([['/', getting(get)]])
    expect((await ask(served.port, request('GET /'))).header('etag') !== undefined).toBe(tagged)
  })
})
