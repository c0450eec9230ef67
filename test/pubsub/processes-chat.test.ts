/** The chat example in several processes: people at different workers, and at two machines with one Redis. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, type RequestOptions, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Program } from '../server/program.ts'
import { closePayload, FrameClient, frame } from '../websocket/frame-client.ts'
import { hasRedis, RedisServer } from './redis-server.ts'

const COOKIE_SECRET = 'the same for all processes of these tests'

const FOLDER = fileURLToPath(new URL('../../examples/chat/', import.meta.url))

/** The chat as its reader starts it; in several processes, each can be made the only one that takes connections. */
class ChatServer {
  readonly program: Program
  readonly url: string

  private constructor(program: Program, url: string) {
    this.program = program
    this.url = url
  }

  static run(env: NodeJS.ProcessEnv, workers = 1): Program {
    const arguments_ = workers === 1 ? [] : ['--workers', String(workers)]
    return new Program(['server.ts', ...arguments_], { cwd: FOLDER, env: { PORT: '0', ...env } })
  }

  static async start(env: NodeJS.ProcessEnv, workers = 1): Promise<ChatServer> {
    const program = ChatServer.run(env, workers)
    const [, url = ''] = await program.line(/listen\w+ on (\S+)/, workers === 1 ? 1 : workers + 1)
    return new ChatServer(program, url)
  }

  /** Does something while all workers but this one stand still. */
  async at<T>(worker: number, action: () => Promise<T>): Promise<T> {
    const pids = this.program.lines(/worker \d+ \(pid (\d+)\) listens/).map(([, pid]) => Number(pid))
    const others = pids.filter((_, i) => i !== worker)
    for (const pid of others) process.kill(pid, 'SIGSTOP')
    try {
      return await action()
    } finally {
      for (const pid of others) process.kill(pid, 'SIGCONT')
    }
  }

  async stop(): Promise<number | null> {
    this.program.signal('SIGTERM')
    return (await this.program.exited).code
  }
}

/** Somebody who has signed in, and what their sockets hear. */
class Guest {
  readonly cookie: string

  private constructor(cookie: string) {
    this.cookie = cookie
  }

  static async signIn({ url }: ChatServer, name: string): Promise<Guest> {
    const { status, cookies } = await post(url, '/sign-in', { name })
    if (status !== 303) throw new Error(`${name} cannot sign in: ${status}`)
    return new Guest(cookies)
  }

  async enter({ url }: ChatServer, room: string, since?: string): Promise<Visit> {
    const path = `/room/${room}/socket${since === undefined ? '' : `?since=${since}`}`
    const client = await FrameClient.open(Number(new URL(url).port), { path, fields: { Cookie: this.cookie } })
    if (client.answer.status !== 101) throw new Error(`no socket: ${client.answer.head}`)
    return new Visit(client)
  }
}

interface Heard {
  readonly type?: string
  readonly id?: string
  readonly data?: { readonly text: string; readonly author: { readonly name: string } }
  readonly person?: { readonly name: string }
  readonly people?: readonly { readonly name: string }[]
}

class Visit {
  readonly #client: FrameClient
  lastId: string | undefined

  constructor(client: FrameClient) {
    this.#client = client
  }

  say(text: string): void {
    this.#client.send(frame(JSON.stringify({ key: randomUUID(), text })))
  }

  /** The next that is of this kind, as a short text. */
  async next(kind: 'message' | 'join' | 'leave' | 'people'): Promise<string> {
    for (;;) {
      const { type = 'message', id, data, person, people } = JSON.parse(await this.#client.readText()) as Heard
      this.lastId = id ?? this.lastId
      if (type !== kind) continue
      if (data !== undefined) return `${data.author.name}: ${data.text}`
      return person?.name ?? (people ?? []).map(({ name }) => name).join(', ')
    }
  }

  async closed(): Promise<number> {
    for (;;) {
      const received = await this.#client.read()
      if (received === undefined) return 1006
      if (received.opcode !== 8) continue
      this.#client.send(frame(received.payload, { opcode: 8 }))
      return received.payload.readUInt16BE(0)
    }
  }

  leave(): void {
    this.#client.send(frame(closePayload(1000), { opcode: 8 }))
  }
}

interface Answer {
  readonly status: number
  readonly cookies: string
  readonly body: string
}

/** On a connection of its own, so that whoever can take it answers. */
async function ask(url: URL, options: RequestOptions, content = ''): Promise<Answer> {
  const req = request(url, { agent: false, ...options }).end(content)
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  const cookies = (res.headers['set-cookie'] ?? []).map((cookie) => cookie.slice(0, cookie.indexOf(';'))).join('; ')
  return { status: res.statusCode ?? 0, cookies, body: await text(res) }
}

/** Sends a form with the token that the page has. */
async function post(base: string, path: string, fields: Record<string, string>, cookie = ''): Promise<Answer> {
  const page = await ask(new URL('/sign-in', base), {})
  const token = /name="_xsrf" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const headers = { Cookie: `${page.cookies}; ${cookie}`, 'Content-Type': 'application/x-www-form-urlencoded' }
  const form = new URLSearchParams({ _xsrf: token, ...fields })
  return ask(new URL(path, base), { method: 'POST', headers }, form.toString())
}

describe('the chat with --workers', () => {
  let chat: ChatServer
  beforeAll(async () => {
    chat = await ChatServer.start({ COOKIE_SECRET: undefined }, 2)
  }, 60_000)
  afterAll(() => chat?.program[Symbol.asyncDispose]())

  test('people at two workers: signed in at both, they see each other and hear each other; a name is taken everywhere', async () => {
    const ann = await chat.at(0, () => Guest.signIn(chat, 'Ann'))
    const bob = await chat.at(1, () => Guest.signIn(chat, 'Bob'))
    const there = await chat.at(1, () => ann.enter(chat, 'Lounge')) // with a cookie that the other worker has signed
    expect(await there.next('people')).toBe('Ann')
    const here = await chat.at(0, () => bob.enter(chat, 'Lounge'))
    expect(await here.next('people')).toBe('Ann, Bob')
    expect(await there.next('join')).toBe('Bob')
    here.say('hello')
    there.say('how are you?')
    const heard = [[await here.next('message'), await here.next('message')]]
    heard.push([await there.next('message'), await there.next('message')])
    expect(heard[0]).toEqual(heard[1])
    expect(heard[0]?.toSorted()).toEqual(['Ann: how are you?', 'Bob: hello'])
    await expect(chat.at(0, () => Guest.signIn(chat, 'ann'))).rejects.toThrow('409')
    here.leave()
    expect(await there.next('leave')).toBe('Bob')
    there.leave()
  }, 60_000)

  test('signing out at one worker: the socket at the other is closed with 4401', async () => {
    const cid = await chat.at(0, () => Guest.signIn(chat, 'Cid'))
    const visit = await chat.at(0, () => cid.enter(chat, 'Kitchen'))
    await visit.next('people')
    await chat.at(1, () => post(chat.url, '/sign-out', {}, cid.cookie))
    expect(await visit.closed()).toBe(4401)
  }, 60_000)

  test('SIGTERM: sockets get 1001, and it ends with 0', async () => {
    const dan = await Guest.signIn(chat, 'Dan')
    const visit = await dan.enter(chat, 'Lounge')
    await visit.next('people')
    const closed = visit.closed()
    expect(await chat.stop()).toBe(0)
    expect(await closed).toBe(1001)
    expect(chat.program.output).not.toMatch(/^\[E /m)
  }, 60_000)
})

describe.skipIf(!hasRedis())('the chat with REDIS_URL', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis?.remove())

  test('two servers with one Redis: one room, and who loses one server goes on at the other with nothing missed', async () => {
    const env = { REDIS_URL: redis.url, COOKIE_SECRET }
    const [one, other] = await Promise.all([ChatServer.start(env), ChatServer.start(env)])
    onTestFinished(() => one.program[Symbol.asyncDispose]())
    onTestFinished(() => other.program[Symbol.asyncDispose]())
    const [ann, bob] = [await Guest.signIn(one, 'Ann'), await Guest.signIn(other, 'Bob')]
    const annAtOne = await ann.enter(one, 'Lounge')
    expect(await annAtOne.next('people')).toBe('Ann')
    const bobAtOther = await bob.enter(other, 'Lounge')
    expect(await bobAtOther.next('people')).toBe('Ann, Bob')
    expect(await annAtOne.next('join')).toBe('Bob')
    annAtOne.say('hello from one')
    for (const visit of [annAtOne, bobAtOther]) expect(await visit.next('message')).toBe('Ann: hello from one')
    const closed = annAtOne.closed()
    expect(await one.stop()).toBe(0)
    expect(await closed).toBe(1001)
    expect(await bobAtOther.next('leave')).toBe('Ann')
    bobAtOther.say('where are you?')
    expect(await bobAtOther.next('message')).toBe('Bob: where are you?')
    const back = await ann.enter(other, 'Lounge', annAtOne.lastId)
    expect(await back.next('message')).toBe('Bob: where are you?')
    for (const visit of [back, bobAtOther]) visit.leave()
    expect(await other.stop()).toBe(0)
  }, 60_000)

  test('no COOKIE_SECRET: it says what is needed, and ends with 1', async () => {
    await using chat = ChatServer.run({ REDIS_URL: redis.url, COOKIE_SECRET: undefined })
    expect((await chat.exited).code).toBe(1)
    expect(chat.output).toMatch(/^The chat cannot start: .*COOKIE_SECRET.*openssl/)
    expect(chat.output).not.toContain('    at ')
  })
})

test.each([
  { env: { REDIS_URL: 'http://x', COOKIE_SECRET }, says: /url must be that of a Redis server/ },
  { env: { REDIS_URL: 'redis://x,y', COOKIE_SECRET }, says: /cluster must be a list of URLs/ },
])('the chat with $env.REDIS_URL: it says what is expected, and ends with 1', async ({ env, says }) => {
  await using chat = ChatServer.run(env)
  expect((await chat.exited).code).toBe(1)
  expect(chat.output).toMatch(says)
  expect(chat.output).not.toContain('    at ')
})
