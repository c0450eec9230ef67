import { createServer } from 'node:http'
import handler from 'serve-handler'

const options = { public: process.env.STATIC_ROOT, etag: true }

createServer((req, res) => handler(req, res, options)).listen(Number(process.env.PORT), '127.0.0.1')
