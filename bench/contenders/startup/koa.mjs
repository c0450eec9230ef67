import Router from '@koa/router'
import Koa from 'koa'

const app = new Koa()
const router = new Router()
router.get('/plaintext', (ctx) => {
  ctx.body = 'Hello, world'
})
app.use(router.routes())
app.listen(Number(process.env.PORT), '127.0.0.1')
