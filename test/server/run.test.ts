import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { get, Load } from './load.ts'
import { Program } from './program.ts'

const OPEN = /^open at (\S+)$/

async function start(options: object = {}) {
  const program = Program.fixture('service.ts', options)
  const [, url = ''] = await program.line(OPEN)
  return { program, url }
}

describe('app.run() in one process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s: closes, goes on after run(), and ends with 0', async (signal) => {
    const { program, url } = await start()
    await using _ = program
    expect(await get(`${url}/pid`)).toBe(String(program.pid))
    program.signal(signal)
    await program.line(new RegExp(`${signal}: closing`))
    await program.line(/^after run/)
    expect(await program.exited).toEqual({ code: 0, signal: null })
  })

  test('a request under way: gets its answer before the process ends', async () => {
    const { program, url } = await start()
    await using _ = program
    const answer = get(`${url}/slow`)
    await program.line(/slow request/)
    program.signal('SIGTERM')
    await program.line(/SIGTERM: closing/)
    program.signal('SIGUSR2')
    expect(await answer).toBe(`done by ${program.pid}`)
    expect(await program.exited).toEqual({ code: 0, signal: null })
  })

  test('a request that never ends: cut off at the deadline', async () => {
    const { program, url } = await start({ deadline: 100 })
    await using _ = program
    const outcome = get(`${url}/stuck`).catch((error: NodeJS.ErrnoException) => error.code)
    await program.line(/stuck request/)
    program.signal('SIGTERM')
    expect(await outcome).toBe('ECONNRESET')
    expect(await program.exited).toEqual({ code: 0, signal: null })
  })

  test.each([
    { signal: 'SIGTERM', code: 143 },
    { signal: 'SIGINT', code: 130 },
  ] as const)('a second $signal: ends at once with $code', async ({ signal, code }) => {
    const { program, url } = await start({ deadline: 600_000 })
    await using _ = program
    const outcome = get(`${url}/stuck`).catch(() => 'cut')
    await program.line(/stuck request/)
    program.signal(signal)
    await program.line(/: closing/)
    program.signal(signal)
    expect(await program.exited).toEqual({ code, signal: null })
    expect(await outcome).toBe('cut')
  })

  test('SIGTERM under load: what was accepted is answered, also on connections that are kept', async () => {
    const { program, url } = await start()
    await using _ = program
    const load = new Load(`${url}/pid`, { keepAlive: 8, oneShot: 0 })
    while (load.count < 500) await get(`${url}/pid`)
    program.signal('SIGTERM')
    expect(await program.exited).toEqual({ code: 0, signal: null })
    const { failures } = await load.stop()
    expect(new Set(failures)).toEqual(new Set(['keep-alive: ECONNREFUSED'])) // new connections once it has closed
  })

  test('a port that is taken: told once with its code, exit code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    await using program = Program.fixture('service.ts', { port })
    expect(await program.exited).toEqual({ code: 1, signal: null })
    other.close()
    expect(
      program.lines(/ListenError: cannot listen on 127\.0\.0\.1, port \d+: another program already listens/),
    ).toHaveLength(1)
    expect(program.output).toMatch(/code: 'EADDRINUSE'/)
  })

  test.each([
    { workers: -1 },
    { workers: 1.5 },
    { deadline: -1 },
    { maxRestarts: -1 },
    { restartWindow: 0 },
    { prot: 80 },
  ])('%j: refused with the name of the option', async (options) => {
    await using program = Program.fixture('service.ts', options)
    expect(await program.exited).toEqual({ code: 1, signal: null })
    expect(program.output).toMatch(new RegExp(`OptionError: .*${Object.keys(options)[0]}`))
  })
})
