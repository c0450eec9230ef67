// Hono refuses forged requests by their Origin, so its form has no token.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { getSignedCookie, setSignedCookie } from 'hono/cookie'
import { csrf } from 'hono/csrf'
import { html } from 'hono/html'
import { logger } from 'hono/logger'
import { host, log, port, secret, stories } from './shared.mjs'

const app = new Hono()

app.use(logger((line) => log.write(`${line}\n`)))
app.use(compress())
app.use(csrf())

app.get('/sign-in', async (c) => {
  await setSignedCookie(c, 'user', 'Ada', secret, { path: '/', httpOnly: true, sameSite: 'Lax' })
  return c.redirect('/')
})

app.use(async (c, next) => {
  const user = await getSignedCookie(c, secret, 'user')
  if (!user) return c.body(null, 401)
  c.set('user', user)
  await next()
})

app.get('/', (c) => c.html(page(c.get('user'))))
app.post('/story', async (c) => {
  const { title } = await c.req.parseBody()
  return title ? c.redirect('/', 303) : c.body(null, 400)
})

function page(user) {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Stories for ${user}</title></head>
<body>
<h1>Stories for ${user}</h1>
<ul>
${stories.map(
  (story) => html`
<li><a href="/story/${story.id}">${story.title}</a> by ${story.author}<p>${story.summary}</p></li>
`,
)}
</ul>
<form method="post" action="/story"><input name="title"><button>Add</button></form>
</body>
</html>
`
}

serve({ fetch: app.fetch, port, hostname: host })
