import { AsyncLocalStorage } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { text } from 'node:stream/consumers'
import corsMiddleware from 'cors'
import helmet from 'helmet'
import { afterEach, describe, expect, test } from 'vitest'
import { Application } from '../application.ts'
import { HTTPError } from '../errors.ts'
import type { Middleware } from '../middleware.ts'
import { OptionError } from '../options.ts'
import { RequestHandler } from '../request-handler.ts'
import { group } from '../routing/route.ts'
import { TestLog, type TestServer, testServer } from '../testing.ts'
import { type ConnectMiddleware, connect } from './connect.ts'
import { requestId } from './request-id.ts'
import { securityHeaders } from './security-headers.ts'

let runs = 0
class Page extends RequestHandler {
  override get(): void {
    runs++
    this.setCookie('own', '1')
    this.setCookie('second', '2')
    this.write('page')
  }

  override async put(): Promise<void> {
    this.setCookie('own', '1')
    this.setCookie('second', '2')
    this.write('one ')
    await this.flush()
    this.write('two')
  }

  override delete(): void {
    throw new Error('broken')
  }

  override post(): void {
    this.write({ received: this.request.body.length })
  }
}

const log = new TestLog()
afterEach(() => log.check())

function serve(...middleware: (Middleware | ConnectMiddleware)[]): Promise<TestServer> {
  const adapted = middleware.map((each) =>
    each.length === 3 ? connect(each as ConnectMiddleware) : (each as Middleware),
  )
  return testServer(new Application([['/', Page]], { middleware: adapted, logger: log }))
}

/** Sends bytes as they are and returns all that comes back until the server closes. */
async function exchange(server: TestServer, bytes: string): Promise<string> {
  const socket = connectSocket(server.port, '127.0.0.1')
  socket.write(bytes)
  return text(socket)
}

const GET_AND_CLOSE = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

const KINDS = [
  { method: 'GET', path: '/', status: 200, lines: [] },
  { method: 'HEAD', path: '/', status: 200, lines: [] },
  { method: 'PUT', path: '/', status: 200, lines: [] },
  { method: 'OPTIONS', path: '/', status: 204, lines: [] },
  { method: 'GET', path: '/nowhere', status: 404, lines: [/^404/] },
  { method: 'PATCH', path: '/', status: 405, lines: [/^405/] },
  { method: 'DELETE', path: '/', status: 500, lines: [/uncaught/, /^500/] },
] as const

describe('connect with helmet', () => {
  test.each(KINDS)('$method $path, $status: its fields, once each', async ({ method, path, status, lines }) => {
    await using server = await serve(helmet() as ConnectMiddleware)
    const response = await server.fetch(path, { method })
    await response.arrayBuffer()
    expect(response.status).toBe(status)
    expect(response.headers.get('x-frame-options')).toBe('SAMEORIGIN')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains')
    for (const line of lines) await log.expect(line)
  })

  test('behind securityHeaders(): the later one counts, no field comes twice', async () => {
    await using server = await serve(securityHeaders(), connect(helmet({ xFrameOptions: { action: 'deny' } })))
    const answer = await exchange(server, GET_AND_CLOSE)
    expect(answer.match(/^X-Frame-Options: .*$/gim)).toEqual(['X-Frame-Options: DENY'])
    expect(answer.match(/^X-Content-Type-Options: .*$/gim)).toEqual(['X-Content-Type-Options: nosniff'])
  })

  test('on a group: its rules only', async () => {
    const inner = group([['/in', Page]], { middleware: [connect(helmet())] })
    await using server = await testServer(new Application([inner, ['/out', Page]], { logger: log }))
    expect((await server.fetch('/in')).headers.get('x-frame-options')).toBe('SAMEORIGIN')
    expect((await server.fetch('/out')).headers.get('x-frame-options')).toBeNull()
  })
})

describe('connect with cors', () => {
  const adapted = connect(corsMiddleware({ origin: 'https://app.example.com', credentials: true }))
  const Origin = 'https://app.example.com'

  test.each(KINDS)('$method $path, $status: its fields', async ({ method, path, status, lines }) => {
    await using server = await serve(adapted)
    const response = await server.fetch(path, { method, headers: { Origin } })
    await response.arrayBuffer()
    expect(response.status).toBe(method === 'OPTIONS' ? 204 : status)
    expect(response.headers.get('access-control-allow-origin')).toBe(Origin)
    expect(response.headers.get('access-control-allow-credentials')).toBe('true')
    expect(response.headers.get('vary')).toContain('Origin')
    for (const line of lines) await log.expect(line)
  })

  test('a preflight, which it answers by itself: sent with the fields set before, and logged once', async () => {
    await using server = await serve(requestId({ generate: () => 'id-1' }), adapted)
    const before = runs
    const headers = { Origin, 'Access-Control-Request-Method': 'PUT' }
    const response = await server.fetch('/?preflight', { method: 'OPTIONS', headers })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-methods')).toContain('PUT')
    expect(response.headers.get('x-request-id')).toBe('id-1')
    expect(response.headers.get('content-type')).toBeNull()
    expect(runs).toBe(before)
    await log.expect(/^204 OPTIONS \/\?preflight/)
    expect(log.lines.filter(({ message }) => message.includes('?preflight')).length).toBe(1)
  })
})

describe('connect: fields', () => {
  test('cookies of both sides: every one is sent, also in a streaming answer', async () => {
    await using server = await serve((_req, res, next) => {
      res.setHeader('Set-Cookie', ['a=1', 'b=2'])
      next()
    })
    for (const method of ['GET', 'PUT']) {
      const cookies = (await server.fetch('/', { method })).headers.getSetCookie()
      expect(cookies).toEqual(['a=1', 'b=2', 'own=1; Path=/', 'second=2; Path=/'])
    }
  })

  test('cookies of an error: dropped, as those of the handler are', async () => {
    await using server = await serve((_req, res, next) => {
      res.setHeader('Set-Cookie', 'a=1')
      res.setHeader('Content-Length', '5')
      res.setHeader('Cache-Control', 'max-age=3600')
      res.setHeader('X-Kept', 'yes')
      next()
    })
    const { status, headers } = await server.fetch('/', { method: 'DELETE' })
    expect(status).toBe(500)
    expect(headers.getSetCookie()).toEqual([])
    expect(headers.get('cache-control')).toBeNull()
    expect(headers.get('x-kept')).toBe('yes')
    await log.expect(/uncaught/)
    await log.expect(/^500/)
  })

  test('set before: it sees, changes and removes them', async () => {
    const before: Middleware = (handler, next) => {
      for (const name of ['X-Seen', 'X-Changed', 'X-Removed']) handler.setDefaultHeader(name, 'ours')
      handler.addVary('Accept')
      return next()
    }
    await using server = await serve(before, (_req, res, next) => {
      res.setHeader('X-Saw', String(res.getHeader('X-Seen')))
      res.setHeader('x-changed', 'theirs')
      res.removeHeader('X-Removed')
      res.setHeader('Vary', `${String(res.getHeader('Vary'))}, Cookie`)
      res.setHeader('X-List', ['1', '2'])
      next()
    })
    const { headers } = await server.fetch('/')
    expect(headers.get('x-saw')).toBe('ours')
    expect(headers.get('x-seen')).toBe('ours')
    expect(headers.get('x-changed')).toBe('theirs')
    expect(headers.get('x-removed')).toBeNull()
    expect(headers.get('vary')).toBe('Accept, Cookie')
    expect(headers.get('x-list')).toBe('1, 2')
  })

  test('the handler sees them and may take them back', async () => {
    class Choosy extends RequestHandler {
      override get(): void {
        this.write(String(this.getHeader('X-One')))
        this.clearHeader('X-One')
      }
    }
    const middleware = connect((_req, res, next) => {
      res.setHeader('X-One', 1)
      next()
    })
    await using server = await testServer(new Application([['/', Choosy]], { middleware: [middleware], logger: log }))
    const response = await server.fetch('/')
    expect(await response.text()).toBe('1')
    expect(response.headers.get('x-one')).toBeNull()
  })

  test('before a mounted Node listener: there too, once', async () => {
    const listener = (_req: unknown, res: ServerResponse) => res.end(`saw ${String(res.getHeader('X-One'))}`)
    const middleware = connect((_req, res, next) => {
      res.setHeader('X-One', 1)
      next()
    })
    const app = new Application([[/\/.*/, listener]], { middleware: [middleware], logger: log })
    await using server = await testServer(app)
    const answer = await exchange(server, GET_AND_CLOSE)
    expect(answer).toContain('saw 1')
    expect(answer.match(/^x-one: .*$/gim)).toEqual(['X-One: 1'])
  })
})

describe('connect: middleware that answers', () => {
  const answers: { how: string; answer: ConnectMiddleware; status: number; body: string }[] = [
    { how: 'end()', answer: (_req, res, _next) => res.end('mine'), status: 200, body: 'mine' },
    {
      how: 'statusCode, write() and end()',
      answer: (_req, res, _next) => {
        res.statusCode = 403
        res.write('mi')
        setImmediate(() => res.end('ne'))
      },
      status: 403,
      body: 'mine',
    },
    {
      how: 'writeHead() with an object',
      answer: (_req, res, _next) => res.writeHead(418, { 'Set-Cookie': ['a=1', 'b=2'] }).end('mine'),
      status: 418,
      body: 'mine',
    },
    {
      how: 'writeHead() later',
      answer: async (_req, res, _next) => {
        await new Promise((resolve) => setImmediate(resolve))
        res.writeHead(500, 'Mine').end('mine')
      },
      status: 500,
      body: 'mine',
    },
    {
      how: 'end(), then next() all the same',
      answer: (_req, res, next) => {
        res.end('mine')
        next()
      },
      status: 200,
      body: 'mine',
    },
  ]

  test.each(answers)(
    '$how: that is the answer, with our fields; no handler, one line',
    async ({ how, answer, status, body }) => {
      await using server = await serve(requestId({ generate: () => 'id-1' }), connect(answer))
      const before = runs
      const name = encodeURIComponent(how)
      for (const number of [1, 2]) {
        const response = await server.fetch(`/?${name}-${number}`)
        expect(response.status).toBe(status)
        expect(await response.text()).toBe(body)
        expect(response.headers.get('x-request-id')).toBe('id-1')
        await log.expect(new RegExp(`^${status} GET .*-${number} `))
      }
      expect(runs).toBe(before)
      expect(log.lines.filter(({ message }) => message.includes(`?${name}-`)).length).toBe(2)
    },
  )

  test('onFinish() runs once, when it is over', async () => {
    let finished = 0
    class Finishing extends RequestHandler {
      override onFinish(): void {
        finished++
      }
    }
    const middleware = [connect((_req, res, _next) => res.end('mine'))]
    await using server = await testServer(new Application([['/', Finishing]], { middleware, logger: log }))
    await (await server.fetch('/?finishing')).text()
    await log.expect(/GET \/\?finishing/)
    expect(finished).toBe(1)
  })

  test('outer middleware goes on when the answer is complete, inner middleware does not run', async () => {
    const order: string[] = []
    const outer: Middleware = async (handler, next) => {
      await next()
      order.push(`outer ${handler.finished}`)
    }
    const inner: Middleware = (_handler, next) => {
      order.push('inner')
      return next()
    }
    await using server = await serve(
      outer,
      connect((_req, res, _next) => res.end('mine')),
      inner,
    )
    await (await server.fetch('/?order')).text()
    await log.expect(/GET \/\?order/)
    expect(order).toEqual(['outer true'])
  })

  test('an error in the midst of it: the connection breaks, so that nothing cut looks complete', async () => {
    await using server = await serve((_req, res, next) => {
      res.writeHead(200, { 'Content-Length': '100' })
      res.write('half', () => next(new Error('disk gone')))
    })
    const response = await server.fetch('/')
    await expect(response.text()).rejects.toThrow('terminated')
    expect(String(((await log.expect(/uncaught/)).fields as { err?: unknown }).err)).toContain('disk gone')
  })
})

describe('connect: errors', () => {
  const failure = (status: unknown) => Object.assign(new Error('failed'), { status })
  const errors: { how: string; middleware: ConnectMiddleware; status: number; logged: boolean }[] = [
    { how: 'next(error)', middleware: (_req, _res, next) => next(new Error('x')), status: 500, logged: true },
    { how: 'next(text)', middleware: (_req, _res, next) => next('x'), status: 500, logged: true },
    {
      how: 'next(error), later',
      middleware: (_req, _res, next) => setImmediate(() => next(failure(413))),
      status: 413,
      logged: false,
    },
    { how: 'status 503', middleware: (_req, _res, next) => next(failure(503)), status: 503, logged: true },
    { how: 'status 200', middleware: (_req, _res, next) => next(failure(200)), status: 500, logged: true },
    { how: 'an HTTPError', middleware: (_req, _res, next) => next(new HTTPError(402)), status: 402, logged: false },
    {
      how: 'an exception',
      middleware: (_req, _res, _next) => {
        throw failure(400)
      },
      status: 400,
      logged: false,
    },
    {
      how: 'a rejection',
      middleware: async (_req, _res, _next) => {
        throw new Error('x')
      },
      status: 500,
      logged: true,
    },
  ]

  test.each(errors)(
    '$how: $status with our page, and the fields set so far',
    async ({ middleware, status, logged }) => {
      await using server = await serve(
        connect((_req, res, next) => {
          res.setHeader('X-Before', '1')
          next()
        }),
        connect(middleware),
      )
      const response = await server.fetch('/')
      expect(response.status).toBe(status)
      expect(await response.text()).toContain(`<title>${status}: `)
      expect(response.headers.get('x-before')).toBe('1')
      if (logged) await log.expect(/uncaught/)
      await log.expect(new RegExp(`^${status}`))
    },
  )

  test('next() twice, and an error after next(): logged, the answer stands', async () => {
    await using server = await serve((_req, _res, next) => {
      next()
      next()
      next(new Error('too late'))
    })
    const before = runs
    const response = await server.fetch('/')
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('page')
    expect(runs).toBe(before + 1)
    await log.expect(/uncaught/)
    await log.expect(/uncaught/)
  })

  test('end() after next(), before the handler has ended: that is the answer', async () => {
    await using server = await serve((_req, res, next) => {
      next()
      res.end('mine')
    })
    expect(await (await server.fetch('/')).text()).toBe('mine')
  })

  test.each(['/?write', '/?head'])(
    'half an answer after next(), %s: logged, and cut so that it does not look complete',
    async (path) => {
      await using server = await serve((req, res, next) => {
        next()
        if (req.url === '/?write') res.write('mine')
        if (req.url === '/?head') res.writeHead(200, { 'Content-Length': 4 })
      })
      await expect(server.fetch(path).then((response) => response.text())).rejects.toThrow(/terminated|fetch failed/)
      expect(String(((await log.expect(/uncaught/)).fields as { err?: unknown }).err)).toContain('after they are sent')
      expect(await (await server.fetch('/')).text()).toBe('page')
    },
  )

  test('the client leaves before next(): the request ends', async () => {
    let arrived = (): void => {}
    const waiting = new Promise<void>((resolve) => {
      arrived = resolve
    })
    await using server = await serve((_req, _res, _next) => arrived())
    const socket = connectSocket(server.port, '127.0.0.1')
    socket.write('GET /?left HTTP/1.1\r\nHost: a\r\n\r\n')
    await waiting
    socket.destroy()
    expect(await log.expect(/GET \/\?left/)).toMatchObject({ level: 'warn', fields: { status: 499 } })
  })

  test('the client leaves in the midst of its answer: the request ends', async () => {
    await using server = await serve((_req, res, _next) => res.write('half'))
    const socket = connectSocket(server.port, '127.0.0.1')
    socket.write('GET /?half HTTP/1.1\r\nHost: a\r\n\r\n')
    await new Promise((resolve) => socket.once('data', resolve))
    socket.destroy()
    expect((await log.expect(/GET \/\?half/)).fields).toMatchObject({ status: 200 })
  })
})

describe('connect: the rest of the request', () => {
  test('next() later: the handler runs then', async () => {
    await using server = await serve((_req, _res, next) => setImmediate(next))
    expect(await (await server.fetch('/')).text()).toBe('page')
  })

  test('an async context around next(): the handler is in it', async () => {
    const storage = new AsyncLocalStorage<string>()
    class Reader extends RequestHandler {
      override get(): void {
        this.write(String(storage.getStore()))
      }
    }
    const middleware = [connect((_req, _res, next) => storage.run('inside', next))]
    await using server = await testServer(new Application([['/', Reader]], { middleware, logger: log }))
    expect(await (await server.fetch('/')).text()).toBe('inside')
  })

  test('a body: still there for the handler', async () => {
    await using server = await serve((_req, _res, next) => setImmediate(next))
    expect(await (await server.fetch('/', { method: 'POST', body: 'abcde' })).json()).toEqual({ received: 5 })
  })

  test('a body that the middleware has read: not there again, and nobody waits for it', async () => {
    await using server = await serve(async (req, _res, next) => {
      expect(await text(req)).toBe('abcde')
      next()
    })
    expect(await (await server.fetch('/', { method: 'POST', body: 'abcde' })).json()).toEqual({ received: 0 })
  })
})

describe('connect: middleware that wraps the response', () => {
  /** Calls back just before the head leaves, as `on-headers` does. */
  function onHead(res: ServerResponse, listener: () => void): void {
    const writeHead: (...args: never[]) => ServerResponse = res.writeHead.bind(res)
    res.writeHead = (...args: unknown[]) => {
      listener()
      return writeHead(...(args as never[]))
    }
  }

  test('writeHead(): it sees all fields of ours, and its own are sent beside them', async () => {
    await using server = await serve((_req, res, next) => {
      onHead(res, () => {
        res.setHeader('X-Saw', `${String(res.getHeader('Content-Type'))} ${String(res.getHeader('Set-Cookie'))}`)
        res.appendHeader('Set-Cookie', 'session=1')
      })
      next()
    })
    for (const method of ['GET', 'PUT']) {
      const { headers } = await server.fetch('/', { method })
      expect(headers.get('x-saw')).toBe('text/html; charset=UTF-8 own=1; Path=/,second=2; Path=/')
      expect(headers.getSetCookie()).toEqual(['own=1; Path=/', 'second=2; Path=/', 'session=1'])
    }
  })

  test('two of them, and one that answers behind: each wrapper is called once', async () => {
    let calls = 0
    const counting: ConnectMiddleware = (_req, res, next) => {
      onHead(res, () => calls++)
      next()
    }
    await using server = await serve(connect(counting), connect(counting), (_req, res, _next) => {
      res.writeHead(200, { 'X-Own': '1' }).end('mine')
    })
    const response = await server.fetch('/')
    expect(await response.text()).toBe('mine')
    expect(response.headers.get('x-own')).toBe('1')
    expect(calls).toBe(2)
  })

  test.each(['GET', 'PUT'])('write() and end(), %s: what leaves goes through them', async (method) => {
    await using server = await serve((_req, res, next) => {
      const write = res.write.bind(res)
      const end = res.end.bind(res)
      const loud = (chunk: unknown) => (typeof chunk === 'string' ? chunk.toUpperCase() : chunk)
      res.write = (chunk: unknown) => write(loud(chunk))
      res.end = (chunk?: unknown) => end(loud(chunk))
      next()
    })
    expect(await (await server.fetch('/', { method })).text()).toBe(method === 'GET' ? 'PAGE' : 'ONE TWO')
  })
})

describe('connect: what it takes', () => {
  test.each([
    { given: (_error: unknown, _req: unknown, _res: unknown, _next: unknown) => undefined, why: 'error middleware' },
    { given: undefined, why: 'nothing' },
    { given: { handle: () => undefined }, why: 'an object' },
  ])('$why: refused', ({ given }) => {
    expect(() => connect(given as unknown as ConnectMiddleware)).toThrow(OptionError)
  })
})
