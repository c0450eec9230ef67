/**
 * One open WebSocket on the server: the answer to the handshake, control frames, and the closing handshake (RFC 6455 §5.5, §7).
 *
 * Messages are framed and sent by our own side, since only so can a broadcast be encoded once.
 */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Agreement } from './agreement.ts'
import { CloseCode } from './close-code.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import { encodeCloseFrame, encodeFrame, Opcode } from './frame.ts'
import { FrameGate, type GateUser } from './frame-gate.ts'
import { crypto } from './late-modules.ts'
import { SendBudget } from './send-budget.ts'
import { violationCode } from './ws.ts'

/** Who deals with what a connection receives. Messages come one by one: the next one waits for `release()`. */
export interface ConnectionListener {
  /** True if pings and pongs wait for `release()` too. */
  readonly stopAtPings: boolean
  message(data: string | Buffer): void
  pinged(data: Buffer): void
  ponged(data: Buffer): void
  /** Something came from the network: the peer is alive. */
  activity(): void
  /** Called once, when the socket is gone. */
  closed(code: number, reason: string): void
}

export interface Upgrade {
  readonly socket: Duplex
  /** What the client has already sent behind the request. */
  readonly head: Buffer
  /** The value of Sec-WebSocket-Key. */
  readonly key: string
  readonly agreement: Agreement
  /** Fields of the answer, names and values by turns. */
  readonly fields: readonly string[]
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11' // RFC 6455 §1.3
const MAX_CONTROL_BYTES = 16 * 1024
const NOTHING = Buffer.alloc(0)

function ignore(): void {}

/** Sockets whose peer has yet to answer a close frame, or to take what was sent before the end, by the time it has for that. */
const closing: Map<number, DeadlineQueue<Duplex>> = new Map()

export class WebSocketConnection implements GateUser {
  readonly budget: SendBudget
  readonly #socket: Duplex
  readonly #agreement: Agreement
  readonly #gate: FrameGate
  readonly #listener: ConnectionListener
  #isOpen = true
  /** What this side has closed with, or the peer where it has. */
  #closeCode: number | undefined
  #closeReason = ''
  /** True if the peer has sent a close frame, or nothing that it sends counts any more. */
  #concluded = false
  #gone = false

  /** Takes the socket and answers 101; whoever makes it calls `socketClosed()` when the socket is closed. */
  constructor({ socket, head, key, agreement, fields }: Upgrade, listener: ConnectionListener) {
    if (socket instanceof Socket) socket.setTimeout(0).setNoDelay(true)
    this.#socket = socket
    this.#agreement = agreement
    this.#listener = listener
    this.budget = new SendBudget(socket, agreement.limits)
    this.#gate = new FrameGate(socket, head, agreement, this)
    if (socket.listenerCount('error') === 0) socket.on('error', ignore) // the close is what counts
    this.budget.send({ bytes: answerTo(key, agreement.extensions, fields), control: true })
    this.budget.flush()
  }

  /** Begins to read; the listener must be ready for what comes. */
  start(): void {
    this.#gate.start()
  }

  /** True until a close frame was sent or received. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** True while the peer may have said more than anybody has seen, so that its silence means nothing. */
  get isHolding(): boolean {
    return this.#gate.isHolding
  }

  /** How messages are encoded for this peer, and for all others that have agreed upon the same. */
  get agreement(): Agreement {
    return this.#agreement
  }

  get stopAtPings(): boolean {
    return this.#listener.stopAtPings
  }

  /** Sends a ping; the answer comes to `listener.ponged()`. */
  ping(data: Uint8Array): void {
    if (this.#isOpen) this.#sendControl(encodeFrame(Opcode.ping, data))
  }

  /** Lets the next message through. */
  release(): void {
    this.#gate.release()
  }

  /** Begins the closing handshake, behind the messages that wait; messages that still come are dropped. */
  close(code?: number, reason = ''): void {
    if (!this.#isOpen) return
    this.#closeCode = code ?? CloseCode.none
    this.#closeReason = reason
    this.#sendClose(code, reason)
    this.#gate.releaseForGood()
  }

  /** Ends the connection without a closing handshake. */
  terminate(code: number = CloseCode.abnormal, reason = ''): void {
    this.#closeCode ??= code
    this.#closeReason ||= reason
    this.#isOpen = false
    this.#socket.destroy()
  }

  // What the gate lets through

  activity(): void {
    this.#listener.activity()
  }

  message(data: string | Buffer): void {
    if (this.#isOpen) this.#listener.message(data)
    else this.#gate.release()
  }

  /** A client that asks for pongs and does not read them is cut off. */
  pinged(data: Buffer): void {
    if (!this.#isOpen) return
    if (this.budget.controlBytes > MAX_CONTROL_BYTES) this.budget.flush() // many in one chunk are no flood yet
    if (this.budget.controlBytes > MAX_CONTROL_BYTES) return this.terminate()
    this.#sendControl(encodeFrame(Opcode.pong, data))
    this.#listener.pinged(data)
  }

  ponged(data: Buffer): void {
    if (this.#isOpen) this.#listener.ponged(data) // while it closes, nothing bounds what comes
  }

  /** The peer's code counts, whoever began. */
  concluded(code: number, reason: string): void {
    this.#closeCode = code
    this.#closeReason = reason
    this.#concluded = true
    if (this.#isOpen) this.#sendClose(code === CloseCode.none ? undefined : code, reason)
    this.#end()
  }

  violated(error: NodeJS.ErrnoException): void {
    this.#fail(violationCode(error), error.message)
  }

  invalidText(): void {
    this.#fail(CloseCode.invalidPayload, 'the text is not UTF-8')
  }

  ended(): void {
    if (this.#isOpen) this.#awaitEnd() // what waits may be for a peer that does not read
    this.#isOpen = false
    if (this.#concluded) this.#settle()
    else this.#end()
  }

  /** To be called when the socket is gone; it also ends so when it has nothing more to do than to go. */
  socketClosed(): void {
    if (this.#gone) return
    this.#gone = true
    this.#isOpen = false
    closing.get(this.#agreement.limits.closeTimeout)?.delete(this.#socket)
    this.#gate.close()
    this.budget.close()
    this.#listener.closed(this.#closeCode ?? CloseCode.abnormal, this.#closeReason)
  }

  #fail(code: number, reason: string): void {
    this.#closeCode ??= code
    this.#closeReason ||= reason
    this.#concluded = true
    if (this.#isOpen) this.#sendClose(code, '')
    this.#end()
  }

  #sendControl(bytes: Buffer): void {
    this.budget.send({ bytes, control: true })
  }

  #sendClose(code: number | undefined, reason: string): void {
    this.#isOpen = false
    this.#sendControl(encodeCloseFrame(code, reason))
    this.#awaitEnd()
  }

  #awaitEnd(): void {
    closingIn(this.#agreement.limits.closeTimeout).set(this.#socket)
  }

  /** Ends this side of the connection behind all that waits. */
  #end(): void {
    const done = (error?: Error) => {
      if (error !== undefined) return // the socket is gone
      this.#socket.end()
      this.#settle()
    }
    this.budget.send({ bytes: NOTHING, control: true, done })
  }

  /** Does not wait for the socket where both sides have said their last word. */
  #settle(): void {
    if (this.#socket.writableEnded && this.#socket.readableEnded) this.socketClosed()
  }
}

function closingIn(timeout: number): DeadlineQueue<Duplex> {
  const queue = closing.get(timeout) ?? new DeadlineQueue<Duplex>(timeout, (socket) => void socket.destroy())
  closing.set(timeout, queue)
  return queue
}

function answerTo(key: string, extensions: string, fields: readonly string[]): Buffer {
  const accept = crypto()
    .createHash('sha1')
    .update(key + GUID)
    .digest('base64') // RFC 6455 §4.2.2
  let head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`
  if (extensions !== '') head += `Sec-WebSocket-Extensions: ${extensions}\r\n`
  for (let i = 0; i < fields.length; i += 2) head += `${fields[i]}: ${fields[i + 1]}\r\n`
  return Buffer.from(`${head}\r\n`, 'latin1')
}
