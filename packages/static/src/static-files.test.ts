import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Application, OptionError, RequestHandler, route } from '@typhoon/core'
import { type TestServer, testServer } from '@typhoon/core/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { StaticFileHandler } from './static-file-handler.ts'
import { type StaticFilesOptions, staticFiles } from './static-files.ts'

const PAGE = { Accept: 'text/html,*/*;q=0.8' }
const TEXT = 'let value = 1\n'.repeat(500)

let root: string
const servers: TestServer[] = []

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'files-'))
  for (const name of ['docs', 'assets', 'plain']) mkdirSync(join(root, name))
  const files = {
    'index.html': 'shell',
    'about.html': 'about',
    '404.html': 'sorry',
    'docs/index.html': 'docs',
    'docs/guide.html': 'guide',
    'plain/a&b.txt': 'a and b',
    'favicon.ico': 'icon',
    'robots.txt': 'robots',
    'app.js': TEXT,
    'tiny.js': 'let a',
    'assets/main-4f2b.js': 'built',
    'naïve.txt': 'naive',
    'manifest.json': JSON.stringify({ 'src/main.ts': { file: 'assets/main-4f2b.js' } }),
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content)
  writeFileSync(join(root, 'large.bin'), Buffer.alloc(2_000_000, 'x'))
})

afterAll(() => rmSync(root, { recursive: true }))

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

function site(options: StaticFilesOptions = {}): Application {
  return new Application(staticFiles(root, options), { logger: false })
}

async function serve(options: StaticFilesOptions | Application = {}): Promise<TestServer> {
  const server = await testServer(options instanceof Application ? options : site(options))
  servers.push(server)
  return server
}

/** A request as browsers make it to load a page; `fetch()` would say that a script makes it. */
async function navigate(server: TestServer, path: string, fields: Readonly<Record<string, string>>) {
  const response = await new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: string }>(
    (resolve, reject) => {
      get(server.url + path, { headers: fields }, (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode, headers: incoming.headers, body: Buffer.concat(chunks).toString() }),
        )
      }).on('error', reject)
    },
  )
  return response
}

describe('rules', () => {
  test('the directory may be a URL, the prefix anything that begins and ends with a slash', async () => {
    const app = new Application(staticFiles(pathToFileURL(root), { prefix: '/a.b/c/' }), { logger: false })
    const server = await serve(app)
    expect(await (await server.fetch('/a.b/c/about.html')).text()).toBe('about')
    expect((await server.fetch('/aXb/c/about.html')).status).toBe(404)
  })

  test('favicon and robots are at the top of the site too, unless that is not wanted', async () => {
    const server = await serve()
    expect(await (await server.fetch('/favicon.ico')).text()).toBe('icon')
    expect(await (await server.fetch('/robots.txt')).text()).toBe('robots')
    const without = await serve({ shortcuts: [] })
    expect((await without.fetch('/favicon.ico')).status).toBe(404)
  })

  test('a whole site behind the rules of an application', async () => {
    class HelloHandler extends RequestHandler {
      override get(): void {
        this.write('hello')
      }
    }
    const app = new Application([['/hello', HelloHandler], ...staticFiles(root, { prefix: '/' })], {
      logger: false,
    })
    const server = await serve(app)
    expect(await (await server.fetch('/hello')).text()).toBe('hello')
    expect(await (await server.fetch('/')).text()).toBe('shell')
    expect(await (await server.fetch('/docs/guide.html')).text()).toBe('guide')
  })

  test.each([
    { pattern: /\/x\/(.*)/, why: 'a positional group' },
    { pattern: /\/x\/(?<path>.*)/, why: 'a named group' },
    { pattern: '/x/*path' as const, why: 'a wildcard' },
  ])('a rule with $why', async ({ pattern }) => {
    const rule = route(pattern, StaticFileHandler, { root })
    const server = await serve(new Application([rule], { logger: false }))
    expect(await (await server.fetch('/x/docs/guide.html')).text()).toBe('guide')
    expect((await server.fetch('/x/docs%2Fguide.html')).status).toBe(404)
  })

  test('options are checked when the rules are made', () => {
    expect(() => staticFiles(join(root, 'nothing'))).toThrow(OptionError)
    expect(() => staticFiles(root, { shortcuts: ['a/b'] })).toThrow(OptionError)
    expect(() => staticFiles(root, { maxage: 1 } as object)).toThrow(/maxage/)
  })
})

describe('answers worked out before', () => {
  const fieldsOf = (response: Response) => [...response.headers].filter(([name]) => name !== 'date')

  test.each([
    { name: 'as it is', headers: {}, status: 200 },
    { name: 'compressed', headers: { 'Accept-Encoding': 'gzip' }, status: 200 },
    { name: 'a part', headers: { Range: 'bytes=0-9' }, status: 206 },
    { name: 'several parts out of range', headers: { Range: 'bytes=90000-' }, status: 416 },
    { name: 'unchanged', headers: { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, status: 304 },
    { name: 'a failed condition', headers: { 'If-Match': '"other"' }, status: 412 },
  ])('$name: the same as the first one', async ({ headers, status }) => {
    const server = await serve({ checkInterval: 60_000, maxAge: 60, headers: [[/js$/, { 'X-Script': 'yes' }]] })
    const ask = (method: string) =>
      server.fetch('/static/app.js', { method, headers: { 'Accept-Encoding': 'identity', ...headers } })
    const answers: [Response, string][] = []
    for (let i = 0; i < 6; i += 1) {
      const response = await ask('GET')
      answers.push([response, await response.text()])
      await ask('HEAD')
      await (
        await server.fetch('/static/app.js', { headers: { 'Accept-Encoding': i % 2 ? 'gzip' : 'identity' } })
      ).text()
    }
    const [first, firstBody] = answers[0] as [Response, string]
    expect(first.status).toBe(status)
    for (const [response, body] of answers) {
      expect([response.status, fieldsOf(response), body]).toEqual([first.status, fieldsOf(first), firstBody])
    }
  })

  test('a part of what is sent compressed as a whole is one of the file as it is', async () => {
    const server = await serve({ checkInterval: 60_000 })
    const gzip = { 'Accept-Encoding': 'gzip' } // fetch() would add identity to a request for a part
    for (let i = 0; i < 4; i += 1) {
      const whole = await navigate(server, '/static/app.js', gzip)
      const part = await navigate(server, '/static/app.js', { ...gzip, Range: 'bytes=0-9' })
      expect([whole.headers['content-encoding'], part.status, part.body]).toEqual(['gzip', 206, TEXT.slice(0, 10)])
    }
  })

  test('a subclass that says something of its own says it each time', async () => {
    let asked = 0
    class CountingHandler extends StaticFileHandler {
      override setExtraHeaders(): void {
        asked += 1
        this.setHeader('X-Asked', asked)
      }
    }
    const server = await serve({ checkInterval: 60_000, handler: CountingHandler })
    const seen: (string | null)[] = []
    for (let i = 0; i < 4; i += 1) seen.push((await server.fetch('/static/app.js')).headers.get('x-asked'))
    expect(seen).toEqual(['1', '2', '3', '4'])
  })

  test('an encoded slash is refused also when the decoded path was served before', async () => {
    const server = await serve({ checkInterval: 60_000 })
    for (let i = 0; i < 3; i += 1) {
      expect((await server.fetch('/static/docs/guide.html')).status).toBe(200)
      expect((await server.fetch('/static/docs%2Fguide.html')).status).toBe(404)
    }
  })
})

describe('versioned URLs', () => {
  test('the right version is immutable, another one is not, none is asked each time', async () => {
    const app = site()
    const server = await serve(app)
    const url = app.staticUrl('docs/guide.html')
    expect(url).toMatch(/^\/static\/docs\/guide\.html\?v=[\w-]{22}$/)
    const cacheControl = async (path: string) => (await server.fetch(path)).headers.get('cache-control')
    expect(await cacheControl(url)).toBe('public, max-age=31536000, immutable')
    expect(await cacheControl(`${url}x`)).toBe('no-cache')
    expect(await cacheControl('/static/docs/guide.html?v=')).toBe('no-cache')
    expect(await cacheControl('/static/docs/guide.html')).toBe('no-cache')
  })

  test('two servers with the same files give the same URLs and tags', async () => {
    const [one, other] = [site(), site()]
    expect(one.staticUrl('app.js')).toBe(other.staticUrl('app.js'))
    const tags = await Promise.all(
      [one, other].map(async (app) => (await (await serve(app)).fetch('/static/app.js')).headers.get('etag')),
    )
    expect(tags[0]).toBe(tags[1])
  })

  test('an edited file has another version at once', () => {
    const app = site({ checkInterval: 0 })
    writeFileSync(join(root, 'edited.css'), 'a{}')
    const first = app.staticUrl('edited.css')
    writeFileSync(join(root, 'edited.css'), 'b{}')
    expect(app.staticUrl('edited.css')).not.toBe(first)
  })

  test('a large file is hashed in the background, then its URL has a version', async () => {
    const app = site({ checkInterval: 0 })
    const server = await serve(app)
    expect(app.staticUrl('large.bin')).toBe('/static/large.bin')
    await expect.poll(() => app.staticUrl('large.bin')).toMatch(/\?v=/)
    const response = await server.fetch(app.staticUrl('large.bin'))
    expect(response.headers.get('cache-control')).toContain('immutable')
    expect(response.headers.get('etag')).toMatch(/^"/)
  })

  test.each(['nothing.css', '../secret', '.env', 'docs', '/etc/passwd', 'a\0b'])(
    '%j: a URL without a version',
    (path) => {
      expect(site().staticUrl(path)).not.toContain('?v=')
    },
  )

  test('the version can be left out; names are escaped', () => {
    expect(site().staticUrl('docs/guide.html', { includeVersion: false })).toBe('/static/docs/guide.html')
    expect(site().staticUrl('plain/a&b.txt')).toMatch(/^\/static\/plain\/a%26b\.txt\?v=/)
  })

  test('a build manifest turns names of sources into built files, which never change', async () => {
    const app = site({ manifest: join(root, 'manifest.json') })
    const server = await serve(app)
    expect(app.staticUrl('src/main.ts')).toBe('/static/assets/main-4f2b.js')
    const response = await server.fetch('/static/assets/main-4f2b.js')
    expect(response.headers.get('cache-control')).toContain('immutable')
    const missing = await server.fetch('/static/assets/main-0000.js')
    expect([missing.status, missing.headers.get('cache-control')]).toEqual([404, 'no-store'])
  })
})

describe('compression on demand', () => {
  test('text is compressed for those who want it, with a tag of its own, the same each time', async () => {
    const server = await serve()
    const get = (encoding: string, headers = {}) =>
      server.fetch('/static/app.js', { headers: { 'Accept-Encoding': encoding, ...headers } })
    const [plain, gzip, br, again] = [await get('identity'), await get('gzip'), await get('br'), await get('br')]
    expect([plain, gzip, br].map((each) => each.headers.get('content-encoding'))).toEqual([null, 'gzip', 'br'])
    expect(new Set([plain, gzip, br].map((each) => each.headers.get('etag'))).size).toBe(3)
    expect(br.headers.get('etag')).toBe(again.headers.get('etag'))
    expect([plain, gzip, br].map((each) => each.headers.get('vary'))).toEqual(Array(3).fill('Accept-Encoding'))
    expect(gzip.headers.get('accept-ranges')).toBeNull()
    expect(await gzip.text()).toBe(TEXT)
    const tag = br.headers.get('etag') ?? ''
    expect((await get('br', { 'If-None-Match': tag })).status).toBe(304)
    expect((await get('gzip', { 'If-None-Match': tag })).status).toBe(200)
    const partial = await get('gzip', { Range: 'bytes=0-3' })
    expect([partial.status, partial.headers.get('content-encoding'), await partial.text()]).toEqual([206, null, 'let '])
    expect((await get('gzip', { Range: 'bytes=0-3', 'If-Range': tag })).status).toBe(200)
  })

  test('HEAD says what GET would', async () => {
    const server = await serve()
    const [head, get] = await Promise.all(['HEAD', 'GET'].map((method) => server.fetch('/static/app.js', { method })))
    const fields = (response: Response | undefined) =>
      [...(response?.headers ?? [])].filter(([name]) => !/^(?:date|connection|keep-alive)$/.test(name))
    expect(fields(head)).toEqual(fields(get))
  })

  test.each([
    { path: 'tiny.js', options: {}, why: 'too small to gain' },
    { path: 'large.bin', options: {}, why: 'not known to be text' },
    { path: 'app.js', options: { compress: false }, why: 'not wanted' },
  ])('$path is sent as it is: $why', async ({ path, options }) => {
    const response = await (await serve(options)).fetch(`/static/${path}`)
    expect(response.headers.get('content-encoding')).toBeNull()
  })

  test('a large text is compressed too, and opened no more than needed', async () => {
    writeFileSync(join(root, 'large.txt'), TEXT.repeat(20))
    const server = await serve({ maxCachedFileSize: TEXT.length })
    for (let i = 0; i < 3; i += 1) {
      const response = await server.fetch('/static/large.txt')
      expect(response.headers.get('content-encoding')).toMatch(/./)
      expect(await response.text()).toBe(TEXT.repeat(20))
    }
  })
})

describe('single-page applications', () => {
  const options = { prefix: '/', fallback: 'index.html', notFoundPage: '404.html' }

  test.each([
    { path: '/settings', fields: PAGE },
    { path: '/user/john.doe', fields: PAGE },
    { path: '/a/b/c', fields: { ...PAGE, 'Sec-Fetch-Mode': 'navigate' } },
    { path: '/old.html', fields: PAGE },
  ])('a navigation to $path gets the page, which is asked for each time', async ({ path, fields }) => {
    const { status, headers, body } = await navigate(await serve(options), path, fields)
    expect([status, body, headers['cache-control']]).toEqual([200, 'shell', 'no-cache'])
    expect(headers.vary).toContain('Sec-Fetch-Mode')
  })

  test.each([
    { path: '/assets/main-0000.js', fields: PAGE, why: 'a script of an earlier build' },
    { path: '/settings?v=abc', fields: PAGE, why: 'a versioned URL' },
    { path: '/settings', fields: { Accept: '*/*' }, why: 'no navigation' },
    { path: '/settings', fields: { ...PAGE, 'Sec-Fetch-Mode': 'cors' }, why: 'what a script asks for' },
    { path: '/%2fx', fields: PAGE, why: 'no path of a file' },
  ])('$path: 404 that is not stored, since it is $why', async ({ path, fields }) => {
    const { status, headers, body } = await navigate(await serve(options), path, fields)
    expect([status, headers['cache-control']]).toEqual([404, 'no-store'])
    expect(body).not.toBe('shell')
  })

  test('the 404 page goes to those who take HTML', async () => {
    const server = await serve({ notFoundPage: '404.html' })
    const page = await server.fetch('/static/nothing', { headers: PAGE })
    expect([page.status, await page.text(), page.headers.get('content-type')]).toEqual([
      404,
      'sorry',
      'text/html; charset=utf-8',
    ])
    const other = await server.fetch('/static/nothing', { headers: { Accept: 'application/json' } })
    expect([other.status, other.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  })

  test('a 404 page that is not there is no reason for another error', async () => {
    const server = await serve({ notFoundPage: 'missing.html' })
    expect((await server.fetch('/static/nothing', { headers: PAGE })).status).toBe(404)
  })
})

describe('clean URLs', () => {
  test.each([
    { path: '/static/about', status: 200, body: 'about', location: null },
    { path: '/static/docs/guide?x=1', status: 200, body: 'guide', location: null },
    { path: '/static/about.html?x=1', status: 301, body: '', location: '/static/about?x=1' },
    { path: '/static/docs/index.html', status: 301, body: '', location: '/static/docs/' },
    { path: '/static/index.html', status: 301, body: '', location: '/static/' },
    { path: '/static/docs', status: 301, body: '', location: '/static/docs/' },
    { path: '/static/nothing', status: 404, body: '404: Not Found', location: null },
    { path: '/static/about/', status: 404, body: '404: Not Found', location: null },
  ])('$path: $status', async ({ path, status, body, location }) => {
    const server = await serve({ cleanUrls: true })
    for (let i = 0; i < 2; i += 1) {
      const response = await server.fetch(path) // the second time from memory
      expect([response.status, response.headers.get('location')]).toEqual([status, location])
      expect(await response.text()).toContain(body)
    }
  })
})

describe('what else an answer says', () => {
  test('a listing where there is no index', async () => {
    const server = await serve({ listing: true })
    const page = await server.fetch('/static/plain/')
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await page.text()).toContain('<a href="./a%26b.txt">a&amp;b.txt</a>')
    expect((await server.fetch('/static/plain')).headers.get('location')).toBe('/static/plain/')
    expect(await (await server.fetch('/static/docs/')).text()).toBe('docs')
    expect((await server.fetch('/static/nothing/')).status).toBe(404)
  })

  test('directories lead nowhere without index and listing', async () => {
    const server = await serve({ index: false })
    expect((await server.fetch('/static/docs/')).status).toBe(404)
    expect((await server.fetch('/static/docs')).status).toBe(404)
  })

  test('download: a name for saving, RFC 8187', async () => {
    const server = await serve({ download: /\.txt$/ })
    const disposition = async (path: string) => (await server.fetch(path)).headers.get('content-disposition')
    expect(await disposition('/static/na%C3%AFve.txt')).toBe(
      `attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt`,
    )
    expect(await disposition('/static/app.js')).toBeNull()
  })

  test('fields and Cache-Control by path, maxAge for the rest', async () => {
    const server = await serve({
      maxAge: 60,
      cacheControl: [
        [/^docs\//, 'private'],
        [/\.html$/g, 'no-store'],
      ],
      headers: [
        [/\.js$/, { 'Access-Control-Allow-Origin': '*' }],
        [/^app/, { 'X-Two': 'yes' }],
      ],
    })
    const fields = async (path: string, ...names: string[]) => {
      const { headers } = await server.fetch(`/static/${path}`)
      return names.map((name) => headers.get(name))
    }
    expect(await fields('docs/guide.html', 'cache-control')).toEqual(['private'])
    expect(await fields('about.html', 'cache-control')).toEqual(['no-store'])
    expect(await fields('about.html', 'cache-control')).toEqual(['no-store'])
    expect(await fields('app.js', 'cache-control', 'access-control-allow-origin', 'x-two')).toEqual([
      'public, max-age=60',
      '*',
      'yes',
    ])
  })

  test('files change their validators when they are edited, also from memory', async () => {
    const server = await serve()
    const path = join(root, 'notes.txt')
    const get = async () => {
      const response = await server.fetch('/static/notes.txt')
      return [await response.text(), response.headers.get('etag')]
    }
    writeFileSync(path, 'one')
    const [, first] = await get()
    await expect.poll(async () => (await get())[0]).toBe('one')
    writeFileSync(path, 'two')
    await expect.poll(async () => (await get())[0], { timeout: 1000 }).toBe('two')
    expect((await get())[1]).not.toBe(first)
  })
})
