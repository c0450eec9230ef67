/** What the receiver of files refuses, and what it has kept afterwards. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ExampleProcess, startExample } from '../example-process.ts'

describe('fileupload', () => {
  let UPLOADS: string
  let server: ExampleProcess
  beforeAll(async () => {
    UPLOADS = await mkdtemp(join(tmpdir(), 'uploads-test-'))
    server = await startExample('fileupload', { UPLOADS, HOST: '127.0.0.1' })
  })
  afterAll(async () => {
    await server.stop()
    await rm(UPLOADS, { recursive: true })
  })

  function post(...files: readonly { name: string; content: string }[]): Promise<Response> {
    const body = new FormData()
    body.set('note', 'no file')
    for (const { name, content } of files) body.append('files', new Blob([content]), name)
    return fetch(server.url, { method: 'POST', body })
  }

  function put(name: string, content: string): Promise<Response> {
    return fetch(`${server.url}/files/${name}`, { method: 'PUT', body: content })
  }

  const kept = (name: string) => readFile(join(UPLOADS, name), 'utf8')

  test('the same form sent again: 409, and the first file stays', async () => {
    expect((await post({ name: 'again.txt', content: 'first' })).status).toBe(201)
    expect((await post({ name: 'again.txt', content: 'second' })).status).toBe(409)
    expect(await kept('again.txt')).toBe('first')
  })

  test('two files of one name: 400, and none of them is kept', async () => {
    const [one, other] = [
      { name: 'twin.txt', content: 'one' },
      { name: 'twin.txt', content: 'other' },
    ]
    expect((await post(one, other)).status).toBe(400)
    expect(await readdir(UPLOADS)).not.toContain('twin.txt')
  })

  test('a form without a file: 400', async () => {
    expect((await post()).status).toBe(400)
  })

  test('a PUT to a name that is taken: replaces the file, as PUT does', async () => {
    expect((await put('put.txt', 'first')).status).toBe(201)
    expect((await put('put.txt', 'second')).status).toBe(201)
    expect(await kept('put.txt')).toBe('second')
  })

  test.skipIf(process.platform === 'win32')('either way: for the owner of the server only', async () => {
    await post({ name: 'form-mode.txt', content: 'x' })
    await put('put-mode.txt', 'x')
    for (const name of ['form-mode.txt', 'put-mode.txt']) {
      expect((await stat(join(UPLOADS, name))).mode & 0o777).toBe(0o600)
    }
  })
})
