/** The TLS example, by its own client, over HTTP/2, and by those who do not trust it. */
import { execFile } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { certificateIn } from '../../examples/tls/certificate.ts'
import { type ExampleProcess, runExample, startExample } from '../example-process.ts'
import { hasOpenSSL } from '../server/certificate.ts'

const OTHER_KEY = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey

describe.skipIf(!hasOpenSSL)('tls', () => {
  let CERTIFICATES: string
  let server: ExampleProcess
  beforeAll(async () => {
    CERTIFICATES = await mkdtemp(join(tmpdir(), 'tls-example-'))
    server = await startExample('tls', { CERTIFICATES })
  })
  afterAll(async () => {
    await server.stop()
    await rm(CERTIFICATES, { recursive: true })
  })

  test('its client: https, and an echo over wss', async () => {
    const args = ['--import', 'tsx', '--conditions=typhoon-source', 'client.ts', server.url]
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: fileURLToPath(new URL('../../examples/tls/', import.meta.url)),
      env: { ...process.env, CERTIFICATES },
    })
    expect(stdout).toBe('Hello over HTTP/1.1 and https\nIs there an echo?\n')
  })

  test('HTTP/2 where the client can', async () => {
    const session = connect(server.url, { ca: readFileSync(join(CERTIFICATES, 'cert.pem')) })
    session.on('error', () => undefined) // the request fails with it, too
    const answer = await text(session.request({ ':path': '/' }))
    session.close()
    expect(answer).toBe('Hello over HTTP/2.0 and https\n')
  })

  test('who does not trust the certificate is not served; how to trust it is told', async () => {
    await expect(fetch(server.url)).rejects.toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } })
    expect(server.output()).toContain(`curl --cacert '${join(CERTIFICATES, 'cert.pem')}' ${server.url}`)
  })

  test('the certificate is kept, and vouches for no other', () => {
    const { cert } = certificateIn(CERTIFICATES)
    expect(certificateIn(CERTIFICATES).cert).toBe(cert)
    const { ca, subjectAltName } = new X509Certificate(cert)
    expect([ca, subjectAltName]).toEqual([false, expect.stringContaining('DNS:localhost')])
  })

  test.each([
    { file: 'cert.pem', content: 'half a certif', why: 'no certificate' },
    { file: 'key.pem', content: '', why: 'no key' },
    { file: 'key.pem', content: OTHER_KEY, why: 'the key of another certificate' },
  ])('$why, left by a program that was ended: made anew', async ({ file, content }) => {
    const directory = await mkdtemp(join(tmpdir(), 'tls-example-'))
    const first = certificateIn(directory)
    await writeFile(join(directory, file), content)
    const next = certificateIn(directory)
    await rm(directory, { recursive: true })
    expect(next.cert).not.toBe(first.cert)
    expect(new X509Certificate(next.cert).checkPrivateKey(createPrivateKey(next.key))).toBe(true)
  })

  test.skipIf(process.platform === 'win32')('its key is for its owner only', () => {
    expect(statSync(join(CERTIFICATES, 'key.pem')).mode & 0o077).toBe(0)
  })

  test('SIGTERM: ends with 0', async () => {
    expect(await server.stop()).toBe(0)
  })
})

test('without openssl: says what is missing, and ends with 1', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tls-example-'))
  const { code, output } = await runExample('tls', { CERTIFICATES: directory, PATH: directory })
  await rm(directory, { recursive: true })
  expect(output).toContain('openssl, which makes the certificate, is not on this machine')
  expect(output).not.toContain('    at ')
  expect(code).toBe(1)
})
