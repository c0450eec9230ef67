/**
 * A connection read in the units of its protocol (Tornado: `IOStream`).
 *
 * The socket stays in paused mode and is read while a read is pending only. What nobody asks for waits in the socket, up to
 * its high-water mark; then it stops reading, the window closes, and the peer has to wait. So a stream holds what its read needs,
 * within `maxBufferSize`, and little more than one chunk beyond it.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { inspect } from 'node:util'
import { StreamBufferFullError, StreamBusyError, StreamClosedError, TCPOptionError } from './errors.ts'
import { checkNames } from './options.ts'
import { type Pending, PendingRead } from './pending-read.ts'
import { ReadBuffer } from './read-buffer.ts'
import {
  bytesRequest,
  delimiterRequest,
  intoRequest,
  type ReadRequest,
  regexRequest,
  untilCloseRequest,
} from './read-request.ts'
import {
  type ResolvedStreamOptions,
  resolveStreamOptions,
  STREAM_OPTION_NAMES,
  type StreamOptions,
} from './stream-options.ts'
import { checkStartTLSOptions, handshake, type StartTLSOptions } from './tls-handshake.ts'

export interface ReadOptions {
  /** Ends the wait: the read rejects with the signal's reason. The stream stays usable and no byte is lost. */
  signal?: AbortSignal | undefined
}

export interface PartialReadOptions extends ReadOptions {
  /** Settle as soon as there is any byte at all. @defaultValue false */
  partial?: boolean | undefined
}

export interface SearchOptions extends ReadOptions {
  /** Most bytes of the result, delimiter included. @defaultValue `maxBufferSize` of the stream */
  maxBytes?: number | undefined
}

export interface RegexSearchOptions extends SearchOptions {
  /**
   * Longest text that the regex itself may match, in bytes. When more arrives, the search goes back that far and no further, so
   * that a peer who sends byte by byte cannot make it expensive. @defaultValue 4096
   */
  maxMatchSize?: number | undefined
}

/**
 * Reads and writes a connection: so many bytes, up to a delimiter, up to a match, up to the end.
 *
 * One read may be pending at a time. What arrived before the stream was closed can still be read. The end of what the peer sends
 * is noticed by the next read that needs more, or at once after `setCloseCallback()`; it closes the stream, and what was written
 * by then is still sent.
 *
 * Promises of reads and writes may be dropped: a rejection that nobody awaits is no unhandled rejection, for the next call on
 * the stream fails, too.
 *
 * @example
 * const name = await stream.readUntil('\n', { maxBytes: 100, signal: AbortSignal.timeout(5000) })
 * await stream.write(`hello ${name}`)
 */
export class IOStream implements AsyncDisposable {
  readonly #options: ResolvedStreamOptions
  readonly #host: string | undefined
  readonly #buffer: ReadBuffer = new ReadBuffer()
  #socket: Socket
  #read: Pending | undefined
  #lastWrite: Promise<void> = Promise.resolve()
  #startingTls = false
  #ended = false // the peer has sent all, and the socket has given it all
  #closed = false
  #error: Error | undefined
  #closeCallback: (() => void) | undefined

  /**
   * Takes over a connected socket; nothing else may read from it or write to it.
   *
   * @param host - the name the socket was connected to, which `startTls()` holds the certificate against
   * @throws {@link TCPOptionError} for an option that is unknown or out of range
   */
  constructor(socket: Socket | TLSSocket, options: StreamOptions & { host?: string | undefined } = {}) {
    checkNames('IOStream', options, ['host', ...STREAM_OPTION_NAMES])
    this.#options = resolveStreamOptions(options)
    this.#host = options.host
    this.#socket = socket
    this.#attach(socket)
  }

  /** Node's own socket, for its addresses, certificate and options; a TLSSocket when the stream is encrypted. */
  get socket(): Socket | TLSSocket {
    return this.#socket
  }

  /** True once the stream was closed by either side; see the class about when the end is noticed. */
  get closed(): boolean {
    return this.#closed
  }

  /** What closed the stream; undefined while it is open and if it was closed in the normal way. */
  get error(): Error | undefined {
    return this.#error
  }

  /**
   * Reads exactly `size` bytes; with `partial` from 1 to `size`, as soon as there are any.
   *
   * @param size - at most `maxBufferSize` without `partial`
   * @throws {@link StreamClosedError} if the stream ends before; the bytes there are stay readable
   * @throws {@link StreamBusyError} if another read is pending
   */
  readBytes(size: number, options: PartialReadOptions = {}): Promise<Buffer> {
    return this.#start(() => bytesRequest(size, options.partial ?? false, this.#options.maxBufferSize), options)
  }

  /**
   * Fills `buffer`; with `partial` settles as soon as there is something in it. The buffer may be larger than `maxBufferSize`.
   *
   * The memory is written while the read is pending. After a failed read its contents mean nothing: the bytes were given back
   * to the stream.
   *
   * @returns how many bytes were read
   * @throws {@link StreamClosedError} if the stream ends before
   */
  readInto(buffer: Uint8Array, options: PartialReadOptions = {}): Promise<number> {
    return this.#start(() => intoRequest(buffer, options.partial ?? false), options)
  }

  /**
   * Reads up to and including the first `delimiter`.
   *
   * @param delimiter - bytes, or text that is sought as UTF-8
   * @throws {@link UnsatisfiableReadError} if it does not end within `maxBytes`; the stream is closed
   * @throws {@link StreamBufferFullError} if it does not end within `maxBufferSize`; the stream is closed
   * @throws {@link StreamClosedError} if the stream ends before
   */
  readUntil(delimiter: string | Uint8Array, options: SearchOptions = {}): Promise<Buffer> {
    return this.#start(() => delimiterRequest(delimiter, options.maxBytes, this.#options.maxBufferSize), options)
  }

  /**
   * Reads up to and including the first match of `regex`, which sees each byte as one character, U+0000 to U+00FF.
   *
   * Write the regex for what ends the message (`/\r?\n\r?\n/`), not for the whole message, and let it end with something definite:
   * `/[0-9]+/` is content with the first digit if no other has arrived yet. It runs on what a peer sends, so it must not backtrack.
   *
   * @throws {@link UnsatisfiableReadError} if there is no match within `maxBytes`, or one longer than `maxMatchSize`; the stream is closed
   * @throws {@link StreamBufferFullError} if there is none within `maxBufferSize`; the stream is closed
   * @throws {@link StreamClosedError} if the stream ends before
   */
  readUntilRegex(regex: RegExp, options: RegexSearchOptions = {}): Promise<Buffer> {
    return this.#start(() => regexRequest(regex, options, this.#options.maxBufferSize), options)
  }

  /**
   * Reads all that the peer sends until it closes; the result may be empty.
   *
   * @throws {@link StreamBufferFullError} if that is more than `maxBufferSize`; the stream is closed
   * @throws {@link StreamClosedError} if the connection breaks; what had arrived can be read with `readBytes`
   */
  readUntilClose(options: ReadOptions = {}): Promise<Buffer> {
    return this.#start(() => untilCloseRequest(this.#options.maxBufferSize), options)
  }

  /**
   * Sends data; settles when the kernel has all that was written so far.
   *
   * To await it is to go no faster than the peer reads. Do not change the bytes before it settles.
   *
   * @param data - bytes, or text that is sent as UTF-8
   * @throws {@link StreamBufferFullError} if more than `maxWriteBufferSize` would wait; nothing of the data is sent
   * @throws {@link StreamClosedError} if the stream is closed before the kernel has it
   * @throws {@link TCPOptionError} for anything but text and bytes
   */
  write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    if (bytes instanceof Uint8Array) return quiet(this.#write(bytes))
    return quiet(
      Promise.reject(new TCPOptionError(`write: data must be a string or a Uint8Array, got ${inspect(data)}`)),
    )
  }

  /**
   * Encrypts the connection from here on (STARTTLS): waits for what was written, then does the handshake. The stream stays the same.
   *
   * Bytes that were read from the peer and are still unread make it fail: they came in the clear, perhaps from someone on the way,
   * and must not be taken for bytes that came encrypted.
   *
   * @param options - `isServer: true` with `key` and `cert`, or a client's, such as `servername` and `ca`
   * @throws {@link StreamBusyError} if a read is pending or bytes are unread; nothing has happened
   * @throws {@link StreamClosedError} if the handshake fails, with the reason as `realError`; the stream is closed
   *
   * @example
   * await stream.write('220 go ahead\r\n')
   * await stream.startTls({ isServer: true, key, cert })
   */
  async startTls(options: StartTLSOptions): Promise<this> {
    checkStartTLSOptions(options, this.#host)
    this.#assertIdle('startTls')
    if (this.#closed) throw this.#closedError('startTls')
    if (this.#buffer.length > 0) {
      throw new StreamBusyError(`startTls: ${this.#buffer.length} bytes that came unencrypted are unread`)
    }
    this.#startingTls = true
    try {
      await this.#lastWrite
      await this.#secure(options)
    } finally {
      this.#startingTls = false
    }
    return this
  }

  /**
   * Has `callback` called once when the stream is closed by either side, after a pending read was settled; soon if it is closed
   * already. Takes the place of an earlier callback; null takes it back. What it throws becomes an uncaught exception.
   *
   * With a callback the end of the connection is also noticed between reads, when nothing is left to read.
   */
  setCloseCallback(callback: (() => void) | null): void {
    this.#closeCallback = callback ?? undefined
    if (this.#closed) this.#runCloseCallback()
    else this.#watchForEnd()
  }

  /**
   * Closes at once: a pending read and writes that the kernel has not taken are rejected with {@link StreamClosedError}.
   * What has arrived can still be read. For an orderly end use `await using` or `await stream[Symbol.asyncDispose]()`.
   *
   * @param error - the reason, which becomes `error` and the `realError` of rejections
   */
  close(error?: Error): void {
    this.#markClosed(error)
    this.#socket.destroy()
  }

  /**
   * Closes in order: sends what was written and the end, then waits until the peer closes, for `closeTimeout` at most. What still
   * arrives is dropped, so that the peer gets the last words rather than a reset.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#endInOrder()
    if (this.#socket.closed) return
    await new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
  }

  #attach(socket: Socket): void {
    this.#socket = socket
    this.#ended = socket.readableEnded
    socket.allowHalfOpen = true // whoever sends the end may still wait for our answer
    socket.on('readable', this.#onReadable).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose)
    if (socket.destroyed) this.#markClosed(socket.errored ?? undefined)
  }

  #detach(socket: Socket): void {
    socket
      .off('readable', this.#onReadable)
      .off('end', this.#onEnd)
      .off('error', this.#onError)
      .off('close', this.#onClose)
    socket.on('error', () => {}) // the TLS socket on top of it reports it
  }

  readonly #onReadable = (): void => {
    if (this.#closed)
      this.#readSocket() // the peer is given time to close; nobody wants its bytes
    else if (this.#read !== undefined) this.#pump(this.#read)
    else this.#watchForEnd()
  }

  readonly #onEnd = (): void => {
    this.#ended = true
    if (this.#read !== undefined) this.#pump(this.#read)
    else this.#watchForEnd()
  }

  readonly #onError = (error: Error): void => {
    if (!this.#closed) this.#error = error // 'close' follows
  }

  readonly #onClose = (): void => this.#markClosed(this.#error)

  /** All that the socket holds. */
  #readSocket(): Buffer | null {
    return this.#socket.read() as Buffer | null // no encoding is set, so it is bytes
  }

  /** With nothing left to read, a look at the socket makes it report the end. */
  #watchForEnd(): void {
    if (this.#closeCallback === undefined || this.#read !== undefined || this.#startingTls) return
    if (this.#buffer.length > 0 || this.#socket.readableLength > 0) return
    if (this.#ended) this.#endInOrder()
    else this.#socket.read(0)
  }

  #start<T>(makeRequest: () => ReadRequest<T>, { signal }: ReadOptions): Promise<T> {
    try {
      const request = makeRequest()
      this.#assertIdle(request.name)
      signal?.throwIfAborted()
      const read = new PendingRead(request, signal, () => this.#fail(signal?.reason))
      this.#read = read
      this.#pump(read)
      return quiet(read.promise)
    } catch (error) {
      return quiet(Promise.reject(error))
    }
  }

  #assertIdle(name: string): void {
    if (this.#read !== undefined) throw new StreamBusyError(`${name}: ${this.#read.name} is pending`)
    if (this.#startingTls) throw new StreamBusyError(`${name}: startTls is under way`)
  }

  /** Moves what the socket has to the buffer until the read is complete or more has to come. */
  #pump(read: Pending): void {
    try {
      while (!read.attempt(this.#buffer)) {
        const chunk = this.#closed ? null : this.#readSocket()
        if (chunk === null) return this.#pumpedAll(read)
        this.#buffer.append(chunk)
      }
      this.#read = undefined
      this.#watchForEnd()
    } catch (error) {
      this.#fail(error)
      this.close(error as Error) // requests throw the errors of errors.ts
    }
  }

  #pumpedAll(read: Pending): void {
    if (this.#closed) this.#fail(this.#closedError(read.name))
    if (!this.#ended) return
    if (read.attemptAtEnd(this.#buffer)) this.#read = undefined
    this.#endInOrder() // rejects the read if it is still pending
  }

  #fail(reason: unknown): void {
    const read = this.#read
    this.#read = undefined
    read?.fail(reason, this.#buffer)
  }

  #write(data: Uint8Array): Promise<void> {
    if (this.#startingTls) return Promise.reject(new StreamBusyError('write: startTls is under way'))
    if (this.#closed) return Promise.reject(this.#closedError('write'))
    if (data.length === 0) return this.#lastWrite
    const { maxWriteBufferSize } = this.#options
    if (this.#socket.writableLength + data.length > maxWriteBufferSize) {
      return Promise.reject(new StreamBufferFullError('maxWriteBufferSize', maxWriteBufferSize))
    }
    this.#lastWrite = new Promise((resolve, reject) => {
      const socket = this.#socket
      socket.write(data, (error) => {
        const isSent = (error === undefined || error === null) && !socket.destroyed // or Node reports success for what was under way
        if (isSent) return resolve()
        this.close(this.#error ?? socket.errored ?? realError(error)) // so that whoever is told finds it closed
        reject(this.#closedError('write'))
      })
    })
    return this.#lastWrite
  }

  async #secure(options: StartTLSOptions): Promise<void> {
    const plain = this.#socket
    if (this.#closed) throw this.#closedError('startTls')
    this.#detach(plain)
    try {
      const secure = await handshake(plain, options, this.#host)
      this.#attach(secure)
      if (this.#closed) secure.destroy()
    } catch (error) {
      this.close(error as Error) // Node rejects with errors
    }
    if (this.#closed) throw this.#closedError('startTls')
  }

  #closedError(action: string): StreamClosedError {
    return new StreamClosedError(action, this.#error)
  }

  #endInOrder(): void {
    if (this.#closed) return
    this.#markClosed(undefined)
    this.#socket.end()
    const timer = setTimeout(() => this.#socket.destroy(), this.#options.closeTimeout)
    this.#socket.once('close', () => clearTimeout(timer))
    this.#socket.read(0) // so that the end is reported if it has arrived
  }

  #markClosed(error: Error | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#error = error
    const last = this.#readSocket()
    if (last !== null) this.#buffer.append(last)
    if (this.#read !== undefined) this.#pump(this.#read)
    this.#runCloseCallback()
  }

  #runCloseCallback(): void {
    const callback = this.#closeCallback
    this.#closeCallback = undefined
    if (callback !== undefined) setImmediate(callback) // after those who await the read have gone on
  }
}

/** Node's own error for a write to a destroyed socket says nothing of why it was destroyed. */
function realError(error: NodeJS.ErrnoException | null | undefined): Error | undefined {
  return error === null || error?.code === 'ERR_STREAM_DESTROYED' ? undefined : error
}

/** Marks a promise as looked after; those who await it still get its rejection. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
