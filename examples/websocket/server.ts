/** A board: whatever somebody writes, everybody reads. */
import { Application, route } from '@typhoon/core'
import { WebSocketHandler } from '@typhoon/websocket'

const TOPIC = 'board'

class BoardHandler extends WebSocketHandler {
  static override readonly maxMessageSize = 2000 // bytes
  static override readonly maxMessageRate = 20 // per second

  override async open(): Promise<void> {
    const since = this.getQueryArgument('since', undefined)
    await this.subscribe(TOPIC, { envelope: true, ...(since === undefined ? { last: 20 } : { since }) })
  }

  override async onMessage(message: string | Buffer): Promise<void> {
    if (typeof message !== 'string') return this.close(1003, 'text only')
    await this.publish(TOPIC, message)
  }
}

const app = new Application([route('/board', BoardHandler)])
await app.run({ port: Number(process.env['PORT'] ?? 8888) })
