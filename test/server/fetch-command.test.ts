import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { digestListener } from '../client/digest-server.ts'
import { answering, forwardProxy, httpServer, type RunningServer } from '../client/servers.ts'
import { socksServer } from '../client/socks-server.ts'
import { certificate, hasOpenSSL } from './certificate.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COMMAND = ['--import', 'tsx', '--conditions=typhoon-source', 'packages/typhoon/src/bin.ts', 'fetch']
const BINARY = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 0xff])
const canMakeTerminals = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0

let folder: string
let server: RunningServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'typhoon-fetch-'))
  server = await httpServer((request, response) => void answer(request, response))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** What the server does under each path; under all others it tells what it was sent. */
const PATHS: Readonly<Record<string, RequestListener>> = {
  '/binary': (_, response) => response.end(BINARY),
  '/gzip': (_, response) => response.setHeader('Content-Encoding', 'gzip').end(gzipSync('unpacked')),
  '/missing': (_, response) => response.writeHead(404).end('no such page'),
  '/redirect': (_, response) => response.writeHead(302, { Location: '/text' }).end('elsewhere'),
  '/loop': (_, response) => response.writeHead(302, { Location: '/loop' }).end(),
  '/text': (_, response) => response.setHeader('X-Place', 'here').end('some text'),
  '/silence': () => {},
  '/login': (_, response) => response.setHeader('Set-Cookie', 'session=7; Max-Age=60').end('in'),
  '/endless': (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write('line\n'.repeat(1000)));
    }
    response.on('drain', more)
    more()
  },
}

async function answer(request: IncomingMessage, response: Parameters<RequestListener>[1]): Promise<void> {
  const listener = PATHS[request.url ?? '']
  if (listener !== undefined) return listener(request, response)
  const { method, headers } = request
  response.end(JSON.stringify({ method, headers, body: await text(request) }))
}

function start(...args: readonly string[]) {
  return spawn(process.execPath, [...COMMAND, ...args], { cwd: ROOT })
}

async function run(args: readonly string[], input = '') {
  const child = start(...args)
  child.stdin.on('error', () => {}) // it may end without reading it
  child.stdin.end(input)
  const [out, err, [code]] = await Promise.all([buffer(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: code as number, out, err }
}

/** What the server has got. */
async function sent(args: readonly string[], input?: string) {
  const { code, out, err } = await run(args, input)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out.toString()) as { method: string; headers: Record<string, string>; body: string }
}

describe('what is sent', () => {
  test('fields, cookies, authentication and agent', async () => {
    const args = ['-H', 'X-One: 1', '-H', 'X-Two:2', '-b', 'a=1', '-u', 'ann:pw', '-A', 'spider/1', '-X', 'DELETE']
    const { method, headers } = await sent([`${server.url}/`, ...args])
    expect(method).toBe('DELETE')
    expect(headers).toMatchObject({ 'x-one': '1', 'x-two': '2', cookie: 'a=1', 'user-agent': 'spider/1' })
    expect(headers['authorization']).toBe(`Basic ${btoa('ann:pw')}`)
  })

  test('--data @-: standard input, as a form', async () => {
    const { method, headers, body } = await sent([`${server.url}/`, '--data', '@-'], 'a=1')
    expect({ method, type: headers['content-type'], body }).toEqual({
      method: 'POST',
      type: 'application/x-www-form-urlencoded',
      body: 'a=1',
    })
  })

  test('--json and --bearer', async () => {
    const { headers, body } = await sent([`${server.url}/`, '--json', '{"a": 1}', '--bearer', 'token'])
    expect(headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer token' })
    expect(body).toBe('{"a": 1}')
  })

  test('--form: fields and a file with its type', async () => {
    const file = join(folder, 'note.txt')
    await writeFile(file, 'a note')
    const { headers, body } = await sent([`${server.url}/`, '-F', 'title=first', '-F', `note=@${file};type=text/plain`])
    expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(body).toContain('name="title"\r\n\r\nfirst\r\n')
    expect(body).toContain('name="note"; filename="note.txt"\r\nContent-Type: text/plain\r\n\r\na note\r\n')
  })

  test('--upload: PUT with the length of the file', async () => {
    const file = join(folder, 'upload.txt')
    await writeFile(file, 'uploaded')
    const { method, headers, body } = await sent([`${server.url}/`, '-T', file])
    expect({ method, length: headers['content-length'], body }).toEqual({
      method: 'PUT',
      length: '8',
      body: 'uploaded',
    })
  })

  test('--proxy', async () => {
    await using proxy = await forwardProxy()
    const { code, out } = await run([`${server.url}/text`, '-x', proxy.url])
    expect({ code, out: out.toString(), asked: proxy.asked.length }).toEqual({ code: 0, out: 'some text', asked: 1 })
  })

  test('--proxy with SOCKS', async () => {
    await using proxy = await socksServer({ credentials: 'ann:pw' })
    const { code, out } = await run([`${server.url}/text`, '-x', `socks5h://ann:pw@127.0.0.1:${proxy.port}`])
    expect({ code, out: out.toString(), asked: proxy.asked.length }).toEqual({ code: 0, out: 'some text', asked: 1 })
  })

  test('--digest: the password is not sent', async () => {
    const { listener, seen } = digestListener()
    await using guarded = await httpServer(listener)
    const [right, wrong] = await Promise.all([
      run([guarded.url, '-u', 'ann:se"cret', '--digest', '--fail']),
      run([guarded.url, '-u', 'ann:guess', '--digest', '--fail']),
    ])
    expect({ ...right, out: right.out.toString() }).toEqual({ code: 0, out: 'granted', err: '' })
    expect(wrong.code).toBe(1)
    expect(wrong.err).toMatch(/HTTP 401/)
    expect(JSON.stringify(seen)).not.toMatch(/cret|guess/)
  })

  test('--cookies: kept in a file from one call to the next', async () => {
    const jar = join(folder, 'jar.json')
    expect((await run([`${server.url}/login`, '--cookies', jar])).code).toBe(0)
    expect((await sent([`${server.url}/`, '--cookies', jar])).headers['cookie']).toBe('session=7')
  })
})

describe('what comes back', () => {
  test.each([
    { args: ['/gzip'], out: 'unpacked', why: 'decoded' },
    { args: ['/missing'], out: 'no such page', why: 'an error is an answer' },
    { args: ['/redirect'], out: 'elsewhere', why: 'redirects are not followed' },
    { args: ['/redirect', '-L'], out: 'some text', why: 'unless --follow' },
  ])('$args: $out, $why', async ({ args: [path = '', ...args], out }) => {
    const result = await run([server.url + path, ...args])
    expect({ ...result, out: result.out.toString() }).toEqual({ code: 0, out, err: '' })
  })

  test('a binary body through a pipe: byte by byte', async () => {
    expect((await run([`${server.url}/binary`])).out).toEqual(BINARY)
  })

  test('--include: the head before the body; --head: the head alone', async () => {
    const head = /^HTTP 200 OK\n(?:[a-z-]+: .*\n)*x-place: here\n(?:[a-z-]+: .*\n)*\n/
    const [include, only] = await Promise.all([run([`${server.url}/text`, '-i']), run([`${server.url}/text`, '-I'])])
    expect(include.out.toString()).toMatch(head)
    expect(include.out.toString()).toMatch(/\n\nsome text$/)
    expect(only.out.toString().replace(head, '')).toBe('')
  })

  test('--timing: the phases on standard error', async () => {
    const { out, err } = await run([`${server.url}/text`, '--timing'])
    expect(out.toString()).toBe('some text')
    expect(err).toMatch(/^ {2}queue .* ms\n(?:.* ms\n){5} {2}total +[0-9.]+ ms\n$/)
  })

  test('a reader that leaves: it stops quietly', async () => {
    const child = start(`${server.url}/endless`)
    const err = text(child.stderr)
    await once(child.stdout, 'data')
    child.stdout.destroy()
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(await err).toBe('')
  })

  test.skipIf(!hasOpenSSL)('a certificate nobody knows: refused, unless --insecure', async () => {
    await using secure = await httpServer((_, response) => response.end('secure'), certificate('self'))
    const [refused, accepted] = await Promise.all([run([secure.url]), run([secure.url, '-k'])])
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(/failed in phase connect: .*self-signed certificate/)
    expect(accepted.out.toString()).toBe('secure')
  })
})

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size

describe('--output', () => {
  test('the file, and nothing else', async () => {
    const file = join(folder, 'binary')
    expect(await run([`${server.url}/binary`, '-o', file])).toEqual({ code: 0, out: Buffer.alloc(0), err: '' })
    expect(await readFile(file)).toEqual(BINARY)
  })

  test('an error page does not replace the file', async () => {
    const file = join(folder, 'page')
    await writeFile(file, 'before')
    const { code, err } = await run([`${server.url}/missing`, '-o', file])
    expect({ code, err }).toEqual({ code: 1, err: `typhoon: HTTP 404 Not Found (GET ${server.url}/missing)\n` })
    expect(await readFile(file, 'utf8')).toBe('before')
  })

  test('--resume: goes on where it was cut off', async () => {
    const file = join(folder, 'resumed')
    let calls = 0
    await using cut = await httpServer((request, response) => {
      response.setHeader('ETag', '"1"')
      if (calls++ === 0) {
        response.setHeader('Content-Length', 10).write('01234')
        void vi.waitUntil(() => sizeOf(`${file}.part`) === 5, 10_000).then(() => response.destroy())
      } else if (request.headers.range === 'bytes=5-' && request.headers['if-range'] === '"1"') {
        response.writeHead(206, { 'Content-Range': 'bytes 5-9/10' }).end('56789')
      } else {
        response.end('not a range')
      }
    })
    const args = [cut.url, '-o', file, '--resume']
    const first = await run(args)
    expect(first.code).toBe(1)
    expect(first.err).toMatch(/failed in phase body: /)
    expect((await run(args)).code).toBe(0)
    expect(await readFile(file, 'utf8')).toBe('0123456789')
  })

  test('SIGINT: exit code 130, and no part of the file stays', async () => {
    const place = await mkdtemp(join(folder, 'interrupted-'))
    await using slow = await httpServer((_, response) => {
      response.write('begin')
    })
    const child = start(slow.url, '-o', join(place, 'file'))
    await vi.waitUntil(() => readdirSync(place).length === 1, 10_000)
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([130, null])
    expect(await readdir(place)).toEqual([])
  })
})

describe('failure', () => {
  test.each([
    { args: ['/missing', '--fail'], code: 1, err: /^typhoon: HTTP 404 Not Found \(GET http:\S+\/missing\)\n$/ },
    { args: ['/missing', '--fail', '-s'], code: 1, err: /^$/ },
    { args: ['/loop', '-L', '--max-redirects', '2'], code: 1, err: /more than 2 redirects .*\/loop\)\n$/ },
    {
      args: ['/silence', '--timeout', '100'],
      code: 1,
      err: /^typhoon: failed in phase total: 100 ms .*\/silence\)\n$/,
    },
    { args: ['/', '-T', '/no/such/file'], code: 1, err: /^typhoon: ENOENT: .*\/no\/such\/file'\n$/ },
    { args: ['/', '-H', 'X: a\nb'], code: 2, err: /^typhoon: X: its value must not hold U\+000A/ },
    { args: ['/', '-X', 'A B'], code: 2, err: /^typhoon: method must be a token/ },
    { args: ['/', '-x', 'ftp://h'], code: 2, err: /^typhoon: --proxy must be/ },
    { args: ['/', '-x', 'http://%zz@h'], code: 2, err: /^typhoon: the name and password in proxy must be/ },
    { args: ['/', '--cookies', 'packages/typhoon/src/bin.ts'], code: 1, err: /bin\.ts is not a cookie jar/ },
    { args: ['/', '--ouput', 'f'], code: 2, err: /unknown option --ouput; did you mean --output\?/ },
  ])('$args: exit code $code', async ({ args: [path = '', ...args], code, err }) => {
    const result = await run([server.url + path, ...args])
    expect({ code: result.code, out: result.out.toString() }).toEqual({ code, out: '' })
    expect(result.err).toMatch(err)
  })

  test('no server: the phase and the URL in one line, without the password', async () => {
    const { code, err } = await run(['ann:secret@127.0.0.1:1/x'])
    expect(code).toBe(1)
    expect(err).toMatch(/^typhoon: failed in phase connect: .*ECONNREFUSED.* \(GET http:\/\/127\.0\.0\.1:1\/x\)\n$/)
  })

  test('an answer that is not HTTP: one line', async () => {
    await using odd = await answering('SSH-2.0-\x1b[2J\r\n')
    const { code, err } = await run([odd.url])
    expect(code).toBe(1)
    expect(err).toMatch(/^typhoon: failed in phase headers: [^\p{Cc}]+\n$/u)
  })
})

describe.skipIf(!canMakeTerminals)('a terminal', () => {
  const inTerminal = async (...args: string[]) => {
    const command = [process.execPath, ...COMMAND, ...args].join(' ')
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
    const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
    return { out, code: code as number }
  }

  test('gets text, but nothing binary', async () => {
    const [plain, binary] = await Promise.all([inTerminal(`${server.url}/text`), inTerminal(`${server.url}/binary`)])
    expect(plain).toEqual({ out: 'some text', code: 0 })
    expect(binary.code).toBe(1)
    expect(binary.out).toMatch(/^typhoon: the body is binary.*--output <file>\r?\n$/)
  })

  test('shows how far a file has come, unless --silent', async () => {
    const file = join(folder, 'shown')
    const [shown, silent] = await Promise.all([
      inTerminal(`${server.url}/text`, '-o', file),
      inTerminal(`${server.url}/text`, '-o', `${file}2`, '-s'),
    ])
    expect(shown.out).toMatch(/100% {2}9 B of 9 B/)
    expect(silent).toEqual({ out: '', code: 0 })
  })
})
