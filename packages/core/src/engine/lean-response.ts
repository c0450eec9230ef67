/**
 * A complete answer in one write: `http.ServerResponse` with a second way out.
 *
 * Node's own way builds the head in many steps and sends it through a stream; for an answer that is known as a whole that is
 * most of its cost. This is the only file that touches what Node does not document: four fields by which a response says
 * that it has been sent, and that the server goes on when it emits `finish`. A self-test at start-up compares the effect with
 * what is expected, and where a version of Node behaves differently every answer takes the documented way.
 */
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** The fields of `ServerResponse` in question. */
interface SentState {
  _header: string | null
  _headerSent: boolean
  finished: boolean
  maxRequestsOnConnectionReached?: boolean
}

export class LeanResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  /**
   * Sends a complete answer on a connection that stays open.
   *
   * @param fields - names and values by turns, with Content-Length, without Connection and Date
   * @param keepAlive - milliseconds for which an idle connection is kept; 0 for ever
   * @returns false if this answer has to take Node's way; nothing was sent then
   */
  answer(
    status: number,
    reason: string,
    fields: readonly string[],
    body: string | Uint8Array | undefined,
    keepAlive: number,
  ): boolean {
    const state = this as unknown as SentState
    const { socket } = this
    if (!works || socket === null || !socket.writable || !this.shouldKeepAlive) return false
    if (state._header || state.maxRequestsOnConnectionReached === true || this.req.httpVersionMinor === 0) return false
    const head = formatHead(status, reason, fields, keepAlive)
    if (head === undefined) return false
    this.statusCode = status
    this.statusMessage = reason
    state._header = head
    state._headerSent = true
    state.finished = true
    this.#write(socket, head, body)
    return true
  }

  #write(socket: Socket, head: string, body: string | Uint8Array | undefined): void {
    const finish = () => void this.emit('finish')
    if (body === undefined) {
      socket.write(head, 'latin1', finish)
    } else if (typeof body === 'string') {
      socket.write(head + body, 'utf8', finish)
    } else {
      socket.cork()
      socket.write(head, 'latin1')
      socket.write(body, finish)
      socket.uncork()
    }
  }
}

/** @returns undefined for a head that says more than the usual about date or connection, or holds more than ASCII */
function formatHead(status: number, reason: string, fields: readonly string[], keepAlive: number): string | undefined {
  let head = `HTTP/1.1 ${status} ${reason}\r\n`
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    if ((name.length === 4 || name.length === 10) && /^(?:date|connection)$/i.test(name)) return undefined
    head += `${name}: ${fields[i + 1]}\r\n`
  }
  head += `Date: ${dateNow()}\r\nConnection: keep-alive\r\n`
  if (keepAlive >= 1000) head += `Keep-Alive: timeout=${Math.floor(keepAlive / 1000)}\r\n`
  // text beyond ASCII would not be the same in the encoding of the body
  return BEYOND_ASCII.test(head) ? undefined : `${head}\r\n`
}

const BEYOND_ASCII = /[^\t-~]/

let second = 0
let dateText = ''

/** The time in the format of the Date field, made anew once a second. */
function dateNow(): string {
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) {
    second = now
    dateText = new Date(now * 1000).toUTCString()
  }
  return dateText
}

/** True while answers may go out in one write. */
let works = true
works = process.env['TYPHOON_LEAN_RESPONSE'] !== 'off' && passesSelfTest()

/** Answers once on a stream of our own, and looks at what Node makes of it. */
function passesSelfTest(): boolean {
  const written: Buffer[] = []
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk)
      done()
    },
  })
  const req = new IncomingMessage(stream as Socket)
  req.httpVersionMajor = 1
  req.httpVersionMinor = 1
  const res = new LeanResponse(req)
  if (!res.shouldKeepAlive || res.headersSent || res.writableEnded) return false
  res.assignSocket(stream as Socket)
  const answered = res.answer(200, 'OK', ['Content-Length', '2'], 'ok', 5000)
  const text = Buffer.concat(written).toString()
  const isWhole =
    /^HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\nDate: [^\r]+\r\nConnection: keep-alive\r\n.*\r\n\r\nok$/s.test(text)
  const isSent = res.headersSent && res.writableEnded && res.statusCode === 200
  res.detachSocket(stream as Socket)
  return answered && isWhole && isSent
}
