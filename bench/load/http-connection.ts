/**
 * One connection of the load client, with one request in flight.
 *
 * It understands as much of an answer as it has to: the status, and where the body ends.
 */
import type { Socket } from 'node:net'
import { answerEnd } from './http-answer.ts'

const LONGEST_WAIT = 30_000 // ms for an answer; the server is stuck then

export class HTTPConnection {
  readonly socket: Socket
  readonly #requests: readonly string[]
  readonly #status: string
  #next: number
  #received = ''
  #answered: () => void = () => {}
  #failed: (error: Error) => void = () => {}

  constructor(socket: Socket, requests: readonly string[], start: number, status: number) {
    this.socket = socket
    this.#requests = requests
    this.#next = start
    this.#status = `HTTP/1.1 ${status} `
    socket.setEncoding('latin1') // one character for each byte, so that lengths are right
    socket.on('data', (text: string) => this.#receive(text))
    socket.setTimeout(LONGEST_WAIT, () => this.#failed(new Error(`no answer in ${LONGEST_WAIT} ms`)))
    socket.on('error', (error) => this.#failed(error))
    socket.on('close', () => this.#failed(new Error('the server closed a connection')))
  }

  /** One request after another until a point in time; each one's milliseconds are added to `latencies`. */
  repeat(end: number, latencies: number[]): Promise<void> {
    return new Promise((resolve, reject) => {
      let sent = performance.now()
      this.#failed = reject
      this.#answered = () => {
        const now = performance.now()
        latencies.push(now - sent)
        if (now >= end) return resolve()
        sent = now
        this.#send()
      }
      this.#send()
    })
  }

  #send(): void {
    this.socket.write(this.#requests[this.#next++ % this.#requests.length] ?? '', 'latin1')
  }

  #receive(text: string): void {
    this.#received = this.#received === '' ? text : this.#received + text
    const end = answerEnd(this.#received)
    if (end === undefined || this.#received.length < end) return
    if (!this.#received.startsWith(this.#status)) {
      return this.#failed(new Error(`expected ${this.#status}, got ${this.#received.slice(0, 100)}`))
    }
    this.#received = ''
    this.#answered()
  }
}
