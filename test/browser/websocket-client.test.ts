/** The browser's client of `@typhoon/websocket` in a real browser, over a line that can be cut. */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { EventStreamHandler, RequestHandler } from '@typhoon/core'
import { MemoryHub } from '@typhoon/pubsub'
import { WebSocketHandler } from '@typhoon/websocket'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { serve } from '../websocket/socket-server.ts'
import { chromiumPath, launchBrowser } from './chromium.ts'

/** What of esbuild is used here; it comes with tsx. */
interface Bundler {
  readonly buildSync: (options: object) => { readonly outputFiles: readonly { readonly text: string }[] }
}

const { resolve } = createRequire(import.meta.url)
const { buildSync } = createRequire(resolve('tsx'))('esbuild') as Bundler // require() cannot know the type

function clientModule(): string {
  const entry = fileURLToPath(new URL('../../packages/websocket/src/client.ts', import.meta.url))
  const { outputFiles } = buildSync({ entryPoints: [entry], bundle: true, format: 'esm', write: false })
  return outputFiles[0]?.text ?? ''
}

class PageHandler extends RequestHandler {
  override get() {
    this.finish('<!doctype html><link rel="icon" href="data:,"><title>client</title>')
  }
}

class ModuleHandler extends RequestHandler {
  override get() {
    this.setHeader('Content-Type', 'text/javascript')
    this.finish(clientModule())
  }
}

class Feed extends WebSocketHandler {
  override async open() {
    await this.subscribe('feed', { envelope: true, since: this.getQueryArgument('since', undefined) })
  }
  override async onMessage(message: string | Buffer) {
    const { n } = JSON.parse(String(message)) as { n: number } // what the page below sends
    await this.writeMessage({ twice: 2 * n })
  }
}

class Events extends EventStreamHandler {
  override async *open() {
    yield { id: '1-1', data: { from: 'stream' } }
    await once(this.request.signal, 'abort')
  }
}

/** Passes connections on; `cut()` resets all there are. */
async function line(port: number): Promise<{ url: string; cut: () => void }> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined) // a cut is what the test does
    }
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.pipe(far).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
    sockets.clear()
  }
  onTestFinished(() => {
    cut()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cut } // it listens on TCP
}

let browser: Browser

/** A page that has connected as `client`, and notes what it is told in `seen` and `statuses`. */
async function open(address: string): Promise<{ page: Page; hub: MemoryHub; cut: () => void; troubles: string[] }> {
  const hub = new MemoryHub()
  const { port } = await serve([
    ['/', PageHandler],
    ['/client.js', ModuleHandler],
    ['/feed', Feed, { hub }],
    ['/events', Events],
  ])
  const { url, cut } = await line(port)
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('pageerror', (error) => troubles.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text())
  })
  await page.goto(url)
  await page.evaluate(`import('/client.js').then(({ connect }) => {
    globalThis.seen = []
    globalThis.statuses = []
    globalThis.posted = []
    globalThis.client = connect(${JSON.stringify(address)}, {
      onMessage: (data) => seen.push(data),
      onStatus: (status) => statuses.push(status),
      reconnect: { minDelay: 10 },
      fallback: { events: '/events', send: async (text) => posted.push(text) },
    })
  })`)
  return { page, hub, cut, troubles }
}

describe.skipIf(!chromiumPath)('@typhoon/websocket/client in a browser', () => {
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  test('values as JSON: there and back, and close() is final and quiet', async () => {
    const { page, troubles } = await open('/feed')
    await page.evaluate('client.send({ n: 21 })')
    await page.waitForFunction('seen.length === 1')
    expect(await page.evaluate('seen')).toEqual([{ twice: 42 }])
    await page.evaluate('client.close()')
    expect(await page.evaluate('[client.status, client.send({ n: 1 })]')).toEqual(['closed', false])
    expect(await page.evaluate('statuses')).toEqual(['connecting', 'open', 'closed'])
    expect(troubles).toEqual([])
  })

  test('the connection is cut between messages: the page resumes by the last id, each comes once', async () => {
    const { page, hub, cut, troubles } = await open('/feed')
    await page.evaluate('client.send({ n: 0 })')
    await page.waitForFunction('seen.length === 1') // onMessage() comes behind open(), so the topic is followed
    await hub.publish('feed', '{"n":1}')
    await page.waitForFunction('seen.length === 2')
    cut()
    await hub.publish('feed', '{"n":2}')
    await hub.publish('feed', '{"n":3}')
    await page.waitForFunction('seen.length >= 4')
    await hub.publish('feed', '{"n":4}')
    await page.waitForFunction('seen.at(-1).n === 4')
    expect(await page.evaluate('seen')).toEqual([{ twice: 0 }, { n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }])
    expect(await page.evaluate('statuses')).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open'])
    expect(troubles.filter((text) => !/WebSocket connection to .* failed/.test(text))).toEqual([])
  })

  test('upgrades are refused: the event stream takes over, and messages go out by the fallback', async () => {
    const { page, troubles } = await open('/nowhere')
    await page.waitForFunction('seen.length === 1')
    expect(await page.evaluate('[seen, client.lastId]')).toEqual([[{ from: 'stream' }], '1-1'])
    expect(await page.evaluate('client.send({ n: 1 })')).toBe(true)
    expect(await page.evaluate('posted')).toEqual(['{"n":1}'])
    await page.evaluate('client.close()')
    expect(troubles.filter((text) => !/WebSocket connection to .* failed/.test(text))).toEqual([])
  })
})
