/** What handlers get to see of a request: arguments, forms, cookies, users (Tornado: Input). */
import { createSignedValue, RequestHandler } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { ask, request } from './raw-client.ts'
import { getting, type Method, serve, watchProcess } from './served.ts'

watchProcess()

const FORM = 'Content-Type: application/x-www-form-urlencoded'

describe('arguments', () => {
  test.each<{ name: string; send: string; get: Method; text: string }>([
    {
      name: 'the last one counts',
      send: request('GET /?a=1&a=2'),
      get() {
        return this.getArgument('a')
      },
      text: '2',
    },
    {
      name: 'the body before the query',
      send: request('POST /?a=q', [FORM], 'a=b'),
      get() {
        return this.getArgument('a')
      },
      text: 'b',
    },
    {
      name: 'all, the query first',
      send: request('POST /?a=q', [FORM], 'a=b'),
      get() {
        return this.getArguments('a')
      },
      text: '["q","b"]',
    },
    {
      name: 'query only',
      send: request('POST /?a=q', [FORM], 'a=b'),
      get() {
        return this.getQueryArgument('a')
      },
      text: 'q',
    },
    {
      name: 'body only',
      send: request('POST /?b=q', [FORM], 'a=b'),
      get() {
        return [this.getBodyArgument('a'), this.getBodyArgument('b', 'none')]
      },
      text: '["b","none"]',
    },
    {
      name: 'trimmed, control characters are spaces',
      send: request('GET /?a=%20x%00y%0a'),
      get() {
        return [this.getArgument('a'), this.getArgument('a', '', { strip: false })]
      },
      text: '["x y"," x y\\n"]',
    },
    {
      name: 'plus is a space, an empty value is a value',
      send: request('GET /?a=x+y&b=&c'),
      get() {
        return ['a', 'b', 'c'].map((name) => this.getArgument(name))
      },
      text: '["x y","",""]',
    },
    {
      name: 'a semicolon is data',
      send: request('GET /?a=1;b=2'),
      get() {
        return this.getArgument('a')
      },
      text: '1;b=2',
    },
    {
      name: 'the type in any case, with parameters',
      send: request('POST /', ['Content-Type: Application/X-WWW-Form-URLEncoded; charset=utf-8'], 'a=b'),
      get() {
        return this.getArgument('a')
      },
      text: 'b',
    },
    {
      name: 'JSON is no form',
      send: request('POST /', ['Content-Type: application/json'], '{"a":1}'),
      get() {
        return this.getArgument('a', 'none')
      },
      text: 'none',
    },
  ])('$name', async ({ send, get, text }) => {
    await using served = await serve([['/', getting(get)]])
    expect((await ask(served.port, send)).text()).toBe(text)
  })

  test('a missing one: 400, the log names it, the client is not told', async () => {
    await using served = await serve([
      [
        '/',
        getting(function () {
          return this.getArgument('story')
        }),
      ],
    ])
    const response = await ask(served.port, request('GET /'))
    expect(response.status).toBe(400)
    expect(response.text()).not.toContain('story')
    await served.log.expect(/^400 GET \/ .*: Missing argument story$/)
    expect(served.log.lines).toHaveLength(1)
  })

  test.each([
    { name: 'not JSON', type: 'application/json', body: '{', status: 400 },
    { name: 'not UTF-8', type: 'application/json', body: '"\xff"', status: 400 },
    { name: 'another type', type: 'text/plain', body: '{}', status: 415 },
    { name: 'JSON by suffix', type: 'application/merge-patch+json', body: '{"__proto__":1}', status: 200 },
  ])('json(): $name → $status', async ({ type, body, status }) => {
    await using served = await serve([
      [
        '/',
        getting(async function () {
          return Object.keys(await this.json<object>())
        }),
      ],
    ])
    expect((await ask(served.port, request('POST /', [`Content-Type: ${type}`], body))).status).toBe(status)
  })
})

describe('cookies', () => {
  test.each([
    { lines: ['Cookie: a=1; b=2', 'Cookie: c=3'], seen: { a: '1', b: '2', c: '3' } },
    { lines: ['Cookie: a=1; a=2'], seen: { a: '2' } },
    { lines: ['Cookie: a="x\\073y"; b=p=q; =; ;c'], seen: { a: 'x;y', b: 'p=q' } },
    { lines: ['Cookie: __proto__=x; a=1'], seen: { a: '1' } },
  ])('$lines', async ({ lines, seen }) => {
    await using served = await serve([
      [
        '/',
        getting(function () {
          return Object.entries(this.request.cookies)
        }),
      ],
    ])
    const entries = JSON.parse((await ask(served.port, request('GET /', lines))).text()) as [string, string][]
    expect(Object.fromEntries(entries)).toMatchObject(seen)
  })

  const SECRET = "It's a secret to everybody"
  const VECTOR = '2|1:0|10:1300000000|3:key|8:dmFsdWU=|3d4e60b996ff9c5d5788e333a0cba6f238a22c6c0f94788870e1a9ecd482e152'
  test.each([
    { name: "Tornado's own, however old", cookie: VECTOR, days: 365 * 100, value: 'value' },
    { name: 'too old', cookie: VECTOR, days: 31, value: 'nobody' },
    { name: 'tampered with', cookie: VECTOR.replace('dmFsdWU=', 'ZmFsc2U='), days: 365 * 100, value: 'nobody' },
    { name: 'cut', cookie: VECTOR.slice(0, 40), days: 365 * 100, value: 'nobody' },
    { name: 'garbage', cookie: '2|9999999:', days: 365 * 100, value: 'nobody' },
  ])('signed: $name → $value', async ({ cookie, days, value }) => {
    const handler = getting(function () {
      return this.getSignedCookie('key', { maxAgeDays: days })?.toString() ?? 'nobody'
    })
    await using served = await serve([['/', handler]], { cookieSecret: SECRET })
    expect((await ask(served.port, request('GET /', [`Cookie: key=${cookie}`]))).text()).toBe(value)
  })

  test('signed with an old key: still read, its version known; a forgotten key is not', async () => {
    const old = createSignedValue({ 1: 'one' }, 'user', 'ann', { keyVersion: 1 })
    const handler = getting(function () {
      return [this.getSignedCookie('user')?.toString() ?? null, this.getSignedCookieKeyVersion('user') ?? null]
    })
    for (const [cookieSecret, text] of [
      [{ 1: 'one', 2: 'two' }, '["ann",1]'],
      [{ 2: 'two' }, '[null,null]'],
    ] as const) {
      await using served = await serve([['/', handler]], { cookieSecret, keyVersion: 2 })
      expect((await ask(served.port, request('GET /', [`Cookie: user=${old}`]))).text()).toBe(text)
    }
  })
})

describe('forgery protection (Tornado: check_xsrf_cookie)', () => {
  const token = '2|ffffffff|21524110|1'
  const bytes = 'Cookie: _xsrf=deadbeef'
  test.each([
    { name: 'no token', fields: [bytes], body: '', status: 403, log: "'_xsrf' argument missing from POST" },
    {
      name: 'a token that is none',
      fields: [bytes],
      body: '_xsrf=2|zz',
      status: 403,
      log: "'_xsrf' argument has invalid format",
    },
    {
      name: 'another token',
      fields: [bytes],
      body: '_xsrf=2|ffffffff|00000000|1',
      status: 403,
      log: 'XSRF cookie does not match POST argument',
    },
    {
      name: 'no cookie',
      fields: [],
      body: `_xsrf=${token}`,
      status: 403,
      log: 'XSRF cookie does not match POST argument',
    },
    {
      name: 'a form from another site',
      fields: [bytes, 'Sec-Fetch-Site: cross-site'],
      body: `_xsrf=${token}`,
      status: 403,
      log: 'cross-site POST',
    },
    {
      name: 'another origin',
      fields: [bytes, 'Origin: https://evil.example'],
      body: `_xsrf=${token}`,
      status: 403,
      log: 'cross-site POST',
    },
    { name: 'the token as argument', fields: [bytes], body: `_xsrf=${token}`, status: 200, log: '' },
    { name: 'the token as X-XSRFToken', fields: [bytes, `X-XSRFToken: ${token}`], body: '', status: 200, log: '' },
    { name: 'the token as X-CSRFToken', fields: [bytes, `X-CSRFToken: ${token}`], body: '', status: 200, log: '' },
    {
      name: 'X-XSRF-Token is none',
      fields: [bytes, `X-XSRF-Token: ${token}`],
      body: '',
      status: 403,
      log: 'argument missing',
    },
    {
      name: 'the same origin',
      fields: [bytes, 'Origin: http://localhost', 'Sec-Fetch-Site: same-origin'],
      body: `_xsrf=${token}`,
      status: 200,
      log: '',
    },
  ])('$name: $status', async ({ fields, body, status, log }) => {
    await using served = await serve([['/', getting(() => 'in')]], { xsrfCookies: true })
    expect((await ask(served.port, request('POST /', [FORM, ...fields], body))).status).toBe(status)
    expect((await served.log.expect(/POST \//)).message).toContain(log)
    expect((await ask(served.port, request('GET /'))).headers('set-cookie')).toEqual([])
  })
})

describe('sign-in and slashes', () => {
  class Private extends RequestHandler {
    static readonly authenticated: boolean | readonly string[] = true
    override getCurrentUser(): unknown {
      return this.getCookie('user')
    }
    override get() {
      this.write('secret')
    }
    override post() {
      this.write('done')
    }
  }
  class PrivateGet extends Private {
    static override readonly authenticated = ['GET']
  }
  class AsyncPrivate extends Private {
    override async getCurrentUser(): Promise<unknown> {
      return this.getCookie('user')
    }
  }
  test.each([Private, AsyncPrivate])(
    '%o: 302 with next for GET and HEAD, 403 for the rest, in with a user',
    async (Handler) => {
      await using served = await serve([[/\/.*/, Handler]], { loginUrl: '/login' })
      for (const line of ['GET /x?y=1', 'HEAD /x?y=1']) {
        const stranger = await ask(served.port, request(line))
        expect([stranger.status, stranger.header('location')]).toEqual([302, '/login?next=%2Fx%3Fy%3D1'])
      }
      expect((await ask(served.port, request('POST /'))).status).toBe(403)
      expect((await ask(served.port, request('GET /', ['Cookie: user=ann']))).text()).toBe('secret')
    },
  )

  test('a list of methods: GET means HEAD as well, since get() answers it', async () => {
    await using served = await serve([['/', PrivateGet]], { loginUrl: 'https://login.example/' })
    const head = await ask(served.port, request('HEAD /'))
    expect([head.status, head.header('location')]).toEqual([
      302,
      'https://login.example/?next=http%3A%2F%2Flocalhost%2F',
    ])
    expect((await ask(served.port, request('POST /'))).text()).toBe('done')
  })

  test.each([
    { slash: 'add', line: 'GET /a?b=1', status: 301, location: '/a/?b=1' },
    { slash: 'add', line: 'GET /a/', status: 200, location: undefined },
    { slash: 'add', line: 'POST /a', status: 404, location: undefined },
    { slash: 'add', line: 'GET //evil.example', status: 301, location: '/evil.example/' },
    { slash: 'remove', line: 'GET /a/?b=1', status: 301, location: '/a?b=1' },
    { slash: 'remove', line: 'HEAD /a/', status: 301, location: '/a' },
    { slash: 'remove', line: 'GET //evil.example/', status: 301, location: '/evil.example' },
    { slash: 'remove', line: 'GET /\\evil.example/', status: 301, location: '/evil.example' },
    { slash: 'remove', line: 'GET /', status: 200, location: undefined },
  ])('trailingSlash $slash: $line → $status $location', async ({ slash, line, status, location }) => {
    class Slashed extends RequestHandler {
      static readonly trailingSlash = slash
      override get() {}
      override post() {}
    }
    await using served = await serve([[/.*/, Slashed]])
    const response = await ask(served.port, request(line))
    expect([response.status, response.header('location')]).toEqual([status, location])
  })
})
