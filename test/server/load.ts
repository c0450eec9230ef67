import { Agent, type RequestOptions, request } from 'node:http'

/** What became of the requests of a load. */
export interface LoadResult {
  readonly bodies: string[]
  readonly failures: string[]
}

/** Requests that follow one another without a pause, on several connections at once. */
export class Load {
  readonly #url: string
  readonly #result: LoadResult = { bodies: [], failures: [] }
  readonly #lanes: Promise<void>[]
  #stopped = false

  /**
   * @param keepAlive - how many lanes use one connection for as long as the server lets them
   * @param oneShot - how many lanes open a connection for each request
   */
  constructor(url: string, { keepAlive, oneShot }: { keepAlive: number; oneShot: number }) {
    this.#url = url
    const lanes = [...Array<boolean>(keepAlive).fill(true), ...Array<boolean>(oneShot).fill(false)]
    this.#lanes = lanes.map((isKept) => this.#lane(isKept))
  }

  get count(): number {
    return this.#result.bodies.length
  }

  async stop(): Promise<LoadResult> {
    this.#stopped = true
    await Promise.all(this.#lanes)
    return this.#result
  }

  async #lane(isKept: boolean): Promise<void> {
    const agent = new Agent({ keepAlive: isKept, maxSockets: 1 })
    while (!this.#stopped) {
      await get(this.#url, { agent }).then(
        (body) => this.#result.bodies.push(body),
        (error: NodeJS.ErrnoException) => {
          this.#result.failures.push(`${isKept ? 'keep-alive' : 'one-shot'}: ${error.code ?? error.message}`)
          this.#stopped ||= error.code === 'ECONNREFUSED' // nobody is there any more
        },
      )
    }
    agent.destroy()
  }
}

/** One GET; rejects for a status other than 200 and for a body that is cut. */
export function get(url: string, options: RequestOptions = { agent: false }): Promise<string> {
  return new Promise((resolve, reject) => {
    const req = request(url, options, (res) => {
      let body = ''
      res.setEncoding('utf8')
      res.on('data', (chunk: string) => {
        body += chunk
      })
      res.on('error', reject)
      res.on('end', () => (res.statusCode === 200 ? resolve(body) : reject(new Error(`status ${res.statusCode}`))))
    })
    req.on('error', reject)
    req.end()
  })
}
