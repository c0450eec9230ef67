// node:http by hand: what a careful programmer writes who wants nothing but these answers.
import { createServer } from 'node:http'
import { host, port, sections } from './routes.mjs'

const known = new Set(sections)

const server = createServer((req, res) => {
  const { method, url } = req
  if (method === 'GET' && url === '/plaintext') return text(res, 'Hello, world')
  if (method === 'GET' && url === '/json') return json(res, { message: 'Hello, world' })
  if (method === 'GET' && url === '/cookie') return text(res, cookie(req.headers.cookie, 'session') ?? '')
  if (method === 'POST' && url === '/echo') return echo(req, res)
  const slash = url.indexOf('/', 1)
  if (method === 'GET' && known.has(url.slice(1, slash))) return text(res, decodeURIComponent(url.slice(slash + 1)))
  res.writeHead(404, { 'Content-Type': 'text/plain', 'Content-Length': 9 }).end('Not Found')
})

function text(res, body) {
  res.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(body) })
  res.end(body)
}

function json(res, value) {
  const body = JSON.stringify(value)
  res.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(body) })
  res.end(body)
}

function cookie(header = '', name) {
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (pair.slice(0, equals).trim() === name) return decodeURIComponent(pair.slice(equals + 1).trim())
  }
}

function echo(req, res) {
  const chunks = []
  req.on('data', (chunk) => chunks.push(chunk))
  req.on('end', () => {
    let value
    try {
      value = JSON.parse(Buffer.concat(chunks).toString())
    } catch {
      return res.writeHead(400).end()
    }
    json(res, value)
  })
}

server.listen(port, host)
