// node:http by hand: stat, then a read stream, with a validator and one range, as many applications have it.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, normalize, sep } from 'node:path'
import { pipeline } from 'node:stream'

const root = process.env.STATIC_ROOT + sep
const types = { '.txt': 'text/plain; charset=utf-8' }

const server = createServer(async (req, res) => {
  const path = normalize(root + decodeURIComponent(req.url))
  const stats = path.startsWith(root) ? await stat(path).catch(() => undefined) : undefined
  if (res.destroyed) return // the client has left meanwhile, and pipeline() would throw
  if (stats === undefined || !stats.isFile()) {
    res.writeHead(404)
    res.end()
    return
  }
  const etag = `W/"${stats.size.toString(16)}-${stats.mtimeMs.toString(16)}"`
  if (req.headers['if-none-match'] === etag) {
    res.writeHead(304, { ETag: etag })
    res.end()
    return
  }
  const [, first, last] = /^bytes=([0-9]+)-([0-9]+)$/.exec(req.headers.range ?? '') ?? []
  const start = Number(first ?? 0)
  const end = Math.min(Number(last ?? Infinity), stats.size - 1)
  res.writeHead(first === undefined ? 200 : 206, {
    'Content-Type': types[extname(path)] ?? 'application/octet-stream',
    'Content-Length': end - start + 1,
    'Last-Modified': stats.mtime.toUTCString(),
    ETag: etag,
    ...(first === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${stats.size}` }),
  })
  pipeline(createReadStream(path, { start, end }), res, (error) => error && res.destroy())
})

server.listen(Number(process.env.PORT), '127.0.0.1')
