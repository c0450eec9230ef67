// Typhoon: handlers as routes, and a broadcast through the hub that they share.
import { Application } from '@typhoon/core'
import { WebSocketHandler } from '@typhoon/websocket'

class EchoHandler extends WebSocketHandler {
  onMessage(message) {
    void this.writeMessage(message) // without waiting until the client has it, as the others
  }
}

class BroadcastHandler extends WebSocketHandler {
  static compression = process.env.COMPRESS === '1'

  open() {
    return this.subscribe('room')
  }

  onMessage(message) {
    return this.publish('room', message)
  }
}

const app = new Application(
  [
    ['/echo', EchoHandler],
    ['/broadcast', BroadcastHandler],
  ],
  { logger: false },
)
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
