import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'

const fastify = Fastify()
await fastify.register(fastifyStatic, { root: fileURLToPath(new URL('public', import.meta.url)), prefix: '/static/' })
await fastify.register(websocket)
fastify.get('/plaintext', (_request, reply) => {
  reply.send('Hello, world')
})
fastify.get('/echo', { websocket: true }, (socket) => {
  socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }))
})
await fastify.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
