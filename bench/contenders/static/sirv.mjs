// Reads the directory once, when it starts, and does not notice changes, as sirv's documentation asks for in production.
import { createServer } from 'node:http'
import sirv from 'sirv'

const serve = sirv(process.env.STATIC_ROOT, { dev: false, etag: true })

createServer((req, res) => serve(req, res)).listen(Number(process.env.PORT), '127.0.0.1')
