import compress from '@fastify/compress'
import cookie from '@fastify/cookie'
import csrf from '@fastify/csrf-protection'
import formbody from '@fastify/formbody'
import view from '@fastify/view'
import ejs from 'ejs'
import Fastify from 'fastify'
import { host, logFile, port, secret, stories, views } from './shared.mjs'

const fastify = Fastify({ logger: { file: logFile } })

await fastify.register(compress)
await fastify.register(cookie, { secret })
await fastify.register(csrf)
await fastify.register(formbody)
await fastify.register(view, { engine: { ejs }, root: views })

async function signedIn(request, reply) {
  const { valid, value } = request.unsignCookie(request.cookies.user ?? '')
  if (!valid) return reply.code(401).send()
  request.user = value
}

fastify.decorateRequest('user', null)

fastify.get('/sign-in', (_request, reply) => {
  reply.setCookie('user', 'Ada', { path: '/', httpOnly: true, sameSite: 'lax', signed: true }).redirect('/')
})
fastify.get('/', { preHandler: signedIn }, (request, reply) =>
  reply.viewAsync('page.ejs', { user: request.user, stories, token: reply.generateCsrf() }),
)
fastify.post('/story', { preHandler: [fastify.csrfProtection, signedIn] }, (request, reply) => {
  if (!request.body.title) return reply.code(400).send()
  reply.redirect('/', 303)
})

await fastify.listen({ port, host })
