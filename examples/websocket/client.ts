/** Shows the board, and writes on it what is typed. */
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import { type WebSocketClient, WebSocketClosedError, websocketConnect } from '@typhoon/websocket'

/** What `subscribe()` with `envelope` sends. */
interface Envelope {
  readonly id?: string
  readonly time?: number
  readonly data?: unknown
  readonly gap?: boolean
}

const url = process.argv[2] ?? 'ws://localhost:8888/board'
try {
  await follow(await websocketConnect(url, { reconnect: { maxDelay: 5000 }, resume: true }))
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException
  console.error(`${url}: ${message === '' ? code : message}`) // without one when several addresses were tried
  process.exitCode = 1
}

async function follow(socket: WebSocketClient): Promise<void> {
  const input = createInterface({ input: process.stdin })
  input.on('line', (line) => void write(socket, line))
  input.on('close', () => void socket.close())
  for await (const message of socket) console.log(describe(JSON.parse(message.toString()) as Envelope)) // the server makes it
  input.close()
  if (socket.closeCode !== 1000)
    throw new Error(`closed with ${socket.closeCode} ${socket.closeReason ?? ''}`.trimEnd())
}

async function write(to: WebSocketClient, line: string): Promise<void> {
  if (line.trim() === '') return
  try {
    await to.writeMessage(line)
  } catch (error) {
    if (!(error instanceof WebSocketClosedError)) throw error
    console.error('There is no connection just now; this was not sent. Write it again in a moment.')
  }
}

function describe({ gap, time, data }: Envelope): string {
  if (gap === true) return '(messages may be missing here)'
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return `${new Date(time ?? 0).toLocaleTimeString()}  ${stripVTControlCharacters(text)}`
}
