// What no server can undercut: node:net, and the same answer to each chunk that comes, whatever it holds.
import { createServer } from 'node:net'
import { host, port } from './routes.mjs'

const BODY = 'Hello, world'
const ANSWER = [
  'HTTP/1.1 200 OK',
  'Content-Type: text/plain; charset=UTF-8',
  `Content-Length: ${BODY.length}`,
  `Date: ${new Date().toUTCString()}`,
  'Connection: keep-alive',
  'Keep-Alive: timeout=5',
  '',
  BODY,
].join('\r\n')

createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => socket.write(ANSWER, 'latin1'))
  socket.on('error', () => socket.destroy())
}).listen({ port, host })
