import { fileURLToPath } from 'node:url'
import express from 'express'
import { WebSocketServer } from 'ws'

const app = express()
app.use('/static', express.static(fileURLToPath(new URL('public', import.meta.url))))
app.get('/plaintext', (_req, res) => {
  res.type('text/plain').send('Hello, world')
})
const server = app.listen(Number(process.env.PORT), '127.0.0.1')
new WebSocketServer({ server, path: '/echo' }).on('connection', (socket) => {
  socket.on('message', (message, binary) => socket.send(message, { binary }))
})
