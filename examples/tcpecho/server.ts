import { type IOStream, TCPServer } from '@typhoon/tcp'

/** Sends each line back. */
class EchoServer extends TCPServer {
  override async handleStream(stream: IOStream): Promise<void> {
    for (;;) {
      const line = await stream.readUntil('\n', { maxBytes: 64 * 1024, signal: this.stopping })
      await stream.write(line) // waits for a client that reads slowly
    }
  }
}

const server = new EchoServer()
const stop = () => void server.stop({ deadline: 2000 })
process.once('SIGTERM', stop).once('SIGINT', stop)
const host = process.env['HOST'] ?? 'localhost'
await server.listen({ port: Number(process.env['PORT'] ?? 8888), host })
console.log(`Echo server listening on ${host}:${server.port}`)
