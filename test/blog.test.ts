/** The blog over real sockets, with the embedded database: what its forms take and refuse, and what readers get. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createBlog } from '../examples/blog/blog.ts'
import { type Database, openDatabase } from '../examples/blog/database.ts'
import { hashPassword, verifyPassword } from '../examples/blog/password.ts'
import { slugify } from '../examples/blog/slug.ts'
import { startExample } from './example-process.ts'

const PASSWORD = 'correct horse battery'
const HOSTILE = '</textarea></p><script>alert("1")</script> & \'; DROP TABLE entries; --'

/** A browser without a screen: it keeps cookies and sends the token of the last page it has loaded. */
class Visitor {
  readonly #url: string
  readonly #cookies = new Map<string, string>()
  #token = ''

  constructor(url: string) {
    this.#url = url
  }

  async get(path: string): Promise<{ status: number; text: string; headers: Headers }> {
    const { status, headers, text } = await this.#send(path)
    this.#token = /name="_xsrf" value="([^"]+)"/.exec(text)?.[1] ?? this.#token
    return { status, headers, text }
  }

  async post(path: string, fields: Record<string, string> = {}, from: string = '/sign-in') {
    await this.get(from)
    const body = new URLSearchParams({ _xsrf: this.#token, ...fields })
    const { status, headers, text } = await this.#send(path, { method: 'POST', body })
    return { status, text, location: headers.get('location'), headers }
  }

  /** Signs up, by a name that nobody else has. */
  async signUp(name: string): Promise<this> {
    const { status, text } = await this.post('/sign-up', { name, password: PASSWORD })
    if (status !== 303) throw new Error(`sign-up was answered with ${status}: ${text}`)
    return this
  }

  async #send(path: string, init: RequestInit = {}) {
    const Cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(new URL(path, this.#url), { ...init, redirect: 'manual', headers: { Cookie } })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      this.#cookies.set(name, value)
    }
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
}

async function serveBlog(options: { openSignUp?: boolean; maxSignIns?: number }, database: Database): Promise<string> {
  const app = createBlog(database, { cookieSecret: 'a secret that only this test knows', logger: false, ...options })
  const server = await app.listen({ port: 0, host: '127.0.0.1' })
  servers.push(server)
  return server.url
}

const servers: { close(): Promise<void> }[] = []
let database: Database
let url: string
let ann: Visitor

beforeAll(async () => {
  database = await openDatabase()
  url = await serveBlog({ openSignUp: true, maxSignIns: 1000 }, database)
  ann = await new Visitor(url).signUp('Ann')
}, 30_000)

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
  await database.close()
})

describe('accounts', () => {
  test.each([
    { name: '', password: PASSWORD, problem: 'Please enter a name', why: 'no name' },
    { name: 'x'.repeat(41), password: PASSWORD, problem: 'at most 40', why: 'one character more than a name may have' },
    { name: 'nnA\u202e', password: PASSWORD, problem: 'cannot be used', why: 'turns the writing direction around' },
    { name: 'ANN', password: PASSWORD, problem: 'Somebody else', why: 'a name in other letters' },
    { name: 'Ben', password: 'x'.repeat(9), problem: 'at least 10', why: 'a short password' },
    { name: 'Ben', password: 'x'.repeat(129), problem: 'at most 128', why: 'a password that takes too long' },
  ])('sign-up with $name: refused in the form, $why', async ({ name, password, problem }) => {
    const { status, text } = await new Visitor(url).post('/sign-up', { name, password })
    expect(status).toBe(422)
    expect(text).toContain(problem)
    expect(text).not.toContain(password)
  })

  test.each([
    { name: 'Ann', password: 'wrong horse battery', why: 'the password is another' },
    { name: 'Nobody', password: PASSWORD, why: 'there is no such author' },
  ])('sign-in as $name: refused with the same words, $why', async ({ name, password }) => {
    const visitor = new Visitor(url)
    const { status, text } = await visitor.post('/sign-in', { name, password })
    expect(status).toBe(422)
    expect(text).toContain('That name and password do not belong together.')
    expect((await visitor.get('/compose')).status).toBe(302)
  })

  test.each([
    { next: '/compose', location: '/compose', why: 'a page of the blog' },
    { next: '//evil.example/', location: '/', why: 'another host' },
    { next: 'https://evil.example/', location: '/', why: 'another site' },
    { next: '/\\evil.example', location: '/', why: 'another host, for browsers' },
  ])('after signing in, to $next: $location, $why', async ({ next, location }) => {
    const answer = await new Visitor(url).post('/sign-in', { name: 'ann', password: PASSWORD, next })
    expect(answer).toMatchObject({ status: 303, location })
  })

  test('sign-out: the cookie is gone, and pages for authors lead to the sign-in page', async () => {
    const cleo = await new Visitor(url).signUp('Cleo')
    expect((await cleo.get('/compose')).status).toBe(200)
    expect((await cleo.get('/sign-out')).status).toBe(405)
    expect((await cleo.post('/sign-out', {}, '/')).status).toBe(303)
    const { status, headers } = await cleo.get('/compose')
    expect([status, headers.get('location')]).toEqual([302, '/sign-in?next=%2Fcompose'])
  })

  test('the third attempt where two are allowed: 429, and the form can still be read', async () => {
    const visitor = new Visitor(await serveBlog({ maxSignIns: 2 }, database))
    const statuses = []
    for (let i = 0; i < 3; i++)
      statuses.push((await visitor.post('/sign-in', { name: 'Ann', password: 'guess' })).status)
    expect(statuses).toEqual([422, 422, 429])
    expect((await visitor.get('/sign-in')).status).toBe(200)
  })

  test('two sign up at once where only the first may: one is the author, the other gets 403', async () => {
    const empty = await openDatabase()
    onTestFinished(() => empty.close())
    const closed = await serveBlog({}, empty)
    const answers = ['Ann', 'Ben'].map((name) => new Visitor(closed).post('/sign-up', { name, password: PASSWORD }))
    expect((await Promise.all(answers)).map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 403])
    expect((await new Visitor(closed).get('/sign-up')).status).toBe(403)
  })
})

describe('passwords', () => {
  test('a hash: fits its password only, differs each time, and tells its cost', async () => {
    const [hash, other] = await Promise.all([hashPassword('p\u00e4ssword'), hashPassword('p\u00e4ssword')])
    expect(hash).toMatch(/^scrypt\$32768\$8\$3\$/)
    expect(hash).not.toBe(other)
    expect(await verifyPassword('pa\u0308ssword', hash)).toBe(true) // the same letters, composed otherwise
    expect(await verifyPassword('password', hash)).toBe(false)
    expect(await verifyPassword('password', undefined)).toBe(false)
  })
})

describe('entries', () => {
  test('without the token: 403, and nothing is published', async () => {
    const { status } = await ann.post('/compose', { title: 'Forged', text: 'x', _xsrf: '' }, '/compose')
    expect(status).toBe(403)
    expect((await ann.get('/entry/forged')).status).toBe(404)
  })

  test('nobody signed in: no entry can be published', async () => {
    expect((await new Visitor(url).post('/compose', { title: 'Anonymous', text: 'x' })).status).toBe(403)
  })

  test('published, then changed: the text is new, the address is the same', async () => {
    const published = await ann.post('/compose', { title: 'Crème brûlée', text: 'One\n\nTwo' })
    expect(published).toMatchObject({ status: 303, location: '/entry/creme-brulee' })
    expect((await new Visitor(url).get('/entry/creme-brulee')).text).toMatch(
      /<p dir="auto">One<\/p>\s*<p dir="auto">Two/,
    )
    expect((await ann.get('/entry/creme-brulee/edit')).text).toContain('One\n\nTwo</textarea>')
    const changed = await ann.post('/entry/creme-brulee/edit', { title: 'Flan', text: 'Three' })
    expect(changed).toMatchObject({ status: 303, location: '/entry/creme-brulee' })
    const { text } = await new Visitor(url).get('/entry/creme-brulee')
    expect(text).toContain('Flan</h1>')
    expect(text).toContain('Three')
    expect(text).toContain('(changed')
  })

  test('the entry of somebody else: 403, and it stays as it was', async () => {
    await ann.post('/compose', { title: 'Mine', text: 'my own words' })
    const dora = await new Visitor(url).signUp('Dora')
    expect((await dora.get('/entry/mine/edit')).status).toBe(403)
    expect((await dora.post('/entry/mine/edit', { title: 'Hers', text: 'x' })).status).toBe(403)
    expect((await dora.get('/entry/mine')).text).toContain('my own words')
  })

  test.each([
    { title: '', text: 'x', problem: 'Please give the entry a title', why: 'no title' },
    { title: 'x'.repeat(121), text: 'x', problem: 'at most 120', why: 'one character more than a title may have' },
    { title: 'Kept', text: ' \r\n ', problem: 'Please write something first', why: 'no text' },
    {
      title: 'Kept',
      text: 'x'.repeat(50_001),
      problem: 'at most 50000',
      why: 'one character more than an entry may have',
    },
  ])('refused in the form, with what was entered: $why', async ({ title, text, problem }) => {
    const answer = await ann.post('/compose', { title, text })
    expect(answer.status).toBe(422)
    expect(answer.text).toContain(problem)
    expect(answer.text).toContain(`value="${title}"`)
  })

  test('twelve entries of one title, at once: twelve addresses', async () => {
    await ann.get('/compose')
    const answers = []
    for (let i = 0; i < 12; i++) answers.push(ann.post('/compose', { title: 'Same', text: `${i}` }, '/compose'))
    const locations = (await Promise.all(answers)).map(({ location }) => location)
    expect(new Set(locations).size).toBe(12)
    expect(locations).toEqual(expect.arrayContaining(['/entry/same', '/entry/same-2', '/entry/same-9']))
  })

  test('hostile text: shown as text on every page, in the form and in the feed', async () => {
    const { location } = await ann.post('/compose', { title: HOSTILE, text: `${HOSTILE}\u0000\u0007` })
    const edit = `${location}/edit`
    for (const path of ['/', '/archive', '/feed', location ?? '', edit]) {
      const { status, text } = await ann.get(path)
      expect(status).toBe(200)
      expect(text).not.toContain('<script')
      expect(text).toContain('script&gt;')
    }
  })

  test.each([
    { title: 'Hello, World!', slug: 'hello-world', why: 'words in small letters' },
    { title: '../..', slug: 'entry', why: 'nothing that could stand in an address' },
    { title: 'Ärger & Öl', slug: 'arger-ol', why: 'without accents' },
    { title: '東京 2026', slug: '東京-2026', why: 'letters of any script' },
    { title: `${'a'.repeat(59)} b`, slug: 'a'.repeat(59), why: 'cut after 60 characters, and not at a hyphen' },
  ])('the slug of $title: $slug, $why', ({ title, slug }) => {
    expect(slugify(title)).toBe(slug)
  })
})

describe('what readers get', () => {
  test('the feed: well-formed Atom (RFC 4287) whose entries lead to pages of the blog', async () => {
    await ann.post('/compose', { title: 'Tea & cake', text: 'At <five>\n\nhttps://example.com/?a=1&b=2' })
    const { headers, text } = await new Visitor(url).get('/feed')
    expect(headers.get('content-type')).toBe('application/atom+xml; charset=utf-8')
    expect(openElements(text)).toEqual([])
    expect(text).toContain('<title>Tea &amp; cake</title>')
    expect(text).toContain('At &amp;lt;five&amp;gt;&lt;/p&gt;')
    expect(text).toContain(`<id>${url}/entry/tea-cake</id>`)
    expect((await new Visitor(url).get('/entry/tea-cake')).status).toBe(200)
  })

  test.each(['/nowhere', '/entry/nowhere', '/entry/'])('%s: a 404 page with the strict policy', async (path) => {
    const { status, text, headers } = await new Visitor(url).get(path)
    expect(status).toBe(404)
    expect(text).toContain('There is nothing here')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';style-src 'self'/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})

test('the program: keeps entries in BLOG_DATA, and ends with 0 on SIGTERM', async () => {
  const BLOG_DATA = join(await mkdtemp(join(tmpdir(), 'typhoon-blog-')), 'data')
  onTestFinished(() => rm(join(BLOG_DATA, '..'), { recursive: true }))
  await (await openDatabase({ directory: BLOG_DATA })).close() // creating the files may take longer than an example may
  await using first = await startExample('blog', { BLOG_DATA })
  const author = await new Visitor(first.url).signUp('Ann')
  await author.post('/compose', { title: 'Kept', text: 'on the disk' }, '/')
  expect(first.output()).toContain('sign-ins end with this process')
  expect(await first.stop()).toBe(0)

  await using second = await startExample('blog', { BLOG_DATA })
  expect((await new Visitor(second.url).get('/entry/kept')).text).toContain('on the disk')
  expect(await second.stop()).toBe(0)
}, 60_000)

/** The elements of an XML text that are not closed in order; a bare `<` or `&` is reported as well. */
function openElements(xml: string): string[] {
  const open: string[] = []
  for (const part of xml.replace(/^<\?xml[^>]*\?>/, '').split(/(?=<)/)) {
    const [, slash, name = part, selfClosing] = /^<(\/?)([a-z]+)(?: [a-z]+="[^"<]*")*(\/?)>/.exec(part) ?? []
    if (/&(?!(?:amp|lt|gt|quot|#x27);)/.test(part)) open.push(`&: ${part}`)
    if (slash === '/' && open.at(-1) === name) open.pop()
    else if (!selfClosing && part.trim() !== '') open.push(name)
  }
  return open
}
