/** What most suites here begin with: an application that is listening, its log, and a watch on the process. */

import { Application, type ApplicationSettings, RequestHandler, type Rule, type ServerOptions } from '@typhoon/core'
import { TestLog, type TestServer, testServer } from '@typhoon/core/testing'
import { afterAll, beforeAll, expect } from 'vitest'

export interface Served extends AsyncDisposable {
  readonly log: TestLog
  readonly server: TestServer
  readonly port: number
  /** The messages of the log, each behind its level. */
  lines(): string[]
}

/** Serves the rules for one test. */
export async function serve(
  rules: readonly Rule[],
  settings: ApplicationSettings = {},
  options: ServerOptions = {},
): Promise<Served> {
  const log = new TestLog()
  const server = await testServer(new Application(rules, { logger: log, ...settings }), options)
  const lines = () => log.lines.map(({ level, message }) => `${level} ${message}`)
  return { log, server, port: server.port, lines, [Symbol.asyncDispose]: () => server.close() }
}

/** Fails the suite if anything in it comes to an unhandled rejection or an uncaught exception. */
export function watchProcess(): void {
  const seen: unknown[] = []
  const note = (error: unknown) => void seen.push(error)
  beforeAll(() => {
    process.on('unhandledRejection', note)
    process.on('uncaughtException', note)
  })
  afterAll(async () => {
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    process.off('uncaughtException', note)
    expect(seen).toEqual([])
  })
}

/** A promise together with what settles it. */
export interface Gate {
  readonly opened: Promise<void>
  open(): void
}

export function gate(): Gate {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

export type Method = (this: RequestHandler) => unknown

/** A handler class whose `get()` and `post()` are the function given. */
export function getting(method: Method): typeof RequestHandler {
  return class extends RequestHandler {
    override get(): unknown {
      return method.call(this)
    }
    override post(): unknown {
      return method.call(this)
    }
  }
}
