/** A complete answer on a connection that stays open: one write, past the stream of Node's response. */
import type { Socket } from 'node:net'

/** Who hears that an answer has been handed to the system. */
export interface Answerer {
  answered(): void
}

/**
 * Sends a complete answer on a connection that stays open.
 *
 * @param fields - names and values by turns, with Content-Length, without Connection and Date
 * @param size - of the body, in bytes
 * @param keepAlive - milliseconds for which an idle connection is kept; 0 for ever
 * @returns false if this answer has to take Node's way; nothing was sent then
 */
export function answer(
  socket: Socket,
  status: number,
  reason: string,
  fields: readonly string[],
  body: string | Uint8Array | undefined,
  size: number,
  keepAlive: number,
  answerer: Answerer,
): boolean {
  if (!socket.writable) return false
  const head = formatHead(status, reason, fields, keepAlive)
  if (head === undefined || !send(socket, head, body, size)) return false
  // what the system took at once needs no callback
  if (socket.writableLength === 0 && socket.errored === null) answerer.answered()
  else socket.write('', (error) => error ?? answerer.answered()) // after an error the socket's close tells
  return true
}

/** @returns false for text that cannot be sent together with its head */
function send(socket: Socket, head: string, body: string | Uint8Array | undefined, size: number): boolean {
  if (body === undefined) {
    socket.write(head, 'latin1')
  } else if (typeof body === 'string') {
    const isPlain = size === body.length // then it is ASCII
    if (!isPlain && !isASCII(head)) return false // a field would not be the same in the encoding of the body
    socket.write(head + body, isPlain ? 'latin1' : 'utf8') // the cheaper one where it does
  } else if (body.length <= SHORT) {
    socket.write(head + latin1(body), 'latin1') // each byte is one character of it, and one string is cheaper than two buffers
  } else {
    socket.cork()
    socket.write(head, 'latin1')
    socket.write(body)
    socket.uncork()
  }
  return true
}

/** Bytes up to which Node writes a string without a buffer of its own, with room for the head. */
const SHORT = 12 * 1024

function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}

function isASCII(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

/** @returns undefined for a head that says more than the usual about date or connection */
function formatHead(status: number, reason: string, fields: readonly string[], keepAlive: number): string | undefined {
  let head = `HTTP/1.1 ${status} ${reason}\r\n`
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    if ((name.length === 4 || name.length === 10) && /^(?:date|connection)$/i.test(name)) return undefined
    head += `${name}: ${fields[i + 1]}\r\n`
  }
  return head + endOfHead(keepAlive)
}

let end = ''
let keepAliveOfEnd = 0

/** The fields that every answer has, the same for the rest of a second. */
function endOfHead(keepAlive: number): string {
  if (end === '' || keepAlive !== keepAliveOfEnd) {
    if (end === '') setTimeout(forgetEnd, 1000 - (Date.now() % 1000)).unref()
    const timeout = keepAlive >= 1000 ? `Keep-Alive: timeout=${Math.floor(keepAlive / 1000)}\r\n` : ''
    end = `Date: ${new Date().toUTCString()}\r\nConnection: keep-alive\r\n${timeout}\r\n`
    keepAliveOfEnd = keepAlive
  }
  return end
}

function forgetEnd(): void {
  end = ''
}
