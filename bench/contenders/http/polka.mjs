// polka has neither cookies nor bodies of its own: its documentation points to Express middleware for both.
import cookieParser from 'cookie-parser'
import express from 'express'
import polka from 'polka'
import { host, port, sections } from './routes.mjs'

const app = polka()

app.get('/plaintext', (_req, res) => text(res, 'Hello, world'))
app.get('/json', (_req, res) => json(res, { message: 'Hello, world' }))
app.get('/cookie', cookieParser(), (req, res) => text(res, req.cookies.session ?? ''))
app.post('/echo', express.json(), (req, res) => json(res, req.body))
for (const section of sections) app.get(`/${section}/:id`, (req, res) => text(res, req.params.id))

function text(res, body) {
  res.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(body) })
  res.end(body)
}

function json(res, value) {
  const body = JSON.stringify(value)
  res.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(body) })
  res.end(body)
}

app.listen(port, host)
