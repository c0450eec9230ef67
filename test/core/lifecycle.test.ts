import { Finish, type HandlerClass, HTTPError, RequestHandler } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { ask, RawClient, request } from './raw-client.ts'
import { gate, serve, watchProcess } from './served.ts'

watchProcess()

/** A handler class that notes its steps, with one of them replaced. */
function tracing(replaced: Partial<Record<string, (this: RequestHandler) => unknown>> = {}): {
  Handler: HandlerClass
  steps: string[]
} {
  const steps: string[] = []
  class Handler extends RequestHandler {
    override initialize() {
      this.#step('initialize')
    }
    override setDefaultHeaders() {
      if (replaced['setDefaultHeaders'] !== undefined) this.#step('setDefaultHeaders')
    }
    override prepare() {
      return this.#step('prepare')
    }
    override get() {
      return this.#step('get', () => this.write('ok'))
    }
    override post() {
      return this.#step('post', () => this.write(this.request.body))
    }
    override computeEtag() {
      if (replaced['computeEtag'] !== undefined) this.#step('computeEtag')
      return super.computeEtag()
    }
    override writeError(...args: Parameters<RequestHandler['writeError']>) {
      return this.#step('writeError', () => super.writeError(...args))
    }
    override onFinish() {
      return this.#step('onFinish') as undefined // an async override is what is tried here
    }
    override onConnectionClose() {
      this.#step('onConnectionClose')
    }
    #step(name: string, usual: () => unknown = () => undefined): unknown {
      steps.push(name)
      return replaced[name] === undefined ? usual() : replaced[name].call(this)
    }
  }
  return { Handler, steps }
}

const fail = () => {
  throw new Error('broken')
}
const failLater = async () => {
  await new Promise((resolve) => setImmediate(resolve))
  throw new Error('broken later')
}
const refuse = () => {
  throw new HTTPError(418, 'no coffee')
}

describe('every step, once each (Tornado: _execute)', () => {
  test.each([
    { line: 'GET /', status: 200, steps: ['initialize', 'prepare', 'get', 'onFinish'] },
    { line: 'HEAD /', status: 200, steps: ['initialize', 'prepare', 'get', 'onFinish'] },
    { line: 'POST /', status: 200, steps: ['initialize', 'prepare', 'post', 'onFinish'] },
    { line: 'OPTIONS /', status: 204, steps: ['initialize', 'prepare', 'onFinish'] },
    { line: 'PUT /', status: 405, steps: ['initialize', 'writeError', 'onFinish'] },
    { line: 'TRACE /', status: 405, steps: ['initialize', 'writeError', 'onFinish'] },
    { line: 'PROPFIND /', status: 501, steps: ['initialize', 'writeError', 'onFinish'] },
  ])('$line: $status', async ({ line, status, steps }) => {
    const traced = tracing()
    await using served = await serve([['/', traced.Handler]])
    const response = await ask(served.port, request(line))
    expect(response.status).toBe(status)
    expect(response.header('allow')).toBe(status === 200 ? undefined : 'GET, HEAD, POST, OPTIONS')
    await served.log.expect(new RegExp(`^${status} `))
    expect(traced.steps).toEqual(steps)
  })

  const FAILING = ['initialize', 'setDefaultHeaders', 'prepare', 'get', 'computeEtag'] as const
  test.each(FAILING)('%s throws: a 500 and one error in the log', async (step) => {
    const traced = tracing({ [step]: fail })
    await using served = await serve([['/', traced.Handler]], { etagMinSize: 0 })
    const response = await ask(served.port, request('GET /'))
    expect([response.status, response.complete]).toEqual([500, true])
    if (step !== 'setDefaultHeaders') await served.log.expect(/^500 GET \//)
    expect(served.lines().filter((line) => line.startsWith('error uncaught')).length).toBe(1)
    const hooks = traced.steps.filter((each) => ['initialize', 'prepare', 'get', 'onFinish'].includes(each))
    expect(hooks).toEqual([...new Set(hooks)])
    expect(traced.steps.at(-1)).toBe('onFinish')
  })

  test.each([
    { step: 'prepare', with: failLater, status: 500 },
    { step: 'get', with: failLater, status: 500 },
    { step: 'prepare', with: refuse, status: 418 },
    { step: 'get', with: refuse, status: 418 },
    { step: 'initialize', with: refuse, status: 418 },
  ])('$step fails with $status: one answer, onFinish once', async ({ step, with: failing, status }) => {
    const traced = tracing({ [step]: failing })
    await using served = await serve([['/', traced.Handler]])
    expect((await ask(served.port, request('GET /'))).status).toBe(status)
    await served.log.expect(new RegExp(`^${status} GET /`))
    expect(traced.steps.filter((each) => each === 'onFinish')).toHaveLength(1)
    expect(served.log.lines).toHaveLength(status === 500 ? 2 : 1)
  })

  test.each([{ with: fail }, { with: failLater }])(
    'writeError throws ($with.name): the status stays, without a body',
    async ({ with: failing }) => {
      const traced = tracing({ get: refuse, writeError: failing })
      await using served = await serve([['/', traced.Handler]])
      const response = await ask(served.port, request('GET /'))
      expect([response.status, response.text(), response.complete]).toEqual([418, '', true])
      await served.log.expect(/writeError failed for GET \//)
    },
  )

  test('writeError throws after finish(): the page that was finished is the answer, and the connection goes on', async () => {
    class Handler extends RequestHandler {
      override get() {
        throw new HTTPError(404)
      }
      override writeError() {
        this.finish('gone')
        throw new Error('too late')
      }
    }
    await using served = await serve([['/', Handler]])
    await using client = await RawClient.connect(served.port)
    await client.send(request('GET /') + request('GET /'))
    for (let i = 0; i < 2; i++) expect((await client.response()).text()).toBe('gone')
  })

  test.each([{ with: fail }, { with: failLater }])(
    'onFinish throws ($with.name): logged, the answer is not touched',
    async ({ with: failing }) => {
      const traced = tracing({ onFinish: failing })
      await using served = await serve([['/', traced.Handler]])
      expect((await ask(served.port, request('GET /'))).text()).toBe('ok')
      await served.log.expect(/onFinish failed for GET \//)
    },
  )

  test('the constructor throws: 500', async () => {
    class Handler extends RequestHandler {
      readonly broken = fail()
    }
    await using served = await serve([['/', Handler]])
    expect((await ask(served.port, request('GET /'))).status).toBe(500)
    await served.log.expect(/cannot answer GET \//)
  })

  test('logRequest throws: logged, the next request is answered', async () => {
    const { Handler } = tracing()
    await using served = await serve([['/', Handler]], { logRequest: fail })
    for (let i = 0; i < 2; i++) expect((await ask(served.port, request('GET /'))).status).toBe(200)
    await served.log.expect(/logRequest failed for GET \//)
  })

  test('logException throws: still a 500', async () => {
    class Handler extends RequestHandler {
      override get() {
        fail()
      }
      override logException() {
        fail()
      }
    }
    await using served = await serve([['/', Handler]])
    expect((await ask(served.port, request('GET /'))).status).toBe(500)
    await served.log.expect(/logException failed for GET \//)
  })

  test.each([{ with: fail }, { with: failLater }])(
    'getCurrentUser throws ($with.name): 500',
    async ({ with: failing }) => {
      class Sync extends RequestHandler {
        static readonly authenticated = true
        override getCurrentUser(): unknown {
          return fail()
        }
        override get() {
          this.write('secret')
        }
      }
      class Async extends Sync {
        override async getCurrentUser(): Promise<never> {
          return (await failLater()) as never
        }
      }
      await using served = await serve([['/', failing === fail ? Sync : Async]], { loginUrl: '/login' })
      expect((await ask(served.port, request('GET /'))).status).toBe(500)
    },
  )
})

describe('ways to end early', () => {
  test.each([
    {
      name: 'Finish',
      end: () => {
        throw new Finish({ done: true })
      },
      text: '{"done":true}',
    },
    {
      name: 'Finish without a body',
      end(this: RequestHandler) {
        this.write('so far')
        throw new Finish()
      },
      text: 'so far',
    },
    {
      name: 'finish()',
      end(this: RequestHandler) {
        this.finish('early')
      },
      text: 'early',
    },
    {
      name: 'redirect()',
      end(this: RequestHandler) {
        this.redirect('/else')
      },
      text: '',
    },
    {
      name: 'sendError() that nobody awaits',
      end(this: RequestHandler) {
        void this.sendError(403)
      },
      text: '<html><title>403: Forbidden</title><body>403: Forbidden</body></html>',
    },
  ])('$name in prepare: the method is not called', async (ending) => {
    const traced = tracing({
      prepare() {
        ending.end.call(this)
      },
    })
    await using served = await serve([['/', traced.Handler]])
    const response = await ask(served.port, request('GET /'))
    expect([response.text(), response.complete]).toEqual([ending.text, true])
    await served.log.expect(/GET \//)
    expect(traced.steps.filter((step) => step !== 'writeError')).toEqual(['initialize', 'prepare', 'onFinish'])
  })

  test.each([
    {
      name: 'a second finish()',
      afterwards(this: RequestHandler) {
        this.finish()
      },
      error: /finish\(\): the response is already finished/,
    },
    {
      name: 'write() after finish()',
      afterwards(this: RequestHandler) {
        this.write('x')
      },
      error: /write\(\): the response is already finished/,
    },
    {
      name: 'flush() after finish()',
      afterwards(this: RequestHandler) {
        void this.flush()
      },
      error: /flush\(\): the response is already finished/,
    },
    {
      name: 'setHeader() after finish()',
      afterwards(this: RequestHandler) {
        this.setHeader('X', '1')
      },
      error: /setHeader\("X"\)/,
    },
  ])('$name: the answer stands, the error is logged', async (mistake) => {
    class Handler extends RequestHandler {
      override get() {
        this.finish('whole')
        mistake.afterwards.call(this)
      }
    }
    await using served = await serve([['/', Handler]])
    expect((await ask(served.port, request('GET /'))).text()).toBe('whole')
    const { fields } = await served.log.expect(/uncaught exception GET \//)
    expect(String((fields as { err: Error }).err.message)).toMatch(mistake.error)
  })

  test('flush() that nobody awaits: the body is whole', async () => {
    class Handler extends RequestHandler {
      override get() {
        for (const part of ['a', 'b', 'c']) {
          this.write(part)
          void this.flush()
        }
      }
    }
    await using served = await serve([['/', Handler]])
    const response = await ask(served.port, request('GET /'))
    expect([response.text(), response.complete]).toEqual(['abc', true])
  })

  test('OPTIONS where prepare() wrote something: what it wrote, not a 204', async () => {
    const traced = tracing({
      prepare(this: RequestHandler) {
        this.write('hello')
      },
    })
    await using served = await serve([['/', traced.Handler]])
    const response = await ask(served.port, request('OPTIONS /'))
    expect([response.status, response.text()]).toEqual([200, 'hello'])
  })

  test('middleware that does not wait for next(): the life cycle does', async () => {
    const traced = tracing({ get: failLater })
    await using served = await serve([['/', traced.Handler]], { middleware: [(_, next) => void next()] })
    expect((await ask(served.port, request('GET /'))).status).toBe(500)
  })
})

describe('the client goes away', () => {
  test.each(['leave', 'reset', 'halfClose'] as const)(
    '%s while the method works: signal and onConnectionClose, then onFinish',
    async (way) => {
      const started = gate()
      const aborted = gate()
      for (const line of ['GET /', 'POST /']) {
        const traced = tracing()
        class Handler extends (traced.Handler as typeof RequestHandler) {
          override async get() {
            started.open()
            await new Promise((resolve) => this.request.signal.addEventListener('abort', resolve))
            aborted.open()
          }
          override async post() {
            await this.get()
          }
        }
        await using served = await serve([['/', Handler]])
        const client = await RawClient.connect(served.port)
        await client.send(line.startsWith('POST') ? request(line, [], 'body') : request(line))
        await started.opened
        client[way]()
        await aborted.opened
        await served.log.expect(/(GET|POST) \//)
        expect(traced.steps).toEqual(['initialize', 'prepare', 'onConnectionClose', 'onFinish'])
        served.log.check()
      }
    },
  )

  test.each(['leave', 'reset', 'halfClose'] as const)(
    '%s within the body: onConnectionClose, no method, no error in the log',
    async (way) => {
      const traced = tracing()
      await using served = await serve([['/', traced.Handler]])
      const client = await RawClient.connect(served.port)
      await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc')
      client[way]()
      await served.log.expect(/POST \//)
      expect(traced.steps).toEqual(['initialize', 'onConnectionClose', 'onFinish'])
      served.log.check()
    },
  )

  test('after the answer: onConnectionClose is not called', async () => {
    const traced = tracing()
    await using served = await serve([['/', traced.Handler]])
    const client = await RawClient.connect(served.port)
    await client.send(request('GET /'))
    await client.response()
    client.leave()
    await served.log.expect(/GET \//)
    expect(traced.steps).not.toContain('onConnectionClose')
  })

  test('pipelined requests: answered in order, each with its own steps', async () => {
    const traced = tracing()
    await using served = await serve([['/', traced.Handler]])
    await using client = await RawClient.connect(served.port)
    await client.send(
      request('GET /') + request('POST /', [], 'two') + request('PUT /') + request('HEAD /') + request('GET /'),
    )
    const seen: number[] = []
    for (const method of ['GET', 'POST', 'PUT', 'HEAD', 'GET']) seen.push((await client.response({ method })).status)
    expect(seen).toEqual([200, 200, 405, 200, 200])
    expect(traced.steps.filter((step) => step === 'initialize')).toHaveLength(5)
  })
})
