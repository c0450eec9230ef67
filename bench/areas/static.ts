/** Static files of several sizes, whole, in part and unchanged, beside a plain read stream. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Area, type Contender, contest, type RunningServer, type Scenario } from '../contest.ts'
import { type Expected, expectAnswers } from '../load/ask.ts'
import { httpLoad } from '../load/http-load.ts'
import { nginx } from '../nginx.ts'
import { tornado } from '../tornado.ts'

const CONNECTIONS = 64
const KB = 1024

function contenders(root: string, temporary: string): readonly Contender[] {
  const all: readonly Contender[] = [
    { name: 'read-stream', file: 'contenders/static/read-stream.mjs' },
    { name: 'typhoon', file: 'contenders/static/typhoon.mjs' },
    { name: 'sirv', file: 'contenders/static/sirv.mjs', packages: ['sirv'] },
    { name: '@fastify/static', file: 'contenders/static/fastify-static.mjs', packages: ['@fastify/static', 'fastify'] },
    { name: 'send', file: 'contenders/static/send.mjs', packages: ['send'] },
    { name: 'express.static', file: 'contenders/static/express.mjs', packages: ['express'] },
    { name: 'hono', file: 'contenders/static/hono.mjs', packages: ['hono', '@hono/node-server'] },
    { name: 'serve-handler', file: 'contenders/static/serve-handler.mjs', packages: ['serve-handler'] },
    tornado('contenders/static/tornado_server.py'),
    nginx(root, temporary),
  ]
  return all.map((contender) => ({ ...contender, env: { STATIC_ROOT: root } }))
}

interface Given extends Pick<Scenario, 'name' | 'title'> {
  readonly note: string
  /** Of the file, in bytes. */
  readonly size: number
  readonly expected: Pick<Expected, 'status'> & { readonly body: (file: Buffer) => Buffer }
  /** Header fields of the requests to a server. */
  readonly headers?: (
    server: RunningServer,
  ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /** Contenders that cannot do it. */
  readonly without?: readonly string[]
}

const PATH = '/file.txt'

function scenario({ name, title, note, size, expected, headers = () => ({}), without = [] }: Given): Scenario {
  const file = Buffer.alloc(size, 'The wind came up in the night and blew until morning.\n')
  const { status } = expected
  const hasBody = (body: Buffer) => (body.equals(expected.body(file)) ? undefined : `a body of ${body.length} bytes`)
  const compete = (root: string, temporary: string) =>
    contest({
      name,
      title,
      note: `${note} ${CONNECTIONS} connections.`,
      baseline: 'read-stream',
      contenders: contenders(root, temporary).filter((each) => !without.includes(each.name)),
      verify: async (server) =>
        expectAnswers(server.port, { paths: [PATH], headers: await headers(server) }, { status, body: hasBody }),
      connect: async (server) =>
        httpLoad({
          port: server.port,
          connections: CONNECTIONS,
          request: { paths: [PATH], headers: await headers(server) },
          status,
        }),
    })
  return {
    name,
    title,
    run: async (settings) => {
      const folder = mkdtempSync(join(tmpdir(), 'typhoon-bench-'))
      try {
        writeFileSync(join(folder, PATH), file)
        return await compete(folder, join(folder, 'nginx')).run(settings)
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  }
}

function whole(size: number, title: string): Scenario {
  return scenario({
    name: title.toLowerCase().replace(' ', ''),
    title,
    note: `GET of a text file of ${size.toLocaleString('en-US')} bytes.`,
    size,
    expected: { status: 200, body: (file) => file },
  })
}

/** What a browser says that has the file already: each server's own entity tag. */
function ifNoneMatch({ port, name }: RunningServer): Promise<Readonly<Record<string, string>>> {
  return new Promise((resolve, reject) => {
    const req = request({ port, host: '127.0.0.1', path: PATH, agent: false }, (res) => {
      const { etag } = res.headers
      res.resume().once('end', () => {
        if (etag === undefined) reject(new Error(`${name} has no entity tag`))
        else resolve({ 'If-None-Match': etag })
      })
    })
    req.once('error', reject).end()
  })
}

export const area: Area = {
  name: 'static',
  title: 'Static files',
  scenarios: [
    whole(KB, '1 KB'),
    whole(10 * KB, '10 KB'),
    whole(100 * KB, '100 KB'),
    whole(KB * KB, '1 MB'),
    scenario({
      name: 'not-modified',
      title: 'Not modified',
      note:
        'GET of a file of 10 KB with If-None-Match, answered with 304. Hono has no conditional requests for files, and ' +
        'serve-handler leaves the file open with each of them until it has no descriptors left.',
      size: 10 * KB,
      headers: ifNoneMatch,
      expected: { status: 304, body: () => Buffer.alloc(0) },
      without: ['hono', 'serve-handler'],
    }),
    scenario({
      name: 'range',
      title: 'A part',
      note: 'GET of 1 KB from the middle of a file of 1 MB, answered with 206.',
      size: KB * KB,
      headers: () => ({ Range: 'bytes=524288-525311' }),
      expected: { status: 206, body: (file) => file.subarray(512 * KB, 513 * KB) },
    }),
  ],
}
