/** The requests that a load client repeats. */
export interface HTTPRequest {
  /** @defaultValue `'GET'` */
  readonly method?: string
  /** Asked for by turns. */
  readonly paths: readonly string[]
  /** Beside Host and, with a body, Content-Length. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What a load client of ours is told. */
export interface HTTPLoadOptions {
  readonly port: number
  readonly connections: number
  readonly request: HTTPRequest
  /** Of every answer; another one ends the run. */
  readonly status: number
}

/** The bytes of the requests, one for each path. */
export function requestTexts(
  { method = 'GET', paths, headers = {}, body }: HTTPRequest,
  port: number,
): readonly string[] {
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  const fields = Object.entries({ Host: `127.0.0.1:${port}`, ...headers, ...length })
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return paths.map((path) => `${method} ${path} HTTP/1.1\r\n${head}\r\n${body ?? ''}`)
}
