/**
 * A client for tests that has no manners of its own: it sends exactly the bytes it is given, when it is told to, and
 * reads responses as RFC 9112 §6.3 frames them, telling a complete one from one that was cut.
 */
import { createConnection, type Socket } from 'node:net'

/** A response as it came. */
export interface RawResponse {
  readonly status: number
  readonly reason: string
  readonly version: string
  /** In the order and spelling in which they came. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
  /** False if the connection ended before the framing, or reset before a close-delimited body, was at its end. */
  readonly complete: boolean
  /** The values of one field, joined with `, `; undefined when it did not come. */
  header(name: string): string | undefined
  /** Every value of one field. */
  headers(name: string): string[]
  text(): string
}

export interface ReadOptions {
  /** The method that is answered; an answer to HEAD has no body. @defaultValue 'GET' */
  method?: string
}

/** How a connection ended: the server finished sending, or broke it off. */
export type Ending = 'end' | 'reset'

export class RawClient implements AsyncDisposable {
  /** Settles when no more bytes will come. */
  readonly closed: Promise<Ending>
  readonly #socket: Socket
  #chunks: Buffer[] = []
  #size = 0
  #ending: Ending | undefined
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    this.closed = new Promise((resolve) => {
      const finish = (ending: Ending) => {
        this.#ending ??= ending
        this.#wake()
        resolve(this.#ending)
      }
      socket.on('data', (bytes) => {
        this.#chunks.push(bytes)
        this.#size += bytes.length
        this.#wake()
      })
      socket.on('end', () => finish('end'))
      socket.on('error', () => finish('reset'))
      socket.on('close', () => finish('end'))
    })
  }

  /** Connects to a port of this machine, or to a Unix socket. */
  static async connect(where: number | { readonly path: string }): Promise<RawClient> {
    const place = typeof where === 'number' ? { port: where, host: '127.0.0.1' } : where
    const socket = createConnection({ ...place, allowHalfOpen: true })
    socket.setNoDelay(true)
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RawClient(socket)
  }

  /** Takes over a socket that is connected already, for instance one that speaks TLS. */
  static over(socket: Socket): RawClient {
    return new RawClient(socket)
  }

  /** True once nothing more will come. */
  get ended(): boolean {
    return this.#ending !== undefined
  }

  /** Sends bytes, text as Latin-1; settles when they are in the hands of the system. */
  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, () => resolve())
    })
  }

  /** Ends the sending side only. */
  halfClose(): void {
    this.#socket.end()
  }

  /** Goes away in good order, as a client does that has no more interest. */
  leave(): void {
    this.#socket.destroy()
  }

  /** Breaks the connection. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  /** Stops reading until `resume()`. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** The next response; interim ones (1xx) count. @throws {@link Error} if the connection ends before its head is complete */
  async response({ method = 'GET' }: ReadOptions = {}): Promise<RawResponse> {
    const head = await this.#until('\r\n\r\n')
    if (head === undefined)
      throw new Error(
        `the connection ended (${this.#ending}) with ${JSON.stringify(this.#joined().toString('latin1'))}`,
      )
    const [statusLine = '', ...lines] = head.toString('latin1').split('\r\n')
    const [, version = '', status = '', reason = ''] = /^(HTTP\/\d\.\d) (\d{3}) ?(.*)$/.exec(statusLine) ?? []
    const fields = lines.map(
      (line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const,
    )
    const headers = (name: string) =>
      fields.filter(([each]) => each.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
    const header = (name: string) => (headers(name).length === 0 ? undefined : headers(name).join(', '))
    const { body, complete } = await this.#body(Number(status), method, header)
    return {
      status: Number(status),
      version,
      reason,
      fields,
      body,
      complete,
      header,
      headers,
      text: () => body.toString(),
    }
  }

  /** The next chunk of a chunked body whose head was read with `head()`; undefined after the last. */
  async chunk(): Promise<Buffer | undefined> {
    const size = await this.#until('\r\n')
    if (size === undefined) throw new Error('the connection ended where a chunk should begin')
    const length = Number.parseInt(size.toString('latin1'), 16)
    const data = await this.#take(length + 2)
    if (data === undefined) throw new Error('the connection ended within a chunk')
    return length === 0 ? undefined : data.subarray(0, length)
  }

  /** The head of the next response alone, as text; its body stays to be read. */
  async head(): Promise<string> {
    const head = await this.#until('\r\n\r\n')
    if (head === undefined) throw new Error(`the connection ended (${this.#ending}) before a head was complete`)
    return head.toString('latin1')
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<Buffer> {
    await this.closed
    return this.#cut(this.#size)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
    await this.closed
  }

  async #body(
    status: number,
    method: string,
    header: (name: string) => string | undefined,
  ): Promise<{ body: Buffer; complete: boolean }> {
    if (method === 'HEAD' || status < 200 || status === 204 || status === 304)
      return { body: Buffer.alloc(0), complete: true }
    if (header('transfer-encoding') === 'chunked') return this.#chunked()
    const length = header('content-length')
    if (length === undefined) return { body: await this.rest(), complete: this.#ending === 'end' }
    const body = await this.#take(Number(length))
    return body === undefined ? { body: await this.rest(), complete: false } : { body, complete: true }
  }

  async #chunked(): Promise<{ body: Buffer; complete: boolean }> {
    const chunks: Buffer[] = []
    try {
      for (let chunk = await this.chunk(); chunk !== undefined; chunk = await this.chunk()) chunks.push(chunk)
    } catch {
      return { body: Buffer.concat(chunks), complete: false }
    }
    return { body: Buffer.concat(chunks), complete: true }
  }

  /** What stands before `mark`, which is taken too; undefined if the connection ends before. */
  async #until(mark: string): Promise<Buffer | undefined> {
    for (;;) {
      const at = this.#joined().indexOf(mark, 0, 'latin1')
      if (at >= 0) return this.#cut(at + mark.length).subarray(0, at)
      if (this.#ending !== undefined) return undefined
      await this.#more()
    }
  }

  async #take(length: number): Promise<Buffer | undefined> {
    while (this.#size < length) {
      if (this.#ending !== undefined) return undefined
      await this.#more()
    }
    return this.#cut(length)
  }

  #cut(length: number): Buffer {
    const all = this.#joined()
    this.#chunks = [all.subarray(length)]
    this.#size = all.length - length
    return all.subarray(0, length)
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0] as Buffer // the only one
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

/** A request of one line and the fields given, for `localhost`; with a body it gets its Content-Length. */
export function request(line: string, fields: readonly string[] = [], body?: string): string {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`]
  return `${[`${line} HTTP/1.1`, 'Host: localhost', ...fields, ...length].join('\r\n')}\r\n\r\n${body ?? ''}`
}

/** Sends bytes on a new connection and reads one response, interim ones left out. */
export async function ask(port: number, bytes: string | Uint8Array): Promise<RawResponse> {
  await using client = await RawClient.connect(port)
  await client.send(bytes)
  const method =
    Buffer.from(bytes as string)
      .toString('latin1', 0, 8)
      .split(' ', 1)[0] ?? 'GET'
  for (;;) {
    const response = await client.response({ method })
    if (response.status >= 200) return response
  }
}

/** Whether the answer to these bytes is, to its reader, complete; false also where the connection ends before its head. */
export function looksComplete(port: number, bytes: string): Promise<boolean> {
  return ask(port, bytes).then(
    ({ complete }) => complete,
    () => false,
  )
}
