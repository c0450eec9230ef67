import { createSocket, type Socket, type SocketOptions } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { DatagramQueue } from './datagram-queue.ts'
import { DatagramSocketClosedError, StreamBusyError, TCPOptionError } from './errors.ts'
import { checkInteger, checkNames, checkPort, checkText } from './options.ts'

export interface DatagramAddress {
  readonly address: string
  readonly port: number
  readonly family: 'IPv4' | 'IPv6'
}

/** What arrived, whole, and from whom; the sender's address is easily forged. */
export interface Datagram {
  readonly data: Buffer
  readonly from: DatagramAddress
}

export interface DatagramSocketOptions {
  /** 0 lets the system choose one. @defaultValue 0 */
  port?: number | undefined
  /** The address to listen on. @defaultValue every address of the family */
  host?: string | undefined
  /** @defaultValue 6 if `host` is an IPv6 address, otherwise 4 */
  family?: 4 | 6 | undefined
  /** Lets other sockets have the same port, as multicast receivers want. @defaultValue false */
  reuseAddress?: boolean | undefined
  /** Allows to send to a broadcast address. @defaultValue false */
  broadcast?: boolean | undefined
  /**
   * Most bytes that wait to be received; a datagram counts its data and 128 bytes. When they are there, what arrives is dropped
   * and counted in `dropped`. @defaultValue 1 MiB
   */
  maxQueueSize?: number | undefined
}

const NAMES = ['port', 'host', 'family', 'reuseAddress', 'broadcast', 'maxQueueSize']

/**
 * Sends and receives UDP datagrams.
 *
 * @example
 * await using socket = await DatagramSocket.bind({ port: 3737 })
 * for await (const { data, from } of socket) await socket.send(data, from.port, from.address)
 */
export class DatagramSocket implements AsyncDisposable, AsyncIterable<Datagram> {
  readonly #socket: Socket
  readonly #queue: DatagramQueue<Datagram>
  #connected = false
  #closed: Promise<void> | undefined
  #error: Error | undefined
  #wake: (() => void) | undefined

  private constructor(socket: Socket, maxQueueSize: number) {
    this.#socket = socket
    this.#queue = new DatagramQueue(maxQueueSize)
    socket.on('message', (data, { address, port, family }) => {
      if (this.#queue.push({ data, from: { address, port, family } }, data.length)) this.#wake?.()
    })
    socket.on('error', (error) => {
      this.#error = error
      this.#wake?.()
    })
  }

  /**
   * Makes a socket and binds it; without a port, as for a client, to one that is free.
   *
   * @throws {@link TCPOptionError} for an option that is unknown or out of range
   * @throws the error of the system, with its `code`, such as `EADDRINUSE`
   */
  static async bind(options: DatagramSocketOptions = {}): Promise<DatagramSocket> {
    checkDatagramOptions(options)
    const {
      port = 0,
      host,
      family = isIPv6(host ?? '') ? 6 : 4,
      reuseAddress = false,
      maxQueueSize = 1024 * 1024,
    } = options
    const type: SocketOptions['type'] = family === 6 ? 'udp6' : 'udp4'
    const socket = createSocket({ type, reuseAddr: reuseAddress })
    try {
      await settled(socket, (done) => socket.bind({ port, ...(host === undefined ? {} : { address: host }) }, done))
    } catch (error) {
      socket.close()
      throw error
    }
    if (options.broadcast === true) socket.setBroadcast(true)
    return new DatagramSocket(socket, maxQueueSize)
  }

  /** Where it receives. */
  get address(): DatagramAddress {
    this.#assertOpen('address')
    const { address, port, family } = this.#socket.address()
    return { address, port, family: family === 'IPv6' ? 'IPv6' : 'IPv4' }
  }

  /** How many datagrams were dropped because nobody received them in time. The kernel's own losses are not counted. */
  get dropped(): number {
    return this.#queue.dropped
  }

  get closed(): boolean {
    return this.#closed !== undefined
  }

  /** Only sends to and receives from one peer from now on. Then `send()` needs no address, and a peer that is not there is noticed. */
  async connect(port: number, host: string): Promise<void> {
    this.#assertOpen('connect')
    checkPort(port, 1)
    checkText('host', host)
    await settled(this.#socket, (done) => this.#socket.connect(port, host, done as () => void)) // gets the error of the lookup
    this.#connected = true
  }

  /**
   * Sends one datagram; settles when the kernel has it, which does not mean that it arrives.
   *
   * @param data - bytes, or text that is sent as UTF-8; at most 65507 bytes over IPv4
   * @param port - with `host`, unless the socket is connected
   * @throws the error of the system, such as `EMSGSIZE` or the one of the name's lookup
   */
  async send(data: string | Uint8Array, port?: number, host?: string): Promise<void> {
    this.#assertOpen('send')
    if (this.#connected !== (port === undefined)) {
      throw new TCPOptionError(`send: ${this.#connected ? 'the socket is connected, leave out' : 'give'} port and host`)
    }
    if (port === undefined) return settled(undefined, (done) => this.#socket.send(data, done))
    checkPort(port, 1)
    checkText('host', host)
    await settled(undefined, (done) => this.#socket.send(data, port, host, done))
  }

  /**
   * The next datagram, from those that wait or when one arrives.
   *
   * @param options - `signal` ends the wait; nothing is lost
   * @throws {@link DatagramSocketClosedError} if the socket is closed and none waits
   * @throws {@link StreamBusyError} if another `receive()` is pending
   * @throws the error of the system; for a connected socket `ECONNREFUSED` if nobody has the port. The socket stays usable
   */
  async receive(options: { signal?: AbortSignal | undefined } = {}): Promise<Datagram> {
    const { signal } = options
    signal?.throwIfAborted()
    if (this.#wake !== undefined) throw new StreamBusyError('receive: another receive is pending')
    for (;;) {
      const datagram = this.#queue.shift()
      if (datagram !== undefined) return datagram
      this.#throwError()
      this.#assertOpen('receive')
      await this.#arrival(signal)
      signal?.throwIfAborted()
    }
  }

  /** The datagrams as they arrive, until the socket is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Datagram, void, undefined> {
    while (!this.closed || this.#queue.length > 0) {
      try {
        yield await this.receive()
      } catch (error) {
        if (error instanceof DatagramSocketClosedError) return
        throw error
      }
    }
  }

  /**
   * Receives what is sent to a multicast group.
   *
   * @param network - the address of a local interface (for IPv6 `::%eth1`). @defaultValue the system chooses one
   */
  joinMulticast(group: string, network?: string): void {
    this.#assertOpen('joinMulticast')
    this.#socket.addMembership(group, network)
  }

  leaveMulticast(group: string, network?: string): void {
    this.#assertOpen('leaveMulticast')
    this.#socket.dropMembership(group, network)
  }

  /**
   * How multicast datagrams leave this socket.
   *
   * @param options - `ttl`: how many networks far, 1 by default, which is the local one; `loopback`: whether this machine gets them,
   * too, true by default; `network`: the local interface, as in `joinMulticast()`
   */
  setMulticast(options: { ttl?: number; loopback?: boolean; network?: string }): void {
    this.#assertOpen('setMulticast')
    const { ttl, loopback, network } = options
    if (ttl !== undefined) this.#socket.setMulticastTTL(ttl)
    if (loopback !== undefined) this.#socket.setMulticastLoopback(loopback)
    if (network !== undefined) this.#socket.setMulticastInterface(network)
  }

  /** Receives no more; what waits already can still be received. Settles when the port is free. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#socket.close(() => resolve())
      this.#wake?.()
    })
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Settles when there may be something new: a datagram, an error, the end or the signal. */
  async #arrival(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = resolvable()
    this.#wake = resolve
    signal?.addEventListener('abort', resolve)
    await promise
    signal?.removeEventListener('abort', resolve)
    this.#wake = undefined
  }

  #throwError(): void {
    const error = this.#error
    this.#error = undefined
    if (error !== undefined) throw error
  }

  #assertOpen(action: string): void {
    if (this.#closed !== undefined) throw new DatagramSocketClosedError(action)
  }
}

function checkDatagramOptions(options: DatagramSocketOptions): void {
  checkNames('DatagramSocketOptions', options, NAMES)
  const { port = 0, host, family = 4, maxQueueSize = 1 } = options
  checkPort(port)
  checkInteger('maxQueueSize', maxQueueSize, { min: 1, max: Number.MAX_SAFE_INTEGER })
  if (host !== undefined) checkText('host', host)
  if (family !== 4 && family !== 6) throw new TCPOptionError(`family must be 4 or 6, got ${String(family)}`)
}

/** A callback of `node:dgram` as a promise; `socket` if the call may also fail through its `error` event. */
function settled(socket: Socket | undefined, call: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket?.once('error', reject)
    call((error) => {
      socket?.off('error', reject)
      if (error === undefined || error === null) resolve()
      else reject(error)
    })
  })
}

function resolvable(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
