/**
 * The load client of the WebSocket area: echoes on many sockets, broadcasts to many subscribers, or sockets that do nothing.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Load, Sample } from '../contest.ts'
import { serveLoad } from '../load-program.ts'
import { percentile } from '../statistics.ts'
import { textFrame } from './websocket-frames.ts'
import { messageText, sampleText } from './websocket-messages.ts'
import { LoadSocket, type SocketTarget } from './websocket-socket.ts'

/** Options for `startLoad('load/websocket.ts', …)`. */
export interface WebSocketLoad extends SocketTarget {
  /** `echo`: every socket sends what comes back; `broadcast`: the first one sends, all receive; `idle`: none does anything. */
  readonly kind: 'echo' | 'broadcast' | 'idle'
  readonly connections: number
  /** Messages on their way at a time: of each socket (`echo`), or of the one that sends (`broadcast`). */
  readonly inFlight: number
  /** Size of a message in bytes. */
  readonly size: number
}

const AT_ONCE = 64 // handshakes
const VARIANTS = 16 // different messages, so that compression does not meet the same one again and again
const MAX_LATENCIES = 2 ** 20
const SETTLE_TIME = 200 // ms, after which what a server does once per connection is done

async function connect(options: WebSocketLoad): Promise<Load> {
  const sockets = await openAll(options)
  await wait(SETTLE_TIME)
  const run = {
    echo: () => new EchoLoad(sockets, options),
    broadcast: () => new BroadcastLoad(sockets, options),
    idle: () => ({ run: idle }),
  }[options.kind]()
  return {
    run: (seconds) => run.run(seconds),
    close: async () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function openAll(options: WebSocketLoad): Promise<LoadSocket[]> {
  const sockets: LoadSocket[] = []
  while (sockets.length < options.connections) {
    const count = Math.min(AT_ONCE, options.connections - sockets.length)
    sockets.push(...(await Promise.all(Array.from({ length: count }, () => LoadSocket.open(options)))))
  }
  return sockets
}

async function idle(seconds: number): Promise<Sample> {
  await wait(seconds * 1000)
  return { count: 0, seconds }
}

/** Every socket sends as many messages as have come back, until time is up; then all echoes are waited for. */
class EchoLoad {
  readonly #sockets: readonly EchoSocket[]
  readonly #inFlight: number

  constructor(sockets: readonly LoadSocket[], { inFlight, ...options }: WebSocketLoad) {
    const frame = textFrame(messageText(sampleText(options.size, 0), options))
    const runs = Array.from({ length: inFlight + 1 }, (_, count) => Buffer.concat(Array(count).fill(frame)))
    this.#sockets = sockets.map((socket) => new EchoSocket(socket, runs))
    this.#inFlight = inFlight
  }

  async run(seconds: number): Promise<Sample> {
    const latencies = new Latencies()
    const start = performance.now()
    const deadline = start + seconds * 1000
    const counts = await Promise.all(this.#sockets.map((each) => each.run(this.#inFlight, deadline, latencies)))
    return sampleOf(
      counts.reduce((sum, count) => sum + count, 0),
      start,
      latencies,
    )
  }
}

class EchoSocket {
  readonly #socket: LoadSocket
  /** As many frames in one piece as the index says. */
  readonly #runs: readonly Buffer[]
  readonly #sentAt: number[] = []

  constructor(socket: LoadSocket, runs: readonly Buffer[]) {
    this.#socket = socket
    this.#runs = runs
  }

  run(inFlight: number, deadline: number, latencies: Latencies): Promise<number> {
    return new Promise((resolve) => {
      let received = 0
      let missing = inFlight
      this.#socket.onMessages = (count) => {
        const now = performance.now()
        received += count
        for (let i = 0; i < count; i += 1) latencies.add(now - (this.#sentAt.shift() ?? now))
        if (now < deadline) this.#send(count, now)
        else {
          missing -= count
          if (missing === 0) resolve(received)
        }
      }
      this.#send(inFlight, performance.now())
    })
  }

  #send(count: number, now: number): void {
    for (let i = 0; i < count; i += 1) this.#sentAt.push(now)
    this.#socket.send(this.#runs[count] ?? Buffer.alloc(0))
  }
}

/** The first socket sends a burst; when all have got all of it, it sends the next one. */
class BroadcastLoad {
  readonly #sockets: readonly LoadSocket[]
  readonly #bursts: readonly Buffer[]
  readonly #perBurst: number

  constructor(sockets: readonly LoadSocket[], { inFlight, ...options }: WebSocketLoad) {
    this.#sockets = sockets
    this.#perBurst = sockets.length * inFlight
    const frames = Array.from({ length: VARIANTS }, (_, i) =>
      textFrame(messageText(sampleText(options.size, i), options)),
    )
    this.#bursts = frames.map((_, first) =>
      Buffer.concat(Array.from({ length: inFlight }, (_, i) => frames[(first + i) % VARIANTS] ?? Buffer.alloc(0))),
    )
  }

  run(seconds: number): Promise<Sample> {
    const latencies = new Latencies()
    const start = performance.now()
    const deadline = start + seconds * 1000
    for (const socket of this.#sockets) socket.bytes = 0
    return new Promise((resolve) => {
      let received = 0
      let sent = 0
      let sentAt = 0
      const send = () => {
        sentAt = performance.now()
        this.#sockets[0]?.send(this.#bursts[sent % VARIANTS] ?? Buffer.alloc(0))
        sent += 1
      }
      const count = (messages: number) => {
        received += messages
        if (received < sent * this.#perBurst) return
        const now = performance.now()
        latencies.add(now - sentAt)
        if (now < deadline) send()
        else resolve(this.#sample(received, start, latencies))
      }
      for (const socket of this.#sockets) socket.onMessages = count
      send()
    })
  }

  #sample(count: number, start: number, latencies: Latencies): Sample {
    const bytes = this.#sockets.reduce((sum, socket) => sum + socket.bytes, 0)
    return { ...sampleOf(count, start, latencies), extra: { 'bytes on the wire': bytes / count } }
  }
}

/** In milliseconds, the last ones. */
class Latencies {
  readonly #values = new Float64Array(MAX_LATENCIES)
  #count = 0

  add(latency: number): void {
    this.#values[this.#count % MAX_LATENCIES] = latency
    this.#count += 1
  }

  percentiles(): { p50: number; p99: number } {
    const known = this.#values.subarray(0, Math.min(this.#count, MAX_LATENCIES))
    return { p50: percentile(known, 0.5), p99: percentile(known, 0.99) }
  }
}

function sampleOf(count: number, start: number, latencies: Latencies): Sample {
  const seconds = (performance.now() - start) / 1000
  return { count, seconds, ...latencies.percentiles() }
}

await serveLoad(connect)
