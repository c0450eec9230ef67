/**
 * What a static file server must do, asked of a running one over raw sockets.
 *
 * Without further ado it asks ours. `STATIC_TARGET=http://127.0.0.1:8080/` points it at any other that serves the tree of
 * fixture.ts, and `STATIC_WITHOUT=multipart,nosniff` leaves out what that server does not claim to do. See README.md.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application } from '@typhoon/core'
import { type TestServer, testServer } from '@typhoon/core/testing'
import { staticFiles } from '@typhoon/static'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { conditionalCases } from './cases/conditionals.ts'
import { containmentCases } from './cases/containment.ts'
import { encodingCases } from './cases/encodings.ts'
import { messageCases } from './cases/messages.ts'
import { nameCases } from './cases/names.ts'
import { rangeCases } from './cases/ranges.ts'
import type { ConformanceCase, KnownValidators } from './conformance-case.ts'
import { makeFixture, SECRET } from './fixture.ts'
import { type RawResponse, rawRequest } from './raw-request.ts'

const WITHOUT = new Set((process.env['STATIC_WITHOUT'] ?? '').split(','))
const AREAS: Readonly<Record<string, readonly ConformanceCase[]>> = {
  containment: containmentCases,
  names: nameCases,
  messages: messageCases,
  conditions: conditionalCases,
  ranges: rangeCases,
  encodings: encodingCases,
}

let target: URL
let known: KnownValidators
let server: TestServer | undefined
let directory: string | undefined

beforeAll(async () => {
  target = new URL(process.env['STATIC_TARGET'] ?? (await startOurs()))
  const { headers } = await ask({ title: '', path: 'hello.txt', status: 200 })
  known = { etag: headers.get('etag') ?? '""', lastModified: headers.get('last-modified') ?? '' }
})

afterAll(async () => {
  await server?.close()
  if (directory !== undefined) rmSync(directory, { recursive: true })
})

async function startOurs(): Promise<string> {
  directory = mkdtempSync(join(tmpdir(), 'typhoon-static-'))
  // so that of the two binary files one comes from memory and one from the disk
  const rules = staticFiles(makeFixture(directory), { prefix: '/static/', maxCachedFileSize: 128 * 1024 })
  server = await testServer(new Application(rules, { logger: false }))
  return `${server.url}/static/`
}

function ask({ method = 'GET', path, headers = {} }: ConformanceCase): Promise<RawResponse> {
  const fields = typeof headers === 'function' ? headers(known) : headers
  return rawRequest(target, { method, target: target.pathname + path, headers: fields })
}

describe.each(Object.entries(AREAS))('%s', (_, cases) => {
  test.each(cases.filter(({ needs }) => needs === undefined || !WITHOUT.has(needs)))(
    '$title',
    async (conformanceCase) => {
      const response = await ask(conformanceCase)
      expect(faultsOf(response, conformanceCase)).toEqual([])
    },
  )
})

/** What is wrong with an answer, in words. */
function faultsOf(response: RawResponse, { status, fields = {}, body }: ConformanceCase): string[] {
  const faults: string[] = []
  if (![status].flat().includes(response.status)) faults.push(`the status is ${response.status}`)
  const text = response.body.toString('latin1')
  if (text.includes(SECRET) || text.includes('root:x:0:0')) faults.push('it holds what must not be served')
  for (const [name, wanted] of Object.entries(fields)) {
    const value = response.headers.get(name)
    const fits = wanted instanceof RegExp ? wanted.test(value ?? '') : value === wanted
    if (!fits) faults.push(`${name} is ${value}`)
  }
  if (typeof body === 'function') body(response)
  else if (body !== undefined && !response.body.equals(Buffer.from(body)))
    faults.push(`the body is ${text.slice(0, 200)}`)
  return faults
}

test('one conformance suite has at least 150 requests', () => {
  expect(Object.values(AREAS).flat().length).toBeGreaterThanOrEqual(150)
})
