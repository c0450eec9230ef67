import cookie from '@fastify/cookie'
import Fastify from 'fastify'
import { host, port, sections } from './routes.mjs'

const fastify = Fastify()
const message = { type: 'object', properties: { message: { type: 'string' } } }

await fastify.register(cookie)
fastify.get('/plaintext', (_request, reply) => {
  reply.type('text/plain; charset=utf-8').send('Hello, world')
})
fastify.get('/json', { schema: { response: { 200: message } } }, (_request, reply) => {
  reply.send({ message: 'Hello, world' })
})
fastify.get('/cookie', (request, reply) => {
  reply.type('text/plain; charset=utf-8').send(request.cookies.session ?? '')
})
fastify.post('/echo', (request, reply) => {
  reply.send(request.body)
})
for (const section of sections) {
  fastify.get(`/${section}/:id`, (request, reply) => {
    reply.type('text/plain; charset=utf-8').send(request.params.id)
  })
}

await fastify.listen({ port, host })
