/** The site is the same one, whether it comes from a folder or out of an archive. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { packFolder, ZipArchive } from '../../examples/staticsite/zip-archive.ts'
import { type ExampleProcess, startExample } from '../example-process.ts'

describe.each(['folder', 'zip'])('staticsite, from a %s', (SITE) => {
  let site: ExampleProcess
  beforeAll(async () => {
    site = await startExample('staticsite', { SITE })
  })
  afterAll(() => site.stop())

  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(site.url + path, { redirect: 'manual', headers })

  test.each([
    { path: '/', title: 'Harbour notes', why: 'the index file at the top' },
    { path: '/notes/', title: 'Notes · Harbour notes', why: 'that of a directory' },
    { path: '/about', title: 'About · Harbour notes', why: 'a clean URL' },
    { path: '/notes/tides', title: 'Reading a tide table · Harbour notes', why: 'one in a directory' },
  ])('$path: $why', async ({ path, title }) => {
    const response = await ask(path)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(await response.text()).toContain(`<title>${title}</title>`)
  })

  test.each([
    { path: '/about.html?from=mail', location: '/about?from=mail', why: 'the longer form, with its query' },
    { path: '/notes', location: '/notes/', why: 'a directory' },
    { path: '/notes/index.html', location: '/notes/', why: 'an index file' },
  ])('$path: to $location, $why', async ({ path, location }) => {
    const response = await ask(path)
    expect([response.status, response.headers.get('location')]).toEqual([301, location])
  })

  test('an asset: its URL has a version, so it may be kept for a year; it has ranges and conditions', async () => {
    const page = await (await ask('/')).text()
    const path = /href="(\/assets\/site\.css\?v=[\w-]{22})"/.exec(page)?.[1] ?? ''
    const response = await ask(path)
    const etag = response.headers.get('etag') ?? ''
    expect(response.headers.get('cache-control')).toContain('immutable')
    expect((await ask(path, { 'If-None-Match': etag })).status).toBe(304)
    const part = await ask(path, { Range: 'bytes=0-4', 'Accept-Encoding': 'identity' })
    expect([part.status, await part.text()]).toEqual([206, ':root'])
    expect((await ask('/assets/site.css?v=another')).headers.get('cache-control')).toBe('no-cache')
  })

  test('what is not there: a page of the site for readers, a line for programs', async () => {
    const response = await ask('/nowhere', { Accept: 'text/html' })
    expect([response.status, response.headers.get('cache-control')]).toEqual([404, 'no-store'])
    expect(await response.text()).toContain('Nothing here')
    expect(await (await ask('/nowhere', { Accept: 'text/css' })).text()).not.toContain('Nothing here')
    expect((await ask('/%2e%2e/package.json')).status).toBeGreaterThanOrEqual(403)
  })
})

test('from a zip, a page in an unusual spelling: to the usual one, and not to itself for ever', async () => {
  await using site = await startExample('staticsite', { SITE: 'zip' })
  expect((await fetch(`${site.url}/notes/ti%64es%2Ehtml`)).url).toBe(`${site.url}/notes/tides`)
})

test('from a folder, text has a compressed sibling: parts of it are sent; the program ends with 0 on SIGTERM', async () => {
  await using site = await startExample('staticsite')
  const part = await get(new URL('/assets/site.css', site.url), { 'Accept-Encoding': 'br', Range: 'bytes=0-9' })
  expect([part.statusCode, part.headers['content-encoding'], part.headers['content-length']]).toEqual([206, 'br', '10'])
  expect(await site.stop()).toBe(0)
})

test('an archive with more in it than may be unpacked: refused', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'archive-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'large.zip')
  await writeFile(join(directory, 'zeros'), Buffer.alloc(65 * 1024 * 1024))
  await packFolder(directory, file)
  await expect(ZipArchive.open(file)).rejects.toThrow(RangeError)
})

/** As it is on the wire: `fetch()` would decode the part. */
function get(url: URL, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => resolve(response.resume()))
      .on('error', reject)
      .end()
  })
}
