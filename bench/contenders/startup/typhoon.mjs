import { Application, RequestHandler } from '@typhoon/core'

class TextHandler extends RequestHandler {
  get() {
    this.write('Hello, world')
  }
}

const app = new Application([['/plaintext', TextHandler]], { logger: false })
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
