// Bare ws: an echo, and a broadcast as its README has it: a loop over the clients.
import { createServer } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'

const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: process.env.COMPRESS === '1' })

sockets.on('connection', (socket, request) => {
  const receive = request.url === '/broadcast' ? broadcast : (data, binary) => socket.send(data, { binary })
  socket.on('message', receive)
  socket.on('error', console.error)
})

function broadcast(data, binary) {
  for (const client of sockets.clients) {
    if (client.readyState === WebSocket.OPEN) client.send(data, { binary })
  }
}

server.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
