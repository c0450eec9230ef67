import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const COMMAND = 'redis-server'
const OLDEST = 7 // which has sharded pub/sub

/** Whether there is a Redis to start, of version 7 or later; what must be there under CI is an error when it is missing. */
export function hasRedis(): boolean {
  const { stdout } = spawnSync(COMMAND, ['--version'], { encoding: 'utf8' })
  const isThere = Number(/v=(\d+)/.exec(stdout ?? '')?.[1] ?? 0) >= OLDEST
  const missing = `${COMMAND} ${OLDEST} or later is not installed`
  if (!isThere && process.env['CI']) throw new Error(`${missing}; Debian has it in redis-server`)
  if (!isThere) console.warn(`${missing}: the tests of RedisHub are skipped`)
  return isThere
}

/** A Redis in a folder and on a port of its own, which writes each command to the disk before it answers. */
export class RedisServer {
  readonly url: string
  readonly port: number
  readonly #folder: string
  readonly #options: Readonly<Record<string, string>>
  #child: ChildProcess | undefined
  #lines: string[] = []
  #waiting: (() => void)[] = []

  private constructor(folder: string, port: number, options: Readonly<Record<string, string>>) {
    this.#folder = folder
    this.port = port
    this.#options = options
    this.url = `redis://127.0.0.1:${port}`
  }

  static async start(options: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
    const server = new RedisServer(await mkdtemp(join(tmpdir(), 'redis-')), await freePort(), options)
    await server.restart()
    return server
  }

  async restart(): Promise<void> {
    const options = {
      bind: '127.0.0.1',
      port: this.port,
      dir: this.#folder,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
      ...this.#options,
    }
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
    const child = spawn(COMMAND, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    this.#lines = []
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#lines.push(line)
      for (const wake of this.#waiting.splice(0)) wake()
    })
    await this.logged('Ready to accept connections')
  }

  /** Settles when the server has said this since it was started. */
  async logged(text: string): Promise<void> {
    while (!this.#lines.some((line) => line.includes(text))) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** What the server answers to a command, as lines. */
  async ask(...command: string[]): Promise<string[]> {
    const { stdout } = await promisify(execFile)('redis-cli', ['-p', String(this.port), ...command])
    return stdout.trimEnd().split('\n')
  }

  /** Makes it stand still, or go on. */
  pause(isPaused: boolean): void {
    this.#child?.kill(isPaused ? 'SIGSTOP' : 'SIGCONT')
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

/** A Redis Cluster of three masters. */
export class RedisClusterServers {
  readonly nodes: readonly RedisServer[]

  private constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes
  }

  static async start(): Promise<RedisClusterServers> {
    const cluster = new RedisClusterServers(await Promise.all([startNode(), startNode(), startNode()]))
    const addresses = cluster.urls.map((url) => new URL(url).host)
    await promisify(execFile)('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'])
    await Promise.all(cluster.nodes.map((node) => node.logged('Cluster state changed: ok')))
    return cluster
  }

  /** Starts a replica of a node; settles when it has what its master has. */
  async addReplica(master: RedisServer): Promise<RedisServer> {
    const replica = await startNode()
    const id = (await master.ask('CLUSTER', 'MYID'))[0] ?? ''
    const [address, known] = [replica, master].map(({ url }) => new URL(url).host) as [string, string] // of two
    const options = ['--cluster-slave', '--cluster-master-id', id]
    await promisify(execFile)('redis-cli', ['--cluster', 'add-node', address, known, ...options])
    await replica.logged('MASTER <-> REPLICA sync: Finished with success')
    return replica
  }

  get urls(): string[] {
    return this.nodes.map(({ url }) => url)
  }

  async remove(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.remove()))
  }
}

async function startNode(): Promise<RedisServer> {
  const bus = await freePort()
  return RedisServer.start({ 'cluster-enabled': 'yes', 'cluster-port': String(bus), 'cluster-node-timeout': '2000' })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
