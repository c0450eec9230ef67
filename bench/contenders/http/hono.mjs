import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { host, port, sections } from './routes.mjs'

const app = new Hono()

app.get('/plaintext', (c) => c.text('Hello, world'))
app.get('/json', (c) => c.json({ message: 'Hello, world' }))
app.get('/cookie', (c) => c.text(getCookie(c, 'session') ?? ''))
app.post('/echo', async (c) => c.json(await c.req.json()))
for (const section of sections) app.get(`/${section}/:id`, (c) => c.text(c.req.param('id')))

serve({ fetch: app.fetch, port, hostname: host })
