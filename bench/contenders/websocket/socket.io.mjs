// socket.io over WebSocket alone; the path of the others is a namespace here.
import { createServer } from 'node:http'
import { Server } from 'socket.io'

const server = createServer()
const io = new Server(server, { transports: ['websocket'], perMessageDeflate: process.env.COMPRESS === '1' })

io.of('/echo').on('connection', (socket) => {
  socket.on('message', (text) => socket.emit('message', text))
})

io.of('/broadcast').on('connection', (socket) => {
  socket.on('message', (text) => io.of('/broadcast').emit('message', text))
})

server.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
