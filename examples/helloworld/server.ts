import { Application, RequestHandler } from '@typhoon/core'

class MainHandler extends RequestHandler {
  override get() {
    this.write('Hello, world')
  }
}

const app = new Application([['/', MainHandler]])
await app.run({ port: Number(process.env['PORT'] ?? 8888) })
