import Fastify from 'fastify'

const fastify = Fastify()
fastify.get('/plaintext', (_request, reply) => {
  reply.send('Hello, world')
})
await fastify.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
