/** What the examples say to those who start them wrongly: what is wrong, in words, and an exit code for scripts. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runProgram } from './run-program.ts'

const NOBODY = 'localhost:1' // a port that needs privileges, and that nobody listens on

describe('a program that cannot do what it is asked: says why, without a stack, and ends with a code', () => {
  test.each([
    {
      example: 'tcpecho',
      command: ['client.ts'],
      env: { PORT: '1' },
      code: 1,
      says: 'cannot connect to localhost port 1',
    },
    { example: 'websocket', command: ['client.ts', `ws://${NOBODY}/board`], code: 1, says: 'ECONNREFUSED' },
    { example: 'websocket', command: ['client.ts', 'nonsense'], code: 1, says: 'Invalid URL' },
    {
      example: 'tls',
      command: ['client.ts'],
      env: { CERTIFICATES: '/nonexistent' },
      code: 1,
      says: 'Is the server running?',
    },
    { example: 'fileupload', command: ['upload.ts'], code: 2, says: 'usage: upload.ts' },
    { example: 'fileupload', command: ['upload.ts', '/nonexistent'], code: 2, says: "'/nonexistent'" },
    { example: 'fileupload', command: ['upload.ts', '--put', '.'], code: 2, says: 'not a file: .' },
    { example: 'fileupload', command: ['upload.ts', '--bogus'], code: 2, says: "'--bogus'" },
    { example: 'fileupload', command: ['upload.ts', '--url', 'x', 'upload.ts'], code: 2, says: 'not a URL: x' },
    {
      example: 'fileupload',
      command: ['upload.ts', '--url', `http://${NOBODY}`, 'upload.ts'],
      code: 1,
      says: 'ECONNREFUSED',
    },
    { example: 'webspider', command: ['main.ts', '--delay', 'abc'], code: 2, says: '--delay must be' },
    { example: 'webspider', command: ['main.ts', '--concurrency', '0'], code: 2, says: '--concurrency must be' },
    { example: 'webspider', command: ['main.ts', '--max-pages=-1'], code: 2, says: '--max-pages must be' },
    { example: 'webspider', command: ['main.ts', 'ftp://a.example/'], code: 2, says: 'http or https' },
    { example: 'webspider', command: ['main.ts', `http://${NOBODY}/`], code: 1, says: '0 pages, 1 broken links' },
    {
      example: 'staticsite',
      command: ['server.ts'],
      env: { SITE: 'tar' },
      code: 2,
      says: 'SITE must be folder or zip',
    },
    { example: 'blog', command: ['server.ts'], env: { DATABASE_URL: 'nonsense' }, code: 1, says: 'cannot start' },
    {
      example: 'blog',
      command: ['server.ts'],
      env: { DATABASE_URL: `postgres://a:b@${NOBODY}/blog` },
      code: 1,
      says: 'no database at DATABASE_URL: connect ECONNREFUSED',
    },
  ])('$example: $command $env: $says', async ({ example, command, env, code, says }) => {
    const outcome = await runProgram(example, command, env)
    expect(outcome.output).toContain(says)
    expect(outcome.output).not.toContain('    at ')
    expect(outcome.code).toBe(code)
  })
})

describe('a server whose port another program has: names it, and ends with 1', () => {
  const other = createServer()
  let PORT: string
  beforeAll(async () => {
    other.listen(0)
    await once(other, 'listening')
    PORT = String((other.address() as AddressInfo).port) // it listens on TCP
  })
  afterAll(() => void other.close())

  test.each(['helloworld', 'fileupload', 'sse', 'staticsite', 'tcpchat', 'tcpecho', 'websocket'])(
    '%s',
    async (example) => {
      const { code, output } = await runProgram(example, ['server.ts'], { PORT })
      expect(output).toMatch(/EADDRINUSE/)
      expect(output).toContain(PORT)
      expect(code).toBe(1)
    },
  )
})
