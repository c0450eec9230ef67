import cookieParser from 'cookie-parser'
import express from 'express'
import { host, port, sections } from './routes.mjs'

const app = express()

app.get('/plaintext', (_req, res) => {
  res.type('text/plain').send('Hello, world')
})
app.get('/json', (_req, res) => {
  res.json({ message: 'Hello, world' })
})
app.get('/cookie', cookieParser(), (req, res) => {
  res.type('text/plain').send(req.cookies.session ?? '')
})
app.post('/echo', express.json(), (req, res) => {
  res.json(req.body)
})
for (const section of sections) {
  app.get(`/${section}/:id`, (req, res) => {
    res.type('text/plain').send(req.params.id)
  })
}

app.listen(port, host)
