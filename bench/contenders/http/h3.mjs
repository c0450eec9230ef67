import { getCookie, H3, serve } from 'h3'
import { host, port, sections } from './routes.mjs'

const app = new H3()

app.get('/plaintext', () => 'Hello, world')
app.get('/json', () => ({ message: 'Hello, world' }))
app.get('/cookie', (event) => getCookie(event, 'session') ?? '')
app.post('/echo', (event) => event.req.json())
for (const section of sections) app.get(`/${section}/:id`, (event) => event.context.params.id)

serve(app, { port, hostname: host, silent: true })
