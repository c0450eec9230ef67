import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import Koa from 'koa'
import { host, port, sections } from './routes.mjs'

const app = new Koa()
const router = new Router()

router.get('/plaintext', (ctx) => {
  ctx.body = 'Hello, world'
})
router.get('/json', (ctx) => {
  ctx.body = { message: 'Hello, world' }
})
router.get('/cookie', (ctx) => {
  ctx.body = ctx.cookies.get('session') ?? ''
})
router.post('/echo', bodyParser(), (ctx) => {
  ctx.body = ctx.request.body
})
for (const section of sections) {
  router.get(`/${section}/:id`, (ctx) => {
    ctx.body = ctx.params.id
  })
}

app.use(router.routes())
app.listen(port, host)
