/** Sends files to the server: all in one form, or with `--put` one after the other as they are. */
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { AsyncHTTPClient, HTTPClientError } from '@typhoon/client'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { put: { type: 'boolean', default: false }, url: { type: 'string', default: 'http://localhost:8888' } },
})

async function postAll(client: AsyncHTTPClient, paths: readonly string[]): Promise<void> {
  const multipart = paths.map((path) => ['files', { path }] as const)
  const response = await client.fetch(values.url, { method: 'POST', multipart })
  console.log(response.code, response.text())
}

async function put(client: AsyncHTTPClient, path: string): Promise<void> {
  const { size } = await stat(path)
  const url = new URL(`files/${encodeURIComponent(basename(path))}`, `${values.url}/`)
  const response = await client.fetch(url, {
    method: 'PUT',
    body: { path },
    expect100Continue: size > 1024 * 1024, // a refusal then costs nothing
  })
  console.log(response.code, response.text())
}

if (positionals.length === 0) {
  console.error('usage: upload.ts [--put] [--url URL] FILE…')
  process.exit(2)
}
await using client = new AsyncHTTPClient({ requestTimeout: 0 }) // an upload takes its time; silence still ends it
try {
  if (values.put) for (const path of positionals) await put(client, path)
  else await postAll(client, positionals)
} catch (error) {
  if (!(error instanceof HTTPClientError)) throw error
  console.error(error.message, error.response?.text() ?? '')
  process.exitCode = 1
}
