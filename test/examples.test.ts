import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ExampleProcess, runExample, startExample } from './example-process.ts'

/** What a reader would ask each example first, and what it should answer. */
const questions: Record<string, (example: ExampleProcess) => Promise<void>> = {
  async helloworld({ url }) {
    const response = await fetch(url)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('Hello, world')
  },
  async chat({ url, output }) {
    const response = await fetch(url)
    expect(response.url).toBe(`${url}/sign-in?next=%2F`)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    const page = await response.text()
    expect(page).toContain('Your name')
    const style = /href="(\/static\/chat\.css\?v=[^"]+)"/.exec(page)?.[1] ?? ''
    expect((await fetch(new URL(style, url))).headers.get('cache-control')).toContain('immutable')
    expect(output()).toContain('sign-ins end with this process')
  },
}
/** Examples that have a test of their own. */
const askedElsewhere = [
  'blog',
  'fetch',
  'fileupload',
  'sse',
  'staticsite',
  'tcpchat',
  'tcpecho',
  'tls',
  'udp',
  'websocket',
  'webspider',
]

describe('examples', () => {
  test('each one is asked something', () => {
    const examples = readdirSync(new URL('../examples', import.meta.url))
    expect([...Object.keys(questions), ...askedElsewhere].toSorted()).toEqual(examples.toSorted())
  })

  test.each(Object.keys(questions))('%s: starts, answers, and ends with 0 on SIGTERM', async (name) => {
    await using example = await startExample(name)
    await questions[name]?.(example)
    expect(await example.stop()).toBe(0)
  })
})

describe('the chat cannot start', () => {
  test('another program has the port: it says so, and ends with 1', async () => {
    const other = createServer().listen(0)
    const { port } = other.address() as { port: number } // it listens on TCP
    const { code, output } = await runExample('chat', { PORT: String(port) })
    other.close()
    expect(output).toContain(`Port ${port} is in use`)
    expect(output).not.toContain('    at ')
    expect(code).toBe(1)
  })

  test.each(['eighty', '70000'])('PORT=%j: it says what is expected, and ends with 1', async (PORT) => {
    const { code, output } = await runExample('chat', { PORT })
    expect(output).toMatch(/port must be/i)
    expect(output).not.toContain('    at ')
    expect(code).toBe(1)
  })
})

describe('the forms of the chat', () => {
  let chat: ExampleProcess
  beforeAll(async () => {
    chat = await startExample('chat')
  })
  afterAll(() => chat.stop())

  /** Sends a form as a browser does that has the token, and the cookies of those who are signed in. */
  async function post(
    path: string,
    fields: Record<string, string>,
    cookies: readonly string[] = [],
  ): Promise<Response> {
    const page = await fetch(new URL('/sign-in', chat.url))
    const token = /name="_xsrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
    const headers = { Cookie: [...cookiesOf(page), ...cookies].join('; ') }
    const body = new URLSearchParams({ _xsrf: token, ...fields })
    return fetch(new URL(path, chat.url), { method: 'POST', redirect: 'manual', headers, body })
  }

  async function signIn(name: string): Promise<string[]> {
    return cookiesOf(await post('/sign-in', { name }))
  }

  test.each([
    { name: 'x'.repeat(32), status: 303, why: 'the longest name' },
    { name: 'x'.repeat(33), status: 422, why: 'one character more' },
    { name: ' \t ', status: 422, why: 'nothing but spaces' },
    { name: '..', status: 422, why: 'a meaning of its own in URLs' },
    { name: 'a*', status: 422, why: 'the wildcard of topics' },
    { name: 'nna\u202e', status: 422, why: 'turns the writing direction around' },
    { name: '\u{1f30a}', status: 303, why: 'a picture will do' },
  ])('the name $name: $status, $why', async ({ name, status }) => {
    expect((await post('/sign-in', { name })).status).toBe(status)
    expect((await post('/', { room: name }, await signIn('Somebody'))).status).toBe(status)
  })

  test.each([
    { next: '/room/Lounge', location: '/room/Lounge', why: 'a page of the chat' },
    { next: '//evil.example/', location: '/', why: 'another host' },
    { next: 'https://evil.example/', location: '/', why: 'another site' },
    { next: '/\\evil.example', location: '/', why: 'another host, for browsers' },
  ])('after signing in, to $next: $location, $why', async ({ next, location }) => {
    const response = await post('/sign-in', { name: 'Ann', next })
    expect(response.headers.get('location')).toBe(location)
  })

  test.each([
    { text: 'x'.repeat(2000), status: 303, why: 'the longest message' },
    { text: 'x'.repeat(2001), status: 422, why: 'one character more' },
    { text: '\r\n ', status: 422, why: 'nothing to be seen' },
  ])('a message of $text.length characters: $status, $why', async ({ text, status }) => {
    expect((await post('/room/Limits', { text }, await signIn('Ben'))).status).toBe(status)
  })

  test('nine messages at once: eight are taken, the ninth is one too many', async () => {
    const cookies = await signIn('Cleo')
    const statuses = []
    for (let i = 1; i <= 9; i++) statuses.push((await post('/room/Rate', { text: `${i}` }, cookies)).status)
    expect(statuses).toEqual([...Array<number>(8).fill(303), 429])
  })

  test('nobody signed in, or with a cookie that somebody has changed: nothing can be posted', async () => {
    expect((await post('/room/Lounge', { text: 'hi' })).status).toBe(403)
    const cookies = (await signIn('Dora')).map((cookie) => cookie.replace(/.$/, (last) => (last === '0' ? '1' : '0')))
    expect(cookies).toHaveLength(1)
    expect((await post('/room/Lounge', { text: 'hi' }, cookies)).status).toBe(403)
  })
})

function cookiesOf(response: Response): string[] {
  return response.headers.getSetCookie().map((cookie) => cookie.slice(0, cookie.indexOf(';')))
}
