/** What the examples talk to: a small site on a free port of this machine, and a proxy in front of it. */
import { createServer, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Application, HTTPError, type HTTPServer, RequestHandler, route } from '@typhoon/core'

class SearchHandler extends RequestHandler {
  override get() {
    this.write({ found: this.getQueryArguments('q').map((word) => `a page about ${word}`) })
  }
}

class OrderHandler extends RequestHandler {
  override post() {
    this.write(`${this.getBodyArgument('name')} orders ${this.getBodyArguments('dish').join(' and ')}`)
  }
}

class UploadHandler extends RequestHandler {
  override post() {
    const files = [...this.request.files.values()].flat()
    this.write({ note: this.getBodyArgument('note'), files: files.map(({ filename, size }) => ({ filename, size })) })
  }
}

class FileHandler extends RequestHandler {
  override async get() {
    const line = 'Everything should be made as simple as possible, but not simpler.\n'
    this.setHeader('Content-Length', line.length * 4000)
    for (let i = 0; i < 40; i++) {
      this.write(line.repeat(100))
      await this.flush()
    }
  }
}

class VisitHandler extends RequestHandler {
  override get() {
    const visits = Number(this.getCookie('visits', '0')) + 1
    this.setCookie('visits', String(visits))
    this.write(`visit ${visits}`)
  }
}

class PrivateHandler extends RequestHandler {
  override get() {
    const expected = `Basic ${Buffer.from('ann:secret').toString('base64')}`
    if (this.request.headers.get('Authorization') !== expected) {
      throw new HTTPError(401, undefined, { headers: { 'WWW-Authenticate': 'Basic realm="private"' } })
    }
    this.write('come in')
  }
}

class SlowHandler extends RequestHandler {
  override async get() {
    await sleep(10_000, undefined, { signal: this.request.signal }).catch(() => {}) // until the client loses patience
  }
}

export function startSite(): Promise<HTTPServer> {
  const rules = [
    route('/search', SearchHandler),
    route('/orders', OrderHandler),
    route('/uploads', UploadHandler),
    route('/file.txt', FileHandler),
    route('/visits', VisitHandler),
    route('/private', PrivateHandler),
    route('/slow', SlowHandler),
  ]
  const silent = () => {}
  const logger = { debug: silent, info: silent, warn: silent, error: console.error }
  return new Application(rules, { logger }).listen({ port: 0, host: '127.0.0.1' })
}

/** A proxy that passes on what it is asked for and says so in a field, for clients with the right name and password. */
export async function startProxy(credentials: string): Promise<AsyncDisposable & { readonly url: string }> {
  const expected = `Basic ${Buffer.from(credentials).toString('base64')}`
  const server = createServer(({ method, url = '', headers }, response) => {
    if (headers['proxy-authorization'] !== expected) return void response.writeHead(407).end()
    const passedOn = request(url, { method }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, Via: '1.1 example' })
      answer.pipe(response)
    })
    passedOn.on('error', () => response.destroy()).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number } // it listens on TCP
  return {
    url: `http://${credentials}@127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}
