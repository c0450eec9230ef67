/** Clients that leave, files that change while they are sent, special files: nothing leaks, nothing hangs. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { rename, symlink } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application } from '@typhoon/core'
import { TestLog, type TestServer, testServer } from '@typhoon/core/testing'
import { staticFiles } from '@typhoon/static'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rawRequest } from './raw-request.ts'

const LARGE_SIZE = 32 * 1024 * 1024
const DESCRIPTORS = '/proc/self/fd'

let root: string
let server: TestServer
let url: URL

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'typhoon-robust-'))
  writeFileSync(join(root, 'hello.txt'), 'hello')
  writeFileSync(join(root, 'large.bin'), Buffer.alloc(LARGE_SIZE, 'x'))
  execFileSync('mkfifo', [join(root, 'fifo')])
  server = await testServer(new Application(staticFiles(root), { logger: false }))
  url = new URL(server.url)
})

afterAll(async () => {
  await server.close()
  rmSync(root, { recursive: true })
})

/** Asks for a file and stops reading as soon as the first bytes are there. */
async function startDownload(port: number, file: string): Promise<{ socket: Socket; received: () => number }> {
  const socket = connect(port, '127.0.0.1')
  let length = 0
  socket.on('data', (chunk) => {
    length += chunk.length
  })
  socket.on('error', () => undefined)
  socket.write(`GET /static/${file} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  await new Promise<void>((resolve) => socket.once('data', () => resolve(void socket.pause())))
  return { socket, received: () => length }
}

function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
    socket.resume()
  })
}

function openFiles(): number {
  return readdirSync(DESCRIPTORS).length
}

describe.runIf(process.platform === 'linux')('descriptors', () => {
  test('none is left after clients left in the middle of a download', async () => {
    await rawRequest(url, { target: '/static/hello.txt' })
    const before = openFiles()
    const downloads = await Promise.all(Array.from({ length: 30 }, () => startDownload(server.port, 'large.bin')))
    expect(openFiles()).toBeGreaterThan(before + 30)
    for (const { socket } of downloads) socket.destroy()
    await expect.poll(openFiles).toBeLessThanOrEqual(before)
  })

  test.each([
    { why: 'HEAD', method: 'HEAD', status: 200 },
    { why: 'a 304', headers: { 'If-Modified-Since': new Date(Date.now() + 60_000).toUTCString() }, status: 304 },
    { why: 'a 412', headers: { 'If-Match': '"other"' }, status: 412 },
    { why: 'a 416', headers: { Range: `bytes=${LARGE_SIZE}-` }, status: 416 },
    { why: 'a 206', headers: { Range: 'bytes=0-9' }, status: 206 },
    { why: 'a damaged query', target: '/static/large.bin?v=%ff', status: 400 },
  ])(
    'none is left after $why of a file that is not kept in memory',
    async ({ status, target = '/static/large.bin', method = 'GET', headers = {} }) => {
      const before = openFiles()
      for (let i = 0; i < 10; i += 1) {
        const response = await rawRequest(url, { method, target, headers: { ...headers } })
        expect(response.status).toBe(status)
      }
      await expect.poll(openFiles).toBeLessThanOrEqual(before)
    },
  )
})

test('FIFOs occupy no thread: twenty at once leave the file system usable', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => rawRequest(url, { target: '/static/fifo' })))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 404))
  expect((await rawRequest(url, { target: '/static/large.bin', headers: { Range: 'bytes=0-0' } })).status).toBe(206)
})

test('a link that is swapped between inside and outside never brings what is outside', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'typhoon-outside-'))
  const [link, spare] = [join(root, 'swapped'), join(root, 'spare')]
  mkdirSync(join(root, 'inside'))
  writeFileSync(join(root, 'inside/file.txt'), 'inside')
  writeFileSync(join(outside, 'file.txt'), 'outside')
  symlinkSync('inside', link)
  let swapping = true
  const swaps = (async () => {
    for (let i = 0; swapping; i += 1) {
      await symlink(i % 2 === 0 ? outside : 'inside', spare)
      await rename(spare, link)
    }
  })()
  const answers = new Set<string>()
  for (let i = 0; i < 400; i += 1) {
    const { status, body } = await rawRequest(url, { target: '/static/swapped/file.txt' })
    answers.add(status === 200 ? body.toString() : String(status))
  }
  swapping = false
  await swaps
  rmSync(outside, { recursive: true })
  expect(answers).toEqual(new Set(['inside', '403'])) // both sides of the race were met
})

test('a file that is truncated while it is sent ends the connection before its announced length', async () => {
  const log = new TestLog()
  writeFileSync(join(root, 'shrinking.bin'), Buffer.alloc(LARGE_SIZE, 'y'))
  await using own = await testServer(new Application(staticFiles(root), { logger: log }))
  const { socket, received } = await startDownload(own.port, 'shrinking.bin')
  truncateSync(join(root, 'shrinking.bin'), 1000)
  await ended(socket)
  expect(received()).toBeLessThan(LARGE_SIZE)
  await log.expect(/uncaught exception/)
  log.check()
})

test('a file that is replaced while it is sent arrives as it was opened', async () => {
  writeFileSync(join(root, 'replaced.bin'), Buffer.alloc(LARGE_SIZE, 'z'))
  const { socket, received } = await startDownload(server.port, 'replaced.bin')
  writeFileSync(join(root, 'replacement'), 'short')
  renameSync(join(root, 'replacement'), join(root, 'replaced.bin'))
  await ended(socket)
  expect(received()).toBeGreaterThan(LARGE_SIZE)
  expect((await rawRequest(url, { target: '/static/replaced.bin' })).body.toString()).toBe('short')
})

test('buffers that are used again never mix the answers of slow clients', async () => {
  const content = randomBytes(5 * 1024 * 1024 + 12_345)
  writeFileSync(join(root, 'random.bin'), content)
  const slowly = async () => {
    const socket = connect(server.port, '127.0.0.1')
    socket.write('GET /static/random.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    const chunks: Buffer[] = []
    for await (const chunk of socket) {
      chunks.push(chunk)
      if (chunks.length % 5 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const answer = Buffer.concat(chunks)
    return answer.subarray(answer.indexOf('\r\n\r\n') + 4).equals(content)
  }
  const intact = await Promise.all(Array.from({ length: 12 }, slowly))
  expect(intact).toEqual(Array.from({ length: 12 }, () => true))
})

test('clients that do not read cost no memory for what they have not read', async () => {
  const before = process.memoryUsage().arrayBuffers
  const downloads = await Promise.all(Array.from({ length: 20 }, () => startDownload(server.port, 'large.bin')))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 1024 * 1024) // of 640 MiB that they asked for
  for (const { socket } of downloads) socket.destroy()
})
