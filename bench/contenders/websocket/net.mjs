// What no server can undercut: node:net, a canned handshake, and each chunk sent back unmasked, whatever it holds.
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  socket.once('data', (head) => {
    const [, key] = /sec-websocket-key: *(\S+)/i.exec(head.toString('latin1'))
    const accept = createHash('sha1')
      .update(key + GUID)
      .digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    socket.on('data', echo)
  })
}).listen({ port: Number(process.env.PORT), host: '127.0.0.1' })

/** One masked frame with less than 126 bytes becomes the same frame without its mask. */
function echo(chunk) {
  const length = chunk[1] & 0x7f
  const answer = Buffer.allocUnsafe(length + 2)
  answer[0] = chunk[0]
  answer[1] = length
  for (let i = 0; i < length; i++) answer[i + 2] = chunk[i + 6] ^ chunk[2 + (i & 3)]
  this.write(answer)
}
