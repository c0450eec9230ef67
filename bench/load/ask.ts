/** Asks a server once, to see whether its answer is the right one. */
import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { HTTPRequest } from './http-request.ts'

/** What an answer has to be; its body may be looked at more closely. */
export interface Expected {
  readonly status: number
  /** What the value of Content-Type begins with. */
  readonly type?: string
  /** @returns what is wrong with the body, or undefined */
  readonly body?: (
    body: Buffer,
    fields: Readonly<Record<string, string | readonly string[] | undefined>>,
  ) => string | undefined
}

/** Asks for each path. @throws if an answer is not what is expected */
export async function expectAnswers(port: number, asked: HTTPRequest, expected: Expected): Promise<void> {
  for (const path of asked.paths) await expectAnswer(port, asked, path, expected)
}

function expectAnswer(
  port: number,
  { method = 'GET', headers = {}, body }: HTTPRequest,
  path: string,
  expected: Expected,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const req = request({ port, host: '127.0.0.1', method, path, headers: { ...headers }, agent: false }, (res) => {
      buffer(res).then((received) => {
        const problem =
          (res.statusCode === expected.status
            ? undefined
            : `status ${res.statusCode}: ${received.toString('utf8', 0, 200)}`) ??
          (matches(res.headers['content-type'], expected.type) ? undefined : `type ${res.headers['content-type']}`) ??
          expected.body?.(received, res.headers)
        if (problem === undefined) resolve()
        else reject(new Error(`${method} ${path}: ${problem}`))
      }, reject)
    })
    req.on('error', reject)
    req.end(body)
  })
}

function matches(type: string | undefined, expected: string | undefined): boolean {
  return expected === undefined || type?.toLowerCase().startsWith(expected) === true
}

/** A check for a body that has to be this text. */
export function isText(text: string): (body: Buffer) => string | undefined {
  return (body) =>
    body.equals(Buffer.from(text)) ? undefined : `body ${JSON.stringify(body.toString().slice(0, 200))}`
}

/** A check for a body that has to be this value as JSON, however it is spaced. */
export function isJSON(value: unknown): (body: Buffer) => string | undefined {
  return (body) => {
    try {
      if (JSON.stringify(JSON.parse(body.toString())) === JSON.stringify(value)) return undefined
    } catch {
      // told below
    }
    return `body ${body.toString().slice(0, 200)}`
  }
}
