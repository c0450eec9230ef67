/** Several servers on one port (Tornado: `reuse_port`). */
import { Application, HTTPServer } from '@typhoon/core'
import { expect, test } from 'vitest'

const app = () => new Application([], { logger: false })
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const isKnown = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12)

test.runIf(isKnown)('reusePort: a second server takes the same port, and answers when the first is gone', async () => {
  const first = await app().listen({ port: 0, host: '127.0.0.1', reusePort: true })
  const { port } = first
  await using second = await app().listen({ port, host: '127.0.0.1', reusePort: true })
  await first.close()
  expect([second.port, (await fetch(second.url)).status]).toEqual([port, 404])
})

test.runIf(isKnown)('a server that did not say so keeps its port', async () => {
  await using first = await app().listen({ port: 0, host: '127.0.0.1' })
  await expect(app().listen({ port: first.port, host: '127.0.0.1', reusePort: true })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
})

test.skipIf(isKnown)('a version of Node that would ignore the option: refused', () => {
  expect(() => new HTTPServer(app(), { reusePort: true })).toThrow('reusePort needs Node.js 22.12 or newer')
})

test('no boolean: refused', () => {
  expect(() => new HTTPServer(app(), { reusePort: 'yes' as unknown as boolean })).toThrow('reusePort')
})
