/** Handlers that come with the framework, applications inside applications, and middleware. */

import {
  Application,
  ErrorHandler,
  fetchHandler,
  group,
  hostMatches,
  type Middleware,
  mount,
  nodeListener,
  RedirectHandler,
  RequestHandler,
  type Rule,
} from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { ask, RawClient, request } from './raw-client.ts'
import { serve, watchProcess } from './served.ts'

watchProcess()

class Path extends RequestHandler {
  override get(...args: unknown[]) {
    this.write(`${this.request.path} ${JSON.stringify(args)}`)
  }
}

describe('RedirectHandler (Tornado: RedirectHandler)', () => {
  test.each([
    { pattern: /\/a/, args: { url: '/b' }, line: 'GET /a', status: 301, location: '/b' },
    { pattern: /\/a/, args: { url: '/b' }, line: 'HEAD /a', status: 301, location: '/b' },
    { pattern: /\/a/, args: { url: '/b' }, line: 'POST /a', status: 405, location: undefined },
    { pattern: /\/a/, args: { url: '/b', permanent: false }, line: 'GET /a?x=1', status: 302, location: '/b?x=1' },
    { pattern: /\/a/, args: { url: '/b?y=2' }, line: 'GET /a?x=1', status: 301, location: '/b?y=2&x=1' },
    { pattern: /\/a/, args: { url: '/b#part' }, line: 'GET /a?x=1', status: 301, location: '/b?x=1#part' },
    {
      pattern: /\/a\/(.*)/,
      args: { url: '/b/{0}' },
      line: 'GET /a/%C3%A9%20x/y',
      status: 301,
      location: '/b/%C3%A9%20x/y',
    },
    { pattern: /(.*)/, args: { url: '{0}' }, line: 'GET //evil.example/x', status: 301, location: '/evil.example/x' },
    {
      pattern: /\/a\/(.*)/,
      args: { url: '/{0}' },
      line: 'GET /a/%5Cevil.example',
      status: 301,
      location: '/%5Cevil.example',
    },
    { pattern: /\/a\/(.*)/, args: { url: '/{0}' }, line: 'GET /a/%0d%0aX:1', status: 301, location: '/%0D%0AX%3A1' },
    {
      pattern: '/u/:id',
      args: { url: 'https://other.example/{id}' },
      line: 'GET /u/7',
      status: 301,
      location: 'https://other.example/7',
    },
  ])('$line → $status $location', async ({ pattern, args, line, status, location }) => {
    await using served = await serve([[pattern, RedirectHandler, args]])
    const response = await ask(served.port, request(line))
    expect([response.status, response.header('location')]).toEqual([status, location])
  })
})

describe('ErrorHandler', () => {
  test.each(['GET', 'POST', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    '%s: its status, without a look at body or token',
    async (method) => {
      await using served = await serve([['/gone', ErrorHandler, { status: 410 }]], { xsrfCookies: true })
      expect((await ask(served.port, request(`${method} /gone`, [], 'body'))).status).toBe(410)
      expect((await ask(served.port, request(`${method} /nowhere`, [], 'body'))).status).toBe(404)
    },
  )
})

describe('a Node listener (Tornado: FallbackHandler)', () => {
  const echo = nodeListener((req, res) => {
    res.setHeader('X-Own', '1')
    req
      .setEncoding('utf8')
      .on('data', (text: string) => res.write(text))
      .on('end', () => res.end(` ${req.method} ${req.url}`))
  })

  test('gets method, path below its prefix and body; fields set by middleware go along', async () => {
    const middleware: Middleware = (handler, next) => {
      handler.setHeader('X-Outer', '1')
      handler.setCookie('a', '1')
      return next()
    }
    await using served = await serve([mount('/node', echo)], { middleware: [middleware], xsrfCookies: true })
    const response = await ask(served.port, request('PUT /node/x?y=1', [], 'body'))
    expect([
      response.text(),
      response.header('x-own'),
      response.header('x-outer'),
      response.header('set-cookie'),
    ]).toEqual(['body PUT /x?y=1', '1', '1', 'a=1; Path=/'])
    expect((await ask(served.port, request('GET /node'))).text()).toBe(' GET /')
    expect((await ask(served.port, request('GET /nodeling'))).status).toBe(404)
    await served.log.expect(/^200 PUT \/node\/x\?y=1 /)
  })

  test.each([
    {
      name: 'throws',
      listener: () => {
        throw new Error('broken')
      },
      status: 500,
    },
    {
      name: 'rejects',
      listener: async () => {
        throw new Error('broken')
      },
      status: 500,
    },
  ])('a listener that $name: $status, logged', async ({ listener, status }) => {
    await using served = await serve([['/', nodeListener(listener)]])
    expect((await ask(served.port, request('GET /'))).status).toBe(status)
    await served.log.expect(/uncaught exception GET/)
    await served.log.expect(/^500 GET/)
  })

  test('a listener that throws behind its head: the connection breaks', async () => {
    const listener = nodeListener((_, res) => {
      res.write('part')
      throw new Error('broken')
    })
    await using served = await serve([['/', listener]])
    await using client = await RawClient.connect(served.port)
    await client.send(request('GET /'))
    expect((await client.rest()).toString()).not.toMatch(/0\r\n\r\n$/)
  })
})

describe('a fetch handler', () => {
  const echo = fetchHandler(
    async (incoming) =>
      new Response(`${incoming.method} ${incoming.url} ${await incoming.text()}`, {
        status: 201,
        headers: { 'X-Seen': incoming.headers.get('x-a') ?? '' },
      }),
  )

  test.each([
    { send: request('GET /f?x=1', ['X-A: 1']), text: 'GET http://localhost/f?x=1 ' },
    { send: request('POST /f', ['X-A: 1'], 'body'), text: 'POST http://localhost/f body' },
    { send: request('POST /f', ['X-A: 1']), text: 'POST http://localhost/f ' },
  ])('$send', async ({ send, text }) => {
    await using served = await serve([['/f', echo]])
    const response = await ask(served.port, send)
    expect([response.status, response.text(), response.header('x-seen')]).toEqual([201, text, '1'])
  })

  test.each([
    {
      name: 'throws',
      fetch: () => {
        throw new Error('broken')
      },
    },
    { name: 'gives nothing', fetch: () => undefined as unknown as Response },
  ])('one that $name: 500', async ({ fetch }) => {
    await using served = await serve([['/', fetchHandler(fetch)]])
    expect((await ask(served.port, request('GET /'))).status).toBe(500)
  })
})

describe('rules inside rules', () => {
  const inner = new Application(
    [
      ['/x', Path],
      [/\/n\/([0-9]+)/, Path],
    ],
    { logger: false },
  )
  const rules: readonly Rule[] = [
    mount('/app', inner),
    mount('/list', [['/x', Path]]),
    [/\/same.*/, [['/same/x', Path]]],
    hostMatches('a.example', [['/host', Path]]),
    ['/same/y', Path],
    ['/list/later', Path],
  ]
  test.each([
    { line: 'GET /app/x', text: '/app/x []' },
    { line: 'GET /app/n/7', text: '/app/n/7 ["7"]' },
    { line: 'GET /app/nowhere', text: /404/ },
    { line: 'GET /list/x', text: '/list/x []' },
    { line: 'GET /list/later', text: '/list/later []' },
    { line: 'GET /same/x', text: '/same/x []' },
    { line: 'GET /same/y', text: '/same/y []' },
    { line: 'GET /host', text: /404/ },
    { line: 'GET http://A.example:80/host', text: '/host []' },
  ])('$line → $text', async ({ line, text }) => {
    await using served = await serve(rules)
    expect((await ask(served.port, request(line))).text()).toMatch(text)
  })
})

describe('middleware', () => {
  test('outermost first, around method and errors; one that answers stops what is inside', async () => {
    const steps: string[] = []
    const noting =
      (name: string): Middleware =>
      async (_, next) => {
        steps.push(`${name} in`)
        try {
          await next()
        } finally {
          steps.push(`${name} out`)
        }
      }
    const answering: Middleware = (handler) => handler.finish('instead')
    const rules: readonly Rule[] = [
      group([['/in', Path]], { middleware: [noting('group')] }),
      group([['/stop', Path]], { middleware: [answering, noting('never')] }),
    ]
    await using served = await serve(rules, { middleware: [noting('app')] })
    expect((await ask(served.port, request('GET /in'))).status).toBe(200)
    expect((await ask(served.port, request('POST /in'))).status).toBe(405)
    expect((await ask(served.port, request('GET /stop'))).text()).toBe('instead')
    expect(steps).toEqual([
      'app in',
      'group in',
      'group out',
      'app out',
      'app in',
      'group in',
      'group out',
      'app out',
      'app in',
      'app out',
    ])
  })

  test('the list changed afterwards: the application keeps what it was given', async () => {
    const seen: string[] = []
    const noting =
      (name: string): Middleware =>
      async (_, next) => {
        seen.push(name)
        await next()
      }
    const middleware = [noting('given')]
    await using served = await serve([['/', Path]], { middleware })
    middleware.push(noting('added'))
    await ask(served.port, request('GET /'))
    await ask(served.port, request('GET /nowhere'))
    expect(seen).toEqual(['given', 'given'])
  })

  test.each<{ name: string; middleware: Middleware; status: number }>([
    {
      name: 'throws',
      middleware: () => {
        throw new Error('broken')
      },
      status: 500,
    },
    {
      name: 'rejects',
      middleware: async () => {
        throw new Error('broken')
      },
      status: 500,
    },
    {
      name: 'calls next() twice',
      middleware: async (_, next) => {
        await next()
        await next()
      },
      status: 500,
    },
    {
      name: 'forgives',
      middleware: async (handler, next) => {
        await next().catch(() => handler.write('forgiven'))
      },
      status: 200,
    },
  ])('one that $name: $status', async ({ middleware, status }) => {
    class Failing extends RequestHandler {
      override get() {
        throw new Error('inner')
      }
    }
    await using served = await serve([['/', status === 200 ? Failing : Path]], { middleware: [middleware] })
    expect((await ask(served.port, request('GET /'))).status).toBe(status)
  })
})
