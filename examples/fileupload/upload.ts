/** Sends files to the server: all in one form, or with `--put` one after the other as they are. */
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { AsyncHTTPClient, HTTPClientError } from '@typhoon/client'

const USAGE = 'usage: upload.ts [--put] [--url URL] FILE…'

function readArguments(): { isPut: boolean; url: string; paths: string[] } {
  const url = { type: 'string', default: 'http://localhost:8888' } as const
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { put: { type: 'boolean' }, url } })
  if (positionals.length === 0) throw new Error('no file is named')
  if (!URL.canParse(values.url)) throw new Error(`not a URL: ${values.url}`)
  return { isPut: values.put === true, url: values.url, paths: positionals }
}

async function postAll(client: AsyncHTTPClient, site: string, paths: readonly string[]): Promise<void> {
  const multipart = paths.map((path) => ['files', { path }] as const)
  const response = await client.fetch(site, { method: 'POST', multipart })
  console.log(response.code, response.text())
}

async function put(client: AsyncHTTPClient, site: string, path: string): Promise<void> {
  const { size } = await stat(path)
  const url = new URL(`files/${encodeURIComponent(basename(path))}`, `${site}/`)
  const response = await client.fetch(url, {
    method: 'PUT',
    body: { path },
    expect100Continue: size > 1024 * 1024, // a refusal then costs nothing
  })
  console.log(response.code, response.text())
}

async function uploadAll(): Promise<void> {
  const { isPut, url, paths } = readArguments()
  for (const path of paths) if (!(await stat(path)).isFile()) throw new Error(`not a file: ${path}`)
  await using client = new AsyncHTTPClient({ requestTimeout: 0 }) // an upload takes its time; silence still ends it
  if (isPut) for (const path of paths) await put(client, url, path)
  else await postAll(client, url, paths)
}

try {
  await uploadAll()
} catch (error) {
  const answer = error instanceof HTTPClientError ? (error.response?.text() ?? '') : USAGE
  console.error(`${(error as Error).message}\n${answer}`.trimEnd())
  process.exitCode = error instanceof HTTPClientError ? 1 : 2
}
