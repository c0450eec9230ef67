// One handler, and one feature of the framework at a time: FEATURE names it.
import { createWriteStream } from 'node:fs'
import { devNull } from 'node:os'
import { Application, lineLogger, RequestHandler, requestId, securityHeaders } from '@typhoon/core'

const body = 'The wind came up in the night and blew until morning. '.repeat(40)
const log = createWriteStream(devNull)
const cookieSecret = '7f3b1c5d9e2a4f6088c1d3e5b7a9f0c2d4e6f8a0b1c3d5e7'

class PlainHandler extends RequestHandler {
  get() {
    this.write(body)
  }
}

class AsyncHandler extends RequestHandler {
  async get() {
    this.write(body)
  }
}

class PrepareHandler extends RequestHandler {
  prepare() {
    this.setHeader('Cache-Control', 'no-store')
  }
  get() {
    this.write(body)
  }
}

class CookieHandler extends RequestHandler {
  get() {
    this.write(this.getCookie('session') === undefined ? '' : body)
  }
}

class SignedCookieHandler extends RequestHandler {
  get() {
    this.setSignedCookie('user', 'Ada')
    this.write(body)
  }
}

class TokenHandler extends RequestHandler {
  get() {
    this.setHeader('X-Token', this.xsrfToken)
    this.write(body)
  }
}

/** What is on beside the plain application. */
const FEATURES = {
  none: {},
  etag: { settings: { etagMinSize: 0 } },
  compression: { settings: { compressResponse: true } },
  'security-headers': { settings: { middleware: [securityHeaders()] } },
  'request-id': { settings: { middleware: [requestId()] } },
  middleware: { settings: { middleware: [(_handler, next) => next()] } },
  log: { settings: { logger: lineLogger((line) => log.write(line)) } },
  xsrf: { settings: { xsrfCookies: true } },
  'xsrf-token': { settings: { xsrfCookies: true }, handler: TokenHandler },
  'async-handler': { handler: AsyncHandler },
  prepare: { handler: PrepareHandler },
  cookie: { handler: CookieHandler },
  'signed-cookie': { settings: { cookieSecret }, handler: SignedCookieHandler },
}

const { settings = {}, handler = PlainHandler } = FEATURES[process.env.FEATURE]
const plain = { etagMinSize: false, logger: false }
const app = new Application([['/', handler]], { ...plain, ...settings })
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
