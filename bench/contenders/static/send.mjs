import { createServer } from 'node:http'
import send from 'send'

const root = process.env.STATIC_ROOT

createServer((req, res) => send(req, req.url, { root }).pipe(res)).listen(Number(process.env.PORT), '127.0.0.1')
