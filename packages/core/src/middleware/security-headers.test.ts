import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import helmet from 'helmet'
import { afterEach, describe, expect, test } from 'vitest'
import { Application } from '../application.ts'
import { OptionError } from '../options.ts'
import { RequestHandler } from '../request-handler.ts'
import { group } from '../routing/route.ts'
import { TestLog, type TestServer, testServer } from '../testing.ts'
import { cspNonce } from './content-security-policy.ts'
import { type SecurityHeadersOptions, securityHeaders } from './security-headers.ts'

class Page extends RequestHandler {
  override get(): void {
    this.write(`nonce ${cspNonce(this)}`)
  }

  override async post(): Promise<void> {
    this.write('one ')
    await this.flush()
    this.write('two')
  }

  override put(): void {
    throw new Error('broken')
  }
}

class Embeddable extends RequestHandler {
  override prepare(): void {
    this.clearHeader('X-Frame-Options')
    this.setHeader('Content-Security-Policy', 'frame-ancestors *')
  }

  override get(): void {}
}

const log = new TestLog()
afterEach(() => log.check())

function serve(options?: SecurityHeadersOptions): Promise<TestServer> {
  const rules = [
    ['/', Page],
    ['/embed', Embeddable],
  ] as const
  return testServer(new Application(rules, { middleware: [securityHeaders(options)], logger: log }))
}

const OTHERS = [
  'connection',
  'keep-alive',
  'date',
  'content-length',
  'content-type',
  'transfer-encoding',
  'allow',
  'vary',
]

function securityFields(response: Response): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => !OTHERS.includes(name)))
}

/** What helmet sends with the same meaning of options. */
async function helmetFields(options?: Parameters<typeof helmet>[0]): Promise<Record<string, string>> {
  const run = options === undefined ? helmet() : helmet(options)
  const server = createServer((req, res) => run(req, res, () => res.end()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo // it listens on TCP
    return securityFields(await fetch(`http://127.0.0.1:${port}/`))
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('securityHeaders beside helmet 8', () => {
  test('the defaults: the same fields with the same values', async () => {
    await using server = await serve()
    const expected = await helmetFields()
    expect(Object.keys(expected).length).toBe(12)
    expect(securityFields(await server.fetch('/'))).toEqual(expected)
  })

  test('other choices: the same', async () => {
    await using server = await serve({
      contentSecurityPolicy: {
        directives: { 'script-src': ["'self'", 'cdn.example.com'], 'object-src': false },
        reportOnly: true,
      },
      crossOriginEmbedderPolicy: 'credentialless',
      referrerPolicy: ['no-referrer', 'same-origin'],
      strictTransportSecurity: { maxAge: 60, includeSubDomains: false, preload: true },
      xFrameOptions: 'DENY',
      xDnsPrefetchControl: 'on',
    })
    const expected = await helmetFields({
      contentSecurityPolicy: {
        directives: { 'script-src': ["'self'", 'cdn.example.com'], 'object-src': null },
        reportOnly: true,
      },
      crossOriginEmbedderPolicy: { policy: 'credentialless' },
      referrerPolicy: { policy: ['no-referrer', 'same-origin'] },
      strictTransportSecurity: { maxAge: 60, includeSubDomains: false, preload: true },
      xFrameOptions: { action: 'deny' },
      xDnsPrefetchControl: { allow: true },
    })
    expect(securityFields(await server.fetch('/'))).toEqual(expected)
  })

  test.each([
    ['contentSecurityPolicy', 'content-security-policy'],
    ['crossOriginOpenerPolicy', 'cross-origin-opener-policy'],
    ['crossOriginResourcePolicy', 'cross-origin-resource-policy'],
    ['originAgentCluster', 'origin-agent-cluster'],
    ['referrerPolicy', 'referrer-policy'],
    ['strictTransportSecurity', 'strict-transport-security'],
    ['xContentTypeOptions', 'x-content-type-options'],
    ['xDnsPrefetchControl', 'x-dns-prefetch-control'],
    ['xDownloadOptions', 'x-download-options'],
    ['xFrameOptions', 'x-frame-options'],
    ['xPermittedCrossDomainPolicies', 'x-permitted-cross-domain-policies'],
    ['xXssProtection', 'x-xss-protection'],
  ])('%s: false leaves %s out and nothing else', async (option, name) => {
    await using server = await serve({ [option]: false })
    const { [name]: _left, ...expected } = await helmetFields()
    expect(securityFields(await server.fetch('/'))).toEqual(expected)
  })
})

describe('securityHeaders on every kind of answer', () => {
  test.each([
    { method: 'GET', path: '/nowhere', status: 404, lines: [/^404/] },
    { method: 'DELETE', path: '/', status: 405, lines: [/^405/] },
    { method: 'PUT', path: '/', status: 500, lines: [/uncaught/, /^500/] },
    { method: 'POST', path: '/', status: 200, lines: [] },
    { method: 'HEAD', path: '/', status: 200, lines: [] },
    { method: 'OPTIONS', path: '/', status: 204, lines: [] },
  ])('$method $path: $status with all fields', async ({ method, path, status, lines }) => {
    await using server = await serve()
    const response = await server.fetch(path, { method })
    await response.arrayBuffer()
    expect(response.status).toBe(status)
    expect(securityFields(response)).toEqual(await helmetFields())
    for (const line of lines) await log.expect(line)
  })

  test('a handler that sets and clears fields in prepare(): its word counts', async () => {
    await using server = await serve()
    const { headers } = await server.fetch('/embed')
    expect(headers.get('content-security-policy')).toBe('frame-ancestors *')
    expect(headers.get('x-frame-options')).toBeNull()
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('on a group inside: it overrides the application, elsewhere it does not', async () => {
    const inner = group([['/in', Page]], { middleware: [securityHeaders({ xFrameOptions: 'DENY' })] })
    const app = new Application([inner, ['/out', Page]], { middleware: [securityHeaders()], logger: log })
    await using server = await testServer(app)
    expect((await server.fetch('/in')).headers.get('x-frame-options')).toBe('DENY')
    expect((await server.fetch('/out')).headers.get('x-frame-options')).toBe('SAMEORIGIN')
  })
})

describe('contentSecurityPolicy', () => {
  const withNonce: SecurityHeadersOptions = {
    contentSecurityPolicy: { directives: { 'script-src': ["'self'", (handler) => `'nonce-${cspNonce(handler)}'`] } },
  }

  test('a nonce: the handler and the policy agree, and each response has its own', async () => {
    await using server = await serve(withNonce)
    const nonces = new Set<string>()
    for (let i = 0; i < 2; i++) {
      const response = await server.fetch('/')
      const nonce = (await response.text()).slice('nonce '.length)
      expect(Buffer.from(nonce, 'base64').length).toBe(16)
      expect(response.headers.get('content-security-policy')).toContain(`;script-src 'self' 'nonce-${nonce}';`)
      nonces.add(nonce)
    }
    expect(nonces.size).toBe(2)
  })

  test('a nonce on an error page: there too', async () => {
    await using server = await serve(withNonce)
    expect((await server.fetch('/nowhere')).headers.get('content-security-policy')).toContain("'nonce-")
    await log.expect(/^404/)
  })

  test('without the defaults: only what is given, in that order', async () => {
    const directives = { 'default-src': ["'none'"], sandbox: [], 'img-src': ['https://img.example.com', 'data:'] }
    await using server = await serve({ contentSecurityPolicy: { directives, useDefaults: false } })
    const { headers } = await server.fetch('/')
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none';sandbox;img-src https://img.example.com data:",
    )
  })

  test.each(["'none'; script-src *", 'a b', '', 'nonce-abc', 'caf\u00e9', 7])(
    'a function that returns %j: a 500, not another policy',
    async (made) => {
      await using server = await serve({
        contentSecurityPolicy: { directives: { 'script-src': [() => made as string] } },
      })
      expect((await server.fetch('/')).status).toBe(500)
      await log.expect(/uncaught exception/)
      await log.expect(/^500/)
    },
  )

  test.each([
    { directives: { 'script-src': ['self'] }, why: 'a keyword without quotes would be a host name' },
    { directives: { 'script-src': ['sha256-abc'] }, why: 'a hash without quotes' },
    { directives: { 'script-src': ["'self' 'unsafe-inline'"] }, why: 'two values in one' },
    { directives: { 'script-src': ["'self'; object-src *"] }, why: 'a second directive' },
    { directives: { 'script-src': ['a,b'] }, why: 'a second policy' },
    { directives: { scriptSrc: ["'self'"] }, why: 'not the name that it has in a policy' },
    { directives: { 'script-src': "'self'" }, why: 'not a list' },
    { directives: { 'script-src': [null] }, why: 'not a value' },
    { directives: {}, useDefaults: false, why: 'nothing at all' },
    { directive: {}, why: 'an unknown option' },
  ])('$directives: refused, $why', ({ why: _why, ...contentSecurityPolicy }) => {
    expect(() => securityHeaders({ contentSecurityPolicy } as SecurityHeadersOptions)).toThrow(OptionError)
  })
})

describe('securityHeaders: options', () => {
  test.each([
    { options: { xFrameOptions: 'ALLOW-FROM https://example.com' }, why: 'no browser knows it' },
    { options: { referrerPolicy: 'none' }, why: 'not a policy' },
    { options: { referrerPolicy: [] }, why: 'an empty list' },
    { options: { strictTransportSecurity: { maxAge: 1.5 } }, why: 'not whole seconds' },
    { options: { strictTransportSecurity: { maxage: 1 } }, why: 'an unknown option' },
    { options: { strictTransportSecurity: true }, why: 'neither options nor false' },
    { options: { contentSecurityPolicy: 'default-src *' }, why: 'text' },
    { options: { crossOriginOpenerPolicy: true }, why: 'not a policy' },
    { options: { xContentTypeOptions: 'nosniff' }, why: 'a switch' },
    { options: { frameguard: false }, why: 'an unknown option' },
  ])('$options: refused, $why', ({ options }) => {
    expect(() => securityHeaders(options as SecurityHeadersOptions)).toThrow(OptionError)
  })
})
