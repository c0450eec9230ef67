/** Tornado's points for overriding: content from elsewhere, other versions, further fields. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, HTTPError, type Rule, type StaticURLOptions } from '@typhoon/core'
import { type TestServer, testServer } from '@typhoon/core/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { StaticFileHandler } from './static-file-handler.ts'
import { staticFiles } from './static-files.ts'
import type { StaticOptions } from './static-options.ts'

interface Row {
  readonly content: Buffer
  readonly changed: Date
  readonly version: string
}

type Table = ReadonlyMap<string, Row>

/** Serves the rows of a table, as one would those of a database. */
class TableHandler extends StaticFileHandler {
  #table: Table = new Map()
  #row: Row | undefined

  override initialize({ table }: StaticOptions & { table: Table }): void {
    this.#table = table
  }

  override async validateAbsolutePath(_root: string, absolutePath: string): Promise<string> {
    this.#row = await Promise.resolve(this.#table.get(absolutePath))
    if (this.#row === undefined) throw new HTTPError(404, `no row ${absolutePath}`)
    return absolutePath
  }

  override getContentSize(): number {
    return this.#row?.content.length ?? 0
  }

  override getModifiedTime(): Date | undefined {
    return this.#row?.changed
  }

  override getContentVersion(): string | undefined {
    return this.#row?.version
  }

  override *getContent(_path: string, start: number, end: number): Generator<Uint8Array> {
    const content = this.#row?.content.subarray(start, end) ?? Buffer.alloc(0)
    for (let at = 0; at < content.length; at += 4) yield content.subarray(at, at + 4)
  }

  static override makeStaticUrl(
    _options: StaticOptions,
    path: string,
    { includeVersion = true }: StaticURLOptions = {},
  ): string {
    return `/table/${path}${includeVersion ? '?v=7' : ''}`
  }
}

let root: string
const servers: TestServer[] = []

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'handler-'))
  writeFileSync(join(root, 'file.txt'), 'content of the file')
  writeFileSync(join(root, 'script.js'), 'let a = 1\n'.repeat(500))
  writeFileSync(join(root, 'large.bin'), Buffer.alloc(300_000, 'x'))
})

afterAll(() => rmSync(root, { recursive: true }))

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function serve(...rules: Rule[]): Promise<TestServer> {
  const server = await testServer(new Application(rules, { logger: false }))
  servers.push(server)
  return server
}

describe('content from elsewhere', () => {
  const row: Row = { content: Buffer.from('0123456789'), changed: new Date('2024-01-02T03:04:05Z'), version: '7' }
  const rule: Rule = [/\/table\/(.*)/, TableHandler, { table: new Map([['page.html', row]]) }]

  test('it has validators, a type and a length', async () => {
    const response = await (await serve(rule)).fetch('/table/page.html')
    const fields = [
      'etag',
      'last-modified',
      'content-type',
      'content-length',
      'accept-ranges',
      'cache-control',
      'content-encoding',
    ]
    expect(fields.map((name) => response.headers.get(name))).toEqual([
      '"7"',
      'Tue, 02 Jan 2024 03:04:05 GMT',
      'text/html; charset=utf-8',
      '10',
      'bytes',
      'no-cache',
      null,
    ])
    expect(await response.text()).toBe('0123456789')
  })

  test.each([
    { headers: { Range: 'bytes=3-7' }, status: 206, body: '34567' },
    { headers: { Range: 'bytes=10-' }, status: 416, body: '416' },
    { headers: { 'If-None-Match': '"7"' }, status: 304, body: '' },
    { headers: { 'If-Match': '"8"' }, status: 412, body: '412' },
    { headers: { Range: 'bytes=0-1', 'If-Range': '"7"' }, status: 206, body: '01' },
  ])('$headers: $status', async ({ headers, status, body }) => {
    const response = await (await serve(rule)).fetch('/table/page.html', { headers })
    expect(response.status).toBe(status)
    expect(await response.text()).toContain(body)
  })

  test('several parts, HEAD, nothing there, its own URLs', async () => {
    const server = await serve(rule)
    const parts = await (await server.fetch('/table/page.html', { headers: { Range: 'bytes=0-0,5-6' } })).text()
    expect(parts).toMatch(/bytes 0-0\/10\r\n\r\n0\r\n[\s\S]*bytes 5-6\/10\r\n\r\n56\r\n/)
    const head = await server.fetch('/table/page.html', { method: 'HEAD' })
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['10', ''])
    expect((await server.fetch('/table/nothing')).status).toBe(404)
    const app = new Application([rule], { logger: false })
    expect(app.staticUrl('page.html')).toBe('/table/page.html?v=7')
    expect((await server.fetch('/table/page.html?v=7')).headers.get('cache-control')).toContain('immutable')
  })
})

test('a rule without a root, and a class that does not say where the content is: 500', async () => {
  const server = await serve([/\/x\/(.*)/, StaticFileHandler, {}])
  expect((await server.fetch('/x/file.txt')).status).toBe(500)
})

test('getContent may change the content of a file, with a size and version of its own', async () => {
  class UpperCaseHandler extends StaticFileHandler {
    override async *getContent(path: string, start: number, end: number): AsyncGenerator<Uint8Array> {
      for await (const chunk of super.getContent(path, start, end) as AsyncIterable<Uint8Array>) {
        yield Buffer.from(Buffer.from(chunk).toString().toUpperCase())
      }
    }

    override getContentVersion(): string {
      return 'upper'
    }
  }
  const server = await serve(...staticFiles(root, { handler: UpperCaseHandler, maxCachedFileSize: 1000 }))
  const response = await server.fetch('/static/file.txt', { headers: { Range: 'bytes=0-6' } })
  expect([response.headers.get('etag'), await response.text()]).toEqual(['"upper"', 'CONTENT'])
  expect(await (await server.fetch('/static/large.bin')).text()).toBe('X'.repeat(300_000))
})

test('getContentVersion makes the tags and the version of URLs', async () => {
  class BuildHandler extends StaticFileHandler {
    override async getContentVersion(): Promise<string> {
      return await Promise.resolve('build-9')
    }

    static override getVersion(): string {
      return 'build-9'
    }
  }
  const rules = staticFiles(root, { handler: BuildHandler })
  const server = await serve(...rules)
  const url = new Application(rules, { logger: false }).staticUrl('script.js')
  expect(url).toBe('/static/script.js?v=build-9')
  const [plain, gzip] = await Promise.all(
    ['identity', 'gzip'].map((encoding) => server.fetch(url, { headers: { 'Accept-Encoding': encoding } })),
  )
  expect([plain?.headers.get('etag'), gzip?.headers.get('etag')]).toEqual(['"build-9"', '"build-9-gzip"'])
  expect(plain?.headers.get('cache-control')).toContain('immutable')
})

test('parseUrlPath, getAbsolutePath and validateAbsolutePath are asked in turn, and the root holds whatever they say', async () => {
  class LanguageHandler extends StaticFileHandler {
    override parseUrlPath(path: string): string {
      return super.parseUrlPath(path.replace(/^en-/, ''))
    }

    override getAbsolutePath(base: string, path: string): string {
      return path === 'elsewhere' ? '/etc/passwd' : super.getAbsolutePath(base, path)
    }
  }
  const server = await serve(...staticFiles(root, { handler: LanguageHandler }))
  expect(await (await server.fetch('/static/en-file.txt')).text()).toBe('content of the file')
  expect((await server.fetch('/static/elsewhere')).status).toBe(403)
})

test('setExtraHeaders, getCacheTime and getContentType', async () => {
  class ExtraHandler extends StaticFileHandler {
    override setExtraHeaders(path: string): void {
      this.setHeader('X-Path', path)
    }

    override getCacheTime(path: string, modified: Date | undefined, contentType: string): number {
      return path === 'file.txt' && modified instanceof Date && contentType === 'text/x-own' ? 5 : 0
    }

    override getContentType(): string {
      return 'text/x-own'
    }
  }
  const server = await serve(...staticFiles(root, { handler: ExtraHandler }))
  const { headers } = await server.fetch('/static/file.txt')
  expect(['x-path', 'cache-control', 'content-type'].map((name) => headers.get(name))).toEqual([
    'file.txt',
    'public, max-age=5',
    'text/x-own',
  ])
})

test('getContentType() before any file was served: it is known', async () => {
  class Typed extends StaticFileHandler {
    override get(): void {
      this.absolutePath = '/x/y.svg'
      this.setHeader('Content-Type', this.getContentType())
    }
  }
  const server = await testServer(new Application([['/', Typed, {}]], { logger: false }))
  expect((await server.fetch('/')).headers.get('content-type')).toBe('image/svg+xml')
  await server.close()
})
