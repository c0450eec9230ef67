import { Application, RequestHandler } from '@typhoon/core'
import { staticFiles } from '@typhoon/static'
import { WebSocketHandler } from '@typhoon/websocket'

class TextHandler extends RequestHandler {
  get() {
    this.write('Hello, world')
  }
}

class EchoHandler extends WebSocketHandler {
  onMessage(message) {
    return this.writeMessage(message)
  }
}

const app = new Application(
  [
    ['/plaintext', TextHandler],
    ['/echo', EchoHandler],
    ...staticFiles(new URL('public', import.meta.url), { prefix: '/static/' }),
  ],
  { logger: false },
)
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
