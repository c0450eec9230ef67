import { Application, RequestHandler } from '@typhoon/core'
import { host, port, sections } from './routes.mjs'

class TextHandler extends RequestHandler {
  get() {
    this.setHeader('Content-Type', 'text/plain; charset=UTF-8')
    this.write('Hello, world')
  }
}

class JSONHandler extends RequestHandler {
  get() {
    this.write({ message: 'Hello, world' })
  }
}

class CookieHandler extends RequestHandler {
  get() {
    this.setHeader('Content-Type', 'text/plain; charset=UTF-8')
    this.write(this.getCookie('session', ''))
  }
}

class EchoHandler extends RequestHandler {
  async post() {
    this.write(await this.json())
  }
}

class SectionHandler extends RequestHandler {
  get({ id }) {
    this.setHeader('Content-Type', 'text/plain; charset=UTF-8')
    this.write(id)
  }
}

const app = new Application(
  [
    ['/plaintext', TextHandler],
    ['/json', JSONHandler],
    ['/cookie', CookieHandler],
    ['/echo', EchoHandler],
    ...sections.map((section) => [`/${section}/:id`, SectionHandler]),
  ],
  { logger: false },
)
await app.listen({ port, host })
