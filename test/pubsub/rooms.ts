/** Programs of fixtures/rooms.ts, and clients of theirs that keep what they hear. */
import { Agent, get, type IncomingMessage, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { Program } from '../server/program.ts'
import { closePayload, FrameClient, frame } from '../websocket/frame-client.ts'

const LISTENS = /worker \d+ \(pid (\d+)\) listens on (\S+)$/
const FIXTURE = fileURLToPath(new URL('fixtures/rooms.ts', import.meta.url))

export interface RoomsOptions {
  readonly workers?: number
  readonly deadline?: number
  readonly redis?: string
}

/** A program that serves rooms, as one process or several. */
export class Rooms implements AsyncDisposable {
  readonly program: Program
  readonly url: URL

  private constructor(program: Program, url: string) {
    this.program = program
    this.url = new URL(url)
  }

  static async start(options: RoomsOptions = {}): Promise<Rooms> {
    const program = new Program([FIXTURE], { env: { FIXTURE_OPTIONS: JSON.stringify(options) } })
    const { workers = 1 } = options
    const [url = ''] =
      workers > 1
        ? (await program.line(LISTENS, workers)).slice(2)
        : (await program.line(/listening on (\S+)/)).slice(1)
    return new Rooms(program, url)
  }

  /** Of the workers that have listened so far, oldest first. */
  get pids(): number[] {
    return this.program.lines(LISTENS).map(([, pid]) => Number(pid))
  }

  /** Does something while all other workers stand still, so that this one has to take the connection. */
  async at<T>(pid: number, open: () => Promise<T>): Promise<T> {
    const others = this.pids.filter((other) => other !== pid)
    for (const other of others) process.kill(other, 'SIGSTOP')
    try {
      return await open()
    } finally {
      for (const other of others) process.kill(other, 'SIGCONT')
    }
  }

  socket(room: string, member: string, since?: string): Promise<RoomSocket> {
    return RoomSocket.open(this.url, room, member, since)
  }

  stream(room: string, lastEventId?: string): Promise<RoomStream> {
    return RoomStream.open(this.url, room, lastEventId)
  }

  /** Settles with the process that has published it. @throws {@link Error} if it was not accepted */
  publish(room: string, text: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const url = new URL(`/rooms/${room}/messages`, this.url)
      const req = request(url, { method: 'POST', agent: new Agent({ keepAlive: false }) }, (res) => {
        let pid = ''
        res.setEncoding('utf8').on('data', (chunk: string) => {
          pid += chunk
        })
        res.on('error', reject)
        res.on('end', () => (res.statusCode === 200 ? resolve(Number(pid)) : reject(new Error(`${res.statusCode}`))))
      })
      req.on('error', reject).end(text)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]()
  }
}

export interface RoomMessage {
  readonly id: string
  readonly text: string
}

/** What a client of either kind keeps. */
class RoomClient {
  readonly messages: RoomMessage[] = []
  /** `join ann`, `leave ann`. */
  readonly presence: string[] = []
  gaps = 0
  /** Of the process at the other end. */
  pid = 0
  #waiting: (() => void)[] = []

  get texts(): string[] {
    return this.messages.map(({ text }) => text)
  }

  get lastId(): string | undefined {
    return this.messages.at(-1)?.id
  }

  /** Settles when `isEnough()`. */
  async until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  protected changed(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

export class RoomSocket extends RoomClient {
  /** Who was there when it came. */
  members: string[] = []
  /** Ids of its own messages that were acknowledged, by their text. */
  readonly accepted: Map<string, string> = new Map()
  /** Settles with the code of the close frame, 1006 if there is none. */
  readonly closed: Promise<number>
  readonly #client: FrameClient
  #isClosed = false

  private constructor(client: FrameClient) {
    super()
    this.#client = client
    this.closed = this.#read()
  }

  /** Settles when everything missed has come, or the socket is closed. */
  static async open({ port }: URL, room: string, member: string, since?: string): Promise<RoomSocket> {
    const query = new URLSearchParams({ member, ...(since !== undefined && { since }) })
    const socket = new RoomSocket(await FrameClient.open(Number(port), { path: `/rooms/${room}?${query}` }))
    await socket.until(() => socket.pid > 0 || socket.#isClosed)
    return socket
  }

  send(text: string): void {
    this.#client.send(frame(text))
  }

  /** Sends and waits for the acknowledgement. @throws {@link Error} if the connection ends before */
  async say(text: string): Promise<void> {
    this.send(text)
    await this.until(() => this.accepted.has(text) || this.#isClosed)
    if (!this.accepted.has(text)) throw new Error(`nobody knows what has become of ${text}`)
  }

  leave(): void {
    this.#client.send(frame(closePayload(1000), { opcode: 8 }))
  }

  async #read(): Promise<number> {
    for (;;) {
      const received = await this.#client.read()
      if (received === undefined || received.opcode === 8) {
        this.#isClosed = true
        this.changed()
        if (received === undefined) return 1006
        this.#client.send(frame(received.payload, { opcode: 8 }))
        return received.payload.readUInt16BE(0)
      }
      this.#take(JSON.parse(received.payload.toString()))
      this.changed()
    }
  }

  #take(event: Record<string, unknown>): void {
    const { id, data, accepted, join, leave, gap, pid, members } = event as Record<string, string>
    if (data !== undefined) this.messages.push({ id: id ?? '', text: data })
    if (accepted !== undefined) this.accepted.set(accepted, id ?? '')
    if (join !== undefined) this.presence.push(`join ${join}`)
    if (leave !== undefined) this.presence.push(`leave ${leave}`)
    if (gap !== undefined) this.gaps++
    if (pid === undefined) return
    this.pid = Number(pid)
    this.members = members as unknown as string[] // as the fixture sends it
  }
}

export class RoomStream extends RoomClient {
  /** Settles with whether the response was complete. */
  readonly ended: Promise<boolean>
  readonly #response: IncomingMessage
  #isReady = false
  #isOver = false

  private constructor(response: IncomingMessage) {
    super()
    this.#response = response
    this.ended = this.#read()
  }

  /** Settles when everything missed has come, or the stream is over. */
  static async open(url: URL, room: string, lastEventId?: string): Promise<RoomStream> {
    const headers = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(new URL(`/rooms/${room}/events`, url), { headers, agent: false }, resolve).on('error', reject)
    })
    const stream = new RoomStream(response)
    await stream.until(() => stream.#isReady || stream.#isOver)
    return stream
  }

  leave(): void {
    this.#response.destroy()
  }

  async #read(): Promise<boolean> {
    let rest = ''
    try {
      for await (const chunk of this.#response.setEncoding('utf8')) {
        const blocks = (rest + chunk).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) this.#take(block)
        this.changed()
      }
    } catch {
      // cut off, which `complete` tells as well
    }
    this.#isOver = true
    this.changed()
    return this.#response.complete && rest === ''
  }

  #take(block: string): void {
    if (block.startsWith(':')) return // a heartbeat
    const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
    const [event = 'message', id = '', data = ''] = [field('event'), field('id'), field('data')]
    if (event === 'pid') this.pid = Number(data)
    if (event === 'gap') this.gaps++
    if (event === 'ready') this.#isReady = true
    if (event === 'message') this.messages.push({ id, text: data })
  }
}
