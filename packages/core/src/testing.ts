/** Help for tests of applications: a server on a free port, and the log that it writes. */
import type { Application } from './application.ts'
import type { Logger } from './log.ts'
import type { Rule } from './routing/route.ts'
import type { HTTPServer } from './server/http-server.ts'
import type { ServerOptions } from './server/server-options.ts'

/** A server for one test. */
export interface TestServer extends AsyncDisposable {
  /** For instance `http://127.0.0.1:34567`. */
  readonly url: string
  readonly port: number
  readonly server: HTTPServer
  /** As `fetch()`, for a path of this server; redirects are not followed. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/**
 * Starts an application on a free port of 127.0.0.1 (Tornado: `AsyncHTTPTestCase`).
 *
 * @example
 * await using server = await testServer(app)
 * expect(await (await server.fetch('/')).text()).toBe('Hello, world')
 */
export async function testServer(
  application: Application<readonly Rule[]>,
  options: ServerOptions = {},
): Promise<TestServer> {
  const server = await application.listen({ port: 0, host: '127.0.0.1', ...options })
  const url = server.url
  const close = () => server.close({ deadline: 1000 })
  return {
    url,
    server,
    port: server.port,
    fetch: (path, init) => fetch(new URL(path, url), { redirect: 'manual', ...init }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** One line that an application wrote to its log. */
export interface LogLine {
  readonly level: keyof Logger
  readonly fields: object
  readonly message: string
}

/**
 * A logger that keeps what is written, and knows which warnings and errors a test expects (Tornado: `ExpectLog`).
 *
 * @example
 * const log = new TestLog()
 * const app = new Application(rules, { logger: log })
 * // … a request that is refused …
 * log.expect(/no story 17/)
 * log.check() // throws if there was any other warning or error
 */
export class TestLog implements Logger {
  readonly lines: LogLine[] = []
  readonly #expected: Set<LogLine> = new Set()
  #waiting: (() => void)[] = []

  debug(fields: object, message: string): void {
    this.#add('debug', fields, message)
  }

  info(fields: object, message: string): void {
    this.#add('info', fields, message)
  }

  warn(fields: object, message: string): void {
    this.#add('warn', fields, message)
  }

  error(fields: object, message: string): void {
    this.#add('error', fields, message)
  }

  /** Settles with the first line, already written or still to come, whose message matches; it then counts as expected. */
  async expect(pattern: RegExp): Promise<LogLine> {
    for (;;) {
      const line = this.lines.find((each) => !this.#expected.has(each) && pattern.test(each.message))
      if (line !== undefined) {
        this.#expected.add(line)
        return line
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** @throws {@link Error} if there is a warning or an error that nobody expected, with its text */
  check(): void {
    const surprising = this.lines
      .filter(({ level }) => level === 'warn' || level === 'error')
      .filter((line) => !this.#expected.has(line))
    if (surprising.length === 0) return
    throw new Error(
      `unexpected in the log:\n${surprising.map(({ level, message, fields }) => `${level}: ${message}${stackOf(fields)}`).join('\n')}`,
    )
  }

  #add(level: keyof Logger, fields: object, message: string): void {
    this.lines.push({ level, fields, message })
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** Drops everything, as does the setting `logger: false`. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} } // importing the other would split the package's file

function stackOf(fields: object): string {
  const { err } = fields as { err?: unknown }
  return err instanceof Error ? `\n${err.stack}` : ''
}
