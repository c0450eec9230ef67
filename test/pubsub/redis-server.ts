import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const COMMAND = 'redis-server'

/** Whether there is a Redis to start; what must be there under CI is an error when it is missing. */
export function hasRedis(): boolean {
  const found = spawnSync(COMMAND, ['--version']).status === 0
  if (!found && process.env['CI']) throw new Error(`${COMMAND} is not installed; Debian has it in redis-server`)
  if (!found) console.warn(`${COMMAND} is not installed: the tests of RedisHub are skipped`)
  return found
}

/** A Redis in a folder and on a port of its own, which writes each command to the disk before it answers. */
export class RedisServer {
  readonly url: string
  readonly #folder: string
  readonly #port: number
  #child: ChildProcess | undefined

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#port = port
    this.url = `redis://127.0.0.1:${port}`
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await mkdtemp(join(tmpdir(), 'redis-')), await freePort())
    await server.restart()
    return server
  }

  async restart(): Promise<void> {
    const options = {
      bind: '127.0.0.1',
      port: this.#port,
      dir: this.#folder,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
    }
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
    const child = spawn(COMMAND, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.includes('Ready to accept connections')) break
    }
    child.stdout.resume()
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  async remove(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
