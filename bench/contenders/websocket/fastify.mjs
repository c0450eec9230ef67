// Fastify with @fastify/websocket; a broadcast is a loop over the clients, as with ws, which it is made of.
import websocket from '@fastify/websocket'
import Fastify from 'fastify'

const app = Fastify()
await app.register(websocket, { options: { perMessageDeflate: process.env.COMPRESS === '1' } })

app.get('/echo', { websocket: true }, (socket) => {
  socket.on('message', (data, binary) => socket.send(data, { binary }))
})

app.get('/broadcast', { websocket: true }, (socket) => {
  socket.on('message', (data, binary) => {
    for (const client of app.websocketServer.clients) {
      if (client.readyState === 1) client.send(data, { binary })
    }
  })
})

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
