/** The examples of the client, run as their readers run them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parsePage } from '../../examples/webspider/links.ts'
import { type ExampleProcess, startExample } from '../example-process.ts'
import { httpServer } from './servers.ts'

async function run(example: string, file: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=typhoon-source', file, ...args], {
    cwd: fileURLToPath(new URL(`../../examples/${example}/`, import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  await once(child, 'close')
  return { code: child.exitCode, output }
}

test('fetch: every step says what it came to', async () => {
  const { code, output } = await run('fetch', 'main.ts')
  for (const line of [
    'query: /search?q=wind&q=rain',
    'form: Ann orders soup and tea',
    "filename: 'main.ts'",
    'download: 100 %',
    'download: 264000 bytes in file.txt',
    'stream: 4000 lines',
    'cookies: visit 2',
    'auth: without a name 401',
    'auth: with a name 200 come in',
    'proxy: 200 via 1.1 example',
    'time-out: gave up after 100 ms, waiting for the headers',
  ]) {
    expect(output).toContain(line)
  }
  expect(code).toBe(0)
})

describe('fileupload', () => {
  let directory: string
  let server: ExampleProcess
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'upload-test-'))
    server = await startExample('fileupload', { UPLOADS: join(directory, 'stored'), HOST: '127.0.0.1' })
  })
  afterAll(async () => {
    await server.stop()
    await rm(directory, { recursive: true })
  })

  test.each([
    { mode: [], size: 10, why: 'small, in a form' },
    { mode: [], size: 3_000_000, why: 'large, in a form' },
    { mode: ['--put'], size: 10, why: 'small, as it is' },
    { mode: ['--put'], size: 3_000_000, why: 'large, asked for before it is sent' },
  ])('$why: the file arrives', async ({ mode, size }) => {
    const name = `a file${mode.join('')} ${size}.bin`
    const content = Buffer.alloc(size, 'abcdefg')
    await writeFile(join(directory, name), content)
    const { code, output } = await run('fileupload', 'upload.ts', ...mode, '--url', server.url, join(directory, name))
    expect(output).toContain(`201 {"stored":[{"filename":"${name}","size":${size}}]}`)
    expect(code).toBe(0)
    expect((await readFile(join(directory, 'stored', name))).equals(content)).toBe(true)
  })

  test.each(['..%2Fescape', '.hidden', '%00', 'a%0Ab'])('a name %s: refused', async (name) => {
    const before = await readdir(join(directory, 'stored'))
    const response = await fetch(`${server.url}/files/${name}`, { method: 'PUT', body: 'x' })
    expect(response.status).toBe(400)
    expect(await readdir(join(directory, 'stored'))).toEqual(before)
    expect(await readdir(directory)).not.toContain('escape')
  })

  test('the form is a form', async () => {
    expect(await (await fetch(server.url)).text()).toContain('multipart/form-data')
  })
})

describe('webspider', () => {
  test('its own site: every page once, the broken link, the foreign one', async () => {
    const { code, output } = await run('webspider', 'main.ts', '--delay', '1')
    expect(output).toMatch(/33 pages, 1 broken links, 1 links to other sites/)
    expect(output).toMatch(/broken: HTTP 404 Not Found \(GET \S+\/missing\), named by/)
    for (let n = 1; n <= 30; n++) expect(output.match(new RegExp(`/page/${n}  Page ${n}$`, 'gm'))).toHaveLength(1)
    expect(code).toBe(0)
  })

  test('another site, no more pages and no faster than it is told', async () => {
    const times: number[] = []
    await using server = await httpServer(({ url = '/' }, response) => {
      times.push(performance.now())
      response
        .setHeader('Content-Type', 'text/html')
        .end(`<title>x</title><a href="${url}1">1</a><a href="${url}2">2</a>`)
    })
    const { output } = await run('webspider', 'main.ts', `${server.url}/`, '--delay', '50', '--max-pages', '5')
    expect(output).toContain('5 pages, 0 broken links')
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(4 * 50 - 40) // timers may be a little early
  })

  test.each([
    { html: '<a href=b>', links: ['http://a.example/dir/b'], why: 'relative, without quotes' },
    { html: '<base href="/other/"><a href="b">', links: ['http://a.example/other/b'], why: 'a base' },
    { html: '<A HREF="/b#x"><a href="/b#y">', links: ['http://a.example/b'], why: 'fragments of one page' },
    { html: '<a href="/b?x=1&amp;y=2">', links: ['http://a.example/b?x=1&y=2'], why: 'an entity' },
    { html: '<!-- <a href="/b"> --><script>"<a href=/c>"</script>', links: [], why: 'a comment, a script' },
    { html: '<a href="mailto:a@b"><a href="javascript:x"><a href="http://["><a>', links: [], why: 'nothing to fetch' },
  ])('$html: $links, $why', ({ html, links }) => {
    expect(parsePage(html, 'http://a.example/dir/page').links.map((link) => link.href)).toEqual(links)
  })
})
