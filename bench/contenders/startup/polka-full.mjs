import { fileURLToPath } from 'node:url'
import polka from 'polka'
import sirv from 'sirv'
import { WebSocketServer } from 'ws'

const app = polka()
  .use('/static', sirv(fileURLToPath(new URL('public', import.meta.url))))
  .get('/plaintext', (_req, res) => res.end('Hello, world'))
  .listen(Number(process.env.PORT), '127.0.0.1')
new WebSocketServer({ server: app.server, path: '/echo' }).on('connection', (socket) => {
  socket.on('message', (message, binary) => socket.send(message, { binary }))
})
