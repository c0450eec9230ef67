import { fileURLToPath } from 'node:url'
import { serve, upgradeWebSocket } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { WebSocketServer } from 'ws'

const app = new Hono()
app.get('/plaintext', (c) => c.text('Hello, world'))
app.get(
  '/echo',
  upgradeWebSocket(() => ({ onMessage: (event, ws) => ws.send(event.data) })),
)
app.use('/static/*', serveStatic({ root: fileURLToPath(new URL('public', import.meta.url)) }))
serve({
  fetch: app.fetch,
  port: Number(process.env.PORT),
  hostname: '127.0.0.1',
  websocket: { server: new WebSocketServer({ noServer: true }) },
})
