import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { get, Load } from './load.ts'
import { Program } from './program.ts'

const OPEN = /^open at (\S+)$/
const LISTENS = /worker (\d+) \(pid (\d+)\) listens on (\S+)$/

async function start(options: { workers: number; [name: string]: unknown }) {
  const program = Program.fixture('service.ts', options)
  const [, , , url = ''] = await program.line(LISTENS, options.workers || availableParallelism())
  return { program, url }
}

function pidsOf(program: Program): string[] {
  return program.lines(LISTENS).map(([, , pid = '']) => pid)
}

async function occupiedPort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

describe('app.run({ workers }) (Tornado: fork_processes)', () => {
  test('2 workers: both listen on one address, and the first process does not serve', async () => {
    const { program, url } = await start({ workers: 2 })
    await using _ = program
    const pids = pidsOf(program)
    expect(new Set(pids).size).toBe(2)
    expect(pids).not.toContain(String(program.pid))
    await program.line(OPEN) // its own pipe, which may be behind
    expect(new Set(program.lines(OPEN).map(([, address]) => address))).toEqual(new Set([url]))
    const load = new Load(`${url}/pid`, { keepAlive: 0, oneShot: 16 })
    while (load.count < 400) await get(`${url}/pid`)
    const { bodies, failures } = await load.stop()
    expect(failures).toEqual([])
    expect(new Set(bodies)).toEqual(new Set(pids))
  })

  test.skipIf(availableParallelism() === 1)('0 workers: one per core', async () => {
    const { program } = await start({ workers: 0 })
    await using _ = program
    expect(program.output).toMatch(new RegExp(`starting ${availableParallelism()} workers`))
    expect(pidsOf(program)).toHaveLength(availableParallelism())
  })

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: all drain, every program goes on after run(), exit code 0',
    async (signal) => {
      const { program, url } = await start({ workers: 2 })
      await using _ = program
      const answer = get(`${url}/slow`)
      const [, pid = ''] = await program.line(/slow request in (\d+)/)
      program.signal(signal)
      await program.line(new RegExp(`${signal}: closing 2 workers`))
      process.kill(Number(pid), 'SIGUSR2')
      expect(await answer).toBe(`done by ${pid}`)
      expect(await program.exited).toEqual({ code: 0, signal: null })
      expect(program.lines(/^after run/)).toHaveLength(3)
    },
  )

  test('SIGINT to the whole group, as a terminal sends it: still one drain', async () => {
    const { program, url } = await start({ workers: 2 })
    await using _ = program
    const answer = get(`${url}/slow`)
    const [, pid = ''] = await program.line(/slow request in (\d+)/)
    program.signalGroup('SIGINT')
    await program.line(/SIGINT: closing/)
    process.kill(Number(pid), 'SIGUSR2')
    expect(await answer).toBe(`done by ${pid}`)
    expect(await program.exited).toEqual({ code: 0, signal: null })
  })

  test('a request that never ends: cut off at the deadline', async () => {
    const { program, url } = await start({ workers: 2, deadline: 100 })
    await using _ = program
    const outcome = get(`${url}/stuck`).catch((error: NodeJS.ErrnoException) => error.code)
    await program.line(/stuck request/)
    program.signal('SIGTERM')
    expect(await outcome).toBe('ECONNRESET')
    expect(await program.exited).toEqual({ code: 0, signal: null })
  })

  test('a second signal: all end at once', async () => {
    const { program, url } = await start({ workers: 2, deadline: 600_000 })
    await using _ = program
    const outcome = get(`${url}/stuck`).catch(() => 'cut')
    await program.line(/stuck request/)
    program.signal('SIGTERM')
    await program.line(/closing 2 workers/)
    program.signal('SIGTERM')
    expect(await program.exited).toEqual({ code: 143, signal: null })
    expect(await outcome).toBe('cut')
  })

  test('a worker that crashes: another takes its number, and the address is the same', async () => {
    const { program, url } = await start({ workers: 2 })
    await using _ = program
    await get(`${url}/crash`).catch(() => undefined)
    const [, taskId = ''] = await program.line(
      /worker (\d+) \(pid \d+\) has ended: exit code 7; another starts in 100 ms/,
    )
    const [, sameId, , sameUrl] = await program.line(LISTENS, 3)
    expect([sameId, sameUrl]).toEqual([taskId, url])
    expect(await get(`${url}/pid`)).toMatch(/^\d+$/)
  })

  test('a worker that is killed from outside: replaced as well', async () => {
    const { program } = await start({ workers: 2 })
    await using _ = program
    const [killed] = pidsOf(program)
    process.kill(Number(killed), 'SIGKILL')
    await program.line(new RegExp(`\\(pid ${killed}\\) has ended: SIGKILL`))
    const [, , successor] = await program.line(LISTENS, 3)
    expect(successor).not.toBe(killed)
  })

  test('a program that crashes at once: longer and longer pauses, then exit code 1 and the reason', async () => {
    await using program = Program.fixture('service.ts', { workers: 2, maxRestarts: 2, broken: true })
    expect(await program.exited).toEqual({ code: 1, signal: null })
    expect(program.lines(/worker 0 .* another starts in 100 ms/)).toHaveLength(1)
    expect(program.lines(/worker \d .* another starts in 200 ms/).length).toBeGreaterThan(0)
    expect(program.output).toMatch(/has ended: exit code 1; that is 3 within 60 s, more than maxRestarts allows/)
    expect(program.output).toMatch(/code: 'TYPHOON_WORKERS'/)
  })

  test('a port that is taken: told once with its code, exit code 1', async () => {
    const { server, port } = await occupiedPort()
    await using program = Program.fixture('service.ts', { workers: 2, port })
    expect(await program.exited).toEqual({ code: 1, signal: null })
    server.close()
    expect(program.lines(/ListenError: cannot listen on 127\.0\.0\.1, port \d+: another program/)).toHaveLength(1)
    expect(program.output).toMatch(/code: 'EADDRINUSE'/)
  })

  test('the first process is killed: no worker stays behind', async () => {
    const { program } = await start({ workers: 2 })
    await using _ = program
    program.signal('SIGKILL')
    expect(await program.exited).toEqual({ code: null, signal: 'SIGKILL' }) // settles once no process has its output open
  })
})

describe('SIGHUP: workers are replaced one by one', () => {
  test('under load: no request is refused or broken, and new processes answer', { timeout: 60_000 }, async () => {
    const { program, url } = await start({ workers: 2 })
    await using _ = program
    const load = new Load(`${url}/pid`, { keepAlive: 12, oneShot: 4 })
    while (load.count < 300) await get(`${url}/pid`)
    for (const round of [1, 2]) {
      program.signal('SIGHUP')
      await program.line(/all workers are replaced/, round)
    }
    const { failures, bodies } = await load.stop()
    expect(failures).toEqual([])
    const pids = pidsOf(program)
    expect(pids).toHaveLength(6)
    expect(pids.slice(-2)).toContain(await get(`${url}/pid`))
    for (const generation of [pids.slice(0, 2), pids.slice(2, 4), pids.slice(4)]) {
      expect(bodies.some((pid) => generation.includes(pid))).toBe(true)
    }
  })

  test('a request under way in the old worker: gets its answer', async () => {
    const { program, url } = await start({ workers: 2 })
    await using _ = program
    const answer = get(`${url}/slow`)
    const [, pid = ''] = await program.line(/slow request in (\d+)/)
    program.signal('SIGHUP')
    await program.line(/has closed: exit code 0|listens on/, 3)
    process.kill(Number(pid), 'SIGUSR2')
    expect(await answer).toBe(`done by ${pid}`)
    await program.line(/all workers are replaced/)
  })

  test('a new program that does not start: the old workers stay', async () => {
    const free = await occupiedPort()
    free.server.close()
    await once(free.server, 'close')
    const { program, url } = await start({ workers: 2, brokenIfTaken: free.port })
    await using _ = program
    const before = pidsOf(program)
    const taken = createServer().listen(free.port, '127.0.0.1')
    await once(taken, 'listening')
    program.signal('SIGHUP')
    await program.line(/no worker is replaced any more, the others stay: worker 0 \(pid \d+\) ended before it listened/)
    taken.close()
    expect(before).toContain(await get(`${url}/pid`))
    expect(pidsOf(program)).toEqual(before)
  })
})

describe.skipIf(process.platform === 'win32')('workers on a Unix socket', () => {
  test('the file of a server that was killed is taken over; all workers answer; nothing is left at the end', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'typhoon-socket-'))
    const path = join(folder, 'shop.sock')
    {
      await using killed = Program.fixture('service.ts', { path, port: undefined })
      await killed.line(OPEN)
      killed.signal('SIGKILL')
      await killed.exited
    }
    await using program = Program.fixture('service.ts', { path, workers: 2 })
    await program.line(LISTENS, 2)
    const pids = pidsOf(program)
    const answers = new Set<string>()
    const ask = () => get('http://localhost/pid', { socketPath: path, agent: false })
    while (answers.size < 2) for (const pid of await Promise.all(Array.from({ length: 16 }, ask))) answers.add(pid)
    expect(answers).toEqual(new Set(pids))
    program.signal('SIGTERM')
    expect(await program.exited).toEqual({ code: 0, signal: null })
    await expect(readdir(folder)).resolves.toEqual([])
    await rm(folder, { recursive: true })
  })
})
