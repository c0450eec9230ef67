/** A server for the tests of this folder: it keeps the log, and closes when the test is over. */
import { Application, type HTTPServer, type Logger, type Rule, type ServerOptions } from '@typhoon/core'
import { onTestFinished } from 'vitest'

interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: Record<string, unknown>
  readonly message: string
}

export interface TestServer {
  readonly server: HTTPServer
  readonly port: number
  readonly log: readonly LogLine[]
  /** Settles when a line of the log matches. */
  readonly logged: (pattern: RegExp) => Promise<LogLine>
}

export async function serve(
  rules: readonly Rule[],
  settings: object = {},
  options: ServerOptions = {},
): Promise<TestServer> {
  const log: LogLine[] = []
  const watchers = new Set<() => void>()
  const method = (level: LogLine['level']) => (fields: object, message: string) => {
    log.push({ level, fields: fields as Record<string, unknown>, message })
    for (const watcher of watchers) watcher()
  }
  const logger: Logger = { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') }
  const server = await new Application(rules, { logger, ...settings }).listen({
    port: 0,
    host: '127.0.0.1',
    ...options,
  })
  onTestFinished(() => server.close({ deadline: 0 }))
  const logged = (pattern: RegExp): Promise<LogLine> =>
    new Promise((resolve) => {
      const look = () => {
        const found = log.find(({ message }) => pattern.test(message))
        if (found === undefined) return
        watchers.delete(look)
        resolve(found)
      }
      watchers.add(look)
      look()
    })
  return { server, port: server.port, log, logged }
}
