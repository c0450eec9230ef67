import { type IOStream, TCPServer } from '@typhoon/tcp'
import { Allowance } from './allowance.ts'
import { ChatRoom } from './chat-room.ts'
import { nameProblem, printable } from './names.ts'

const MAX_LINE = 1000 // bytes
const TIME_FOR_A_NAME = 60_000 // ms

class ChatServer extends TCPServer {
  readonly #room: ChatRoom = new ChatRoom()

  override async handleStream(stream: IOStream): Promise<void> {
    const patience = AbortSignal.any([this.stopping, AbortSignal.timeout(TIME_FOR_A_NAME)])
    const name = await this.#askForName(stream, patience).catch((error: unknown) => {
      if (!patience.aborted) throw error
    })
    if (name === undefined) return
    try {
      await this.#chat(name, stream)
    } catch (error) {
      if (this.stopping.aborted) return stream.write('* the server stops, goodbye\n')
      throw error
    } finally {
      this.#room.leave(name)
    }
  }

  async #askForName(stream: IOStream, signal: AbortSignal): Promise<string> {
    for (;;) {
      await stream.write('Your name? ')
      const name = await readLine(stream, signal)
      const problem = nameProblem(name)
      if (problem !== undefined) await stream.write(`${problem}\n`)
      else if (this.#room.join(name, stream)) return name
      else await stream.write(`${name} is here already.\n`)
    }
  }

  async #chat(name: string, stream: IOStream): Promise<void> {
    const allowance = new Allowance({ burst: 10, perSecond: 1 })
    await stream.write(`* /who tells who is here, /quit leaves\n`)
    for (;;) {
      const line = await readLine(stream, this.stopping)
      if (line === '/quit') return
      if (line === '/who') await stream.write(`* here: ${this.#room.names().join(', ')}\n`)
      else if (!allowance.take()) await stream.write('* not so fast: that was not sent\n')
      else if (line !== '') this.#room.say(name, line)
    }
  }
}

async function readLine(stream: IOStream, signal: AbortSignal): Promise<string> {
  return printable((await stream.readUntil('\n', { maxBytes: MAX_LINE, signal })).toString())
}

const server = new ChatServer({
  maxConnections: 1000,
  maxWriteBufferSize: 64 * 1024, // bytes on their way to someone who does not read them
  logger: {
    debug: (_, message) => console.log(message),
    info: (_, message) => console.log(message),
    warn: (_, message) => console.warn(message),
    error: (fields, message) => console.error(message, String((fields as { err?: unknown }).err)),
  },
})
const stop = () => void server.stop({ deadline: 2000 })
process.once('SIGTERM', stop).once('SIGINT', stop)
const host = process.env['HOST'] ?? 'localhost'
await server.listen({ port: Number(process.env['PORT'] ?? 8888), host })
console.log(`Chat server listening on ${host}:${server.port}`)
