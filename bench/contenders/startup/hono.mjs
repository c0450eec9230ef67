import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.get('/plaintext', (c) => c.text('Hello, world'))
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' })
