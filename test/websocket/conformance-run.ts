/** Runs a conformance case against an endpoint that echoes, and says what came back. */
import { createHash } from 'node:crypto'
import { WebSocketHandler, websocketConnect } from '@typhoon/websocket'
import type { ConformanceCase } from './conformance-cases.ts'
import { FramePeer, type RawFrame } from './conformance-peer.ts'
import { serve } from './socket-server.ts'

export interface Outcome {
  /** Frames that came before the close frame: opcode and payload, the latter as a string that compares fast. */
  readonly answers: readonly string[]
  /** Code of the close frame: 1005 for none in it, 1006 if there was no close frame. */
  readonly close: number
}

/** How the bytes of a case are to come: pieces, each of which arrives by itself. */
export type Cut = (bytes: Buffer) => Iterable<Buffer>

const MAX = 32 * 1024 * 1024
const CLOSE = 8

/** The handler in between. It waits long for close frames, so that no case passes by a time-out. */
export class EchoHandler extends WebSocketHandler {
  static override readonly maxMessageSize: number = MAX
  static override readonly maxBufferedBytes: number = 2 * MAX
  static override readonly closeTimeout: number = 60_000
  #onClosed: (code: number) => void = () => {}

  override initialize({ onClosed }: { onClosed: (code: number) => void }): void {
    this.#onClosed = onClosed
  }

  override onMessage(message: string | Buffer): unknown {
    void this.writeMessage(message)
    return undefined
  }

  override onClose(code: number): void {
    this.#onClosed(code)
  }
}

/** Codes that `onClose()` was called with, in turn. */
export class CloseLog {
  readonly codes: number[] = []
  #wake: () => void = () => {}

  readonly add = (code: number): void => {
    this.codes.push(code)
    this.#wake()
  }

  async until(count: number): Promise<readonly number[]> {
    while (this.codes.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.codes
  }
}

export async function echoServer(Handler: typeof EchoHandler = EchoHandler): Promise<{ port: number; log: CloseLog }> {
  const log = new CloseLog()
  const { port } = await serve([['/', Handler, { onClosed: log.add }]])
  return { port, log }
}

/** A client of ours that echoes until its connection is closed. @returns what it then says the close code was */
export async function echoClient(port: number, compression = false): Promise<number | undefined> {
  const socket = await websocketConnect(`ws://127.0.0.1:${port}/`, {
    maxMessageSize: MAX,
    compression,
    closeTimeout: 60_000,
  })
  for await (const message of socket) void socket.writeMessage(message)
  return socket.closeCode
}

/** The handshake's answer of a raw server. */
export function answerTo(extensions?: string): (key: string) => string {
  return (key) => {
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    const extra = extensions === undefined ? '' : `Sec-WebSocket-Extensions: ${extensions}\r\n`
    return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${extra}\r\n`
  }
}

/** Says what the case says, and listens. */
export async function converse(
  peer: FramePeer,
  { send, chop, expect, close }: ConformanceCase,
  cut?: Cut,
): Promise<Outcome> {
  const sent = deliver(peer, send, chop, cut)
  const answers: string[] = []
  const closes = close === 1000 && !send.some(({ parts }) => parts.opcode === CLOSE)
  for (;;) {
    if (closes && answers.length === expect.length) {
      await sent
      peer.send({ payload: Buffer.from([3, 232]), parts: { opcode: CLOSE } })
    }
    const found = await peer.read()
    if (found === undefined) return { answers, close: 1006 }
    const { fin, rsv, opcode, payload } = found
    if (opcode === CLOSE) {
      await sent
      return { answers, close: await ending(peer, payload) }
    }
    if (!fin || rsv !== 0) throw new Error(`an echo is one plain frame here, got FIN ${fin} and reserved bits ${rsv}`)
    answers.push(described(opcode, payload))
  }
}

/** What the case expects, in the form of an outcome. */
export function expected({ expect, close }: ConformanceCase): Outcome {
  return { answers: expect.map(({ payload, parts: { opcode = 0 } }) => described(opcode, payload)), close }
}

const LONG = 200 // bytes that are still printed

/** A message in few characters, so that two of them are compared fast. */
export function described(opcode: number | undefined, payload: Buffer): string {
  if (payload.length <= LONG) return `${opcode} ${payload.toString('latin1')}`
  return `${opcode} ${payload.length} bytes, ${createHash('sha1').update(payload).digest('hex')}`
}

async function deliver(
  peer: FramePeer,
  frames: readonly RawFrame[],
  chop?: 'frames' | number,
  cut?: Cut,
): Promise<void> {
  if (cut !== undefined) return peer.sendApart(cut(peer.encode(frames)))
  if (chop === undefined) return peer.send(...frames)
  if (chop === 'frames') return peer.sendApart(frames.map((each) => peer.encode([each])))
  return peer.sendApart(chops(peer.encode(frames), chop))
}

/** Closes with 1000. @returns the code that comes back, with which the connection ends */
export async function closing(peer: FramePeer): Promise<number> {
  peer.send({ payload: Buffer.from([3, 232]), parts: { opcode: CLOSE } })
  const found = await peer.read()
  if (found?.opcode !== CLOSE) throw new Error(`expected a close frame, got opcode ${found?.opcode}`)
  return ending(peer, found.payload)
}

/** Pieces of that many bytes. */
export function* chops(bytes: Buffer, size: number): Iterable<Buffer> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

/** The server ends the connection, without waiting for anything from its client (RFC 6455 §7.1.1). */
async function ending(peer: FramePeer, payload: Buffer): Promise<number> {
  if (peer.role === 'server') peer.socket.end()
  const more = await peer.read()
  if (more !== undefined) throw new Error(`nothing may follow a close frame (§5.5.1), got opcode ${more.opcode}`)
  return payload.length === 0 ? 1005 : payload.readUInt16BE(0)
}

/** Runs a case against a client of ours. @returns the outcome, and the close code that the client then has */
export async function againstClient(
  spec: ConformanceCase,
  cut?: Cut,
): Promise<Outcome & { readonly closeCode: number | undefined }> {
  const { port, accepted } = await FramePeer.listen(answerTo())
  const client = echoClient(port)
  const outcome = await converse(await accepted, spec, cut)
  return { ...outcome, closeCode: await client }
}
