import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type MessageTrace, WebSocketHandler, websocketConnect } from '@typhoon/websocket'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serve } from './socket-server.ts'

class Handler extends WebSocketHandler {
  override async onMessage(message: string | Buffer) {
    await this.writeMessage(message)
    if (message === 'bad') throw new Error('as told')
  }
}

/** Notes each event of the channel until the test is over. */
function watch(): { seen: string[]; traces: Set<MessageTrace> } {
  const seen: string[] = []
  const traces = new Set<MessageTrace>()
  for (const event of ['start', 'end', 'asyncEnd', 'error']) {
    const note = (trace: unknown) => {
      traces.add(trace as MessageTrace) // what the channel says that it sends
      seen.push(event)
    }
    const name = `tracing:typhoon.message:${event}`
    subscribe(name, note)
    onTestFinished(() => void unsubscribe(name, note))
  }
  return { seen, traces }
}

describe('the tracing channel typhoon.message', () => {
  test('a message: start, end and asyncEnd with one object that has the handler and the message', async () => {
    const { seen, traces } = watch()
    const { port } = await serve([['/', Handler]])
    const socket = await websocketConnect(`ws://127.0.0.1:${port}/`)
    await socket.writeMessage('hello')
    await socket.readMessage()
    await socket.close()
    expect(seen).toEqual(['start', 'end', 'asyncEnd'])
    const [trace] = traces
    expect(traces.size).toBe(1)
    expect(trace?.handler).toBeInstanceOf(Handler)
    expect(trace?.message).toBe('hello')
  })

  test('onMessage() throws: error as well, and the socket closes with 1011 all the same', async () => {
    const { seen, traces } = watch()
    const { port } = await serve([['/', Handler]])
    const socket = await websocketConnect(`ws://127.0.0.1:${port}/`)
    await socket.writeMessage('bad')
    for await (const message of socket) expect(message).toBe('bad')
    expect(socket.closeCode).toBe(1011)
    expect(seen).toContain('error')
    expect([...traces][0]?.error).toMatchObject({ message: 'as told' })
  })
})
