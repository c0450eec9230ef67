import { Application, HTTPError, lineLogger, RequestHandler } from '@typhoon/core'
import { Templates } from '@typhoon/templates'
import { host, log, port, secret, stories, views } from './shared.mjs'

class BaseHandler extends RequestHandler {
  getCurrentUser() {
    return this.getSignedCookie('user')?.toString()
  }

  prepare() {
    if (this.currentUser === undefined) throw new HTTPError(401)
  }
}

class SignInHandler extends RequestHandler {
  get() {
    this.setSignedCookie('user', 'Ada')
    this.redirect('/')
  }
}

class PageHandler extends BaseHandler {
  get() {
    return this.render('page', { user: this.currentUser, stories })
  }
}

class StoryHandler extends BaseHandler {
  post() {
    if (this.getBodyArgument('title') === '') throw new HTTPError(400)
    this.redirect('/', { status: 303 })
  }
}

const app = new Application(
  [
    ['/', PageHandler],
    ['/sign-in', SignInHandler],
    ['/story', StoryHandler],
  ],
  {
    cookieSecret: secret,
    xsrfCookies: true,
    compressResponse: true,
    templates: new Templates(views),
    logger: lineLogger((line) => log.write(line)),
  },
)
await app.listen({ port, host })
