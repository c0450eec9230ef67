/** A tour of the client: each function is one thing that it can do. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AsyncHTTPClient, CookieJar, HTTPClientError, HTTPTimeoutError } from '@typhoon/client'
import { startProxy, startSite } from './local-site.ts'

const site = await startSite()
const client = new AsyncHTTPClient()
const directory = await mkdtemp(join(tmpdir(), 'fetch-example-'))

async function query(): Promise<void> {
  const response = await client.fetch(`${site.url}/search`, { query: { q: ['wind', 'rain'] } })
  console.log('query:', response.effectiveUrl.replace(site.url, ''), response.json())
}

async function form(): Promise<void> {
  const response = await client.fetch(`${site.url}/orders`, {
    method: 'POST',
    form: { name: 'Ann', dish: ['soup', 'tea'] },
  })
  console.log('form:', response.text())
}

async function upload(): Promise<void> {
  const multipart = {
    note: 'this very program',
    file: { path: fileURLToPath(import.meta.url), contentType: 'text/x-typescript' },
  }
  const response = await client.fetch(`${site.url}/uploads`, { method: 'POST', multipart })
  console.log('upload:', response.json())
}

async function download(): Promise<void> {
  const path = join(directory, 'file.txt')
  let shown = -1
  await client.download(`${site.url}/file.txt`, path, {
    resume: true,
    onProgress({ received, total = received }) {
      const quarter = Math.floor((4 * received) / total)
      if (quarter > shown) console.log(`download: ${25 * quarter} %`)
      shown = quarter
    },
  })
  console.log('download:', (await readFile(path)).length, 'bytes in', 'file.txt')
}

async function stream(): Promise<void> {
  let lines = 0
  await using response = await client.fetch(`${site.url}/file.txt`, { stream: true })
  for await (const chunk of response) lines += chunk.toString().split('\n').length - 1
  console.log('stream:', lines, 'lines, of which no more than a few were in memory')
}

async function cookies(): Promise<void> {
  const path = join(directory, 'cookies.json')
  const first = new CookieJar()
  await client.fetch(`${site.url}/visits`, { cookies: first })
  await first.save(path)
  const later = await CookieJar.load(path)
  console.log('cookies:', (await client.fetch(`${site.url}/visits`, { cookies: later })).text())
}

async function auth(): Promise<void> {
  try {
    await client.fetch(`${site.url}/private`)
  } catch (error) {
    if (!(error instanceof HTTPClientError)) throw error
    console.log('auth: without a name', error.code, error.response?.headers.get('www-authenticate'))
  }
  const response = await client.fetch(`${site.url}/private`, { auth: { username: 'ann', password: 'secret' } })
  console.log('auth: with a name', response.code, response.text())
}

async function proxy(): Promise<void> {
  await using through = await startProxy('ann:secret')
  const response = await client.fetch(`${site.url}/search`, { query: { q: 'way' }, proxy: through.url })
  console.log('proxy:', response.code, 'via', response.headers.get('via'))
}

async function timeOut(): Promise<void> {
  try {
    await client.fetch(`${site.url}/slow`, { headersTimeout: 100 })
  } catch (error) {
    if (!(error instanceof HTTPTimeoutError)) throw error
    console.log('time-out: gave up after', error.timeout, 'ms, waiting for the', error.phase)
  }
}

try {
  for (const step of [query, form, upload, download, stream, cookies, auth, proxy, timeOut]) await step()
} finally {
  await client.close()
  await site.close()
  await rm(directory, { recursive: true })
}
