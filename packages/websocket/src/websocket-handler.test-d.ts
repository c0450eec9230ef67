/** What the compiler says about handlers: path arguments, typed messages, rules. */
import { route, type Schema } from '@typhoon/core'
import type { Hub } from '@typhoon/pubsub'
import { type Incoming, WebSocketHandler } from './index.ts'

declare const saying: Schema<{ say: string }>
declare const counting: Schema<{ count: number }>
declare const hub: Hub
const messages = { in: saying, out: counting }

class Room extends WebSocketHandler<{ room: string }, typeof messages> {
  static override readonly messages = messages
  override async open({ room }: { room: string }): Promise<void> {
    const same: string = this.pathArgs.room
    await this.subscribe(`${room}${same}`)
    // @ts-expect-error the path has no such argument
    this.pathArgs.id satisfies string
  }
  override async onMessage(message: Incoming<typeof messages>): Promise<void> {
    const text: string = message.say
    await this.writeMessage({ count: text.length })
    // @ts-expect-error `out` asks for a number
    await this.writeMessage({ count: text })
    for await (const next of this.messages()) next.say satisfies string
  }
}

class Plain extends WebSocketHandler {
  override onMessage(message: string | Buffer): void {
    void this.writeMessage(message)
    void this.writeMessage({ any: 'JSON' })
  }
}

route('/rooms/:room', Room)
route('/rooms/:room', Room, { hub })
route('/plain', Plain)
// @ts-expect-error open() takes a room, the path gives an id
route('/rooms/:id', Room)
