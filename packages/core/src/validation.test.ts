import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Application } from './application.ts'
import { RequestHandler } from './request-handler.ts'
import { testServer } from './testing.ts'
import type { Schema } from './validation.ts'

const SCHEMAS: readonly (readonly [library: string, schema: Schema<{ name: string; tags: string[] }>])[] = [
  ['zod', z.object({ name: z.string().min(2), tags: z.array(z.string()) })],
  ['valibot', v.object({ name: v.pipe(v.string(), v.minLength(2)), tags: v.array(v.string()) })],
]

describe.each(SCHEMAS)('input checked by %s', (_, schema) => {
  class Checked extends RequestHandler {
    override async get() {
      return await this.query(schema)
    }
    override async post() {
      return await this.json(schema)
    }
    override async put() {
      return await this.form(schema)
    }
  }
  class Item extends RequestHandler {
    override async get() {
      return await this.params(schema)
    }
  }
  const app = new Application(
    [
      ['/', Checked],
      ['/:name/:tags', Item],
    ],
    { logger: false },
  )
  const json = (body: unknown) => ({
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const form = (body: string) => ({
    method: 'PUT',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body,
  })

  test.each([
    { name: 'JSON', path: '/', init: json({ name: 'Ann', tags: ['a'] }) },
    { name: 'a query, repeated arguments as a list', path: '/?name=Ann&tags=a&tags=b', init: {} },
    { name: 'a form', path: '/', init: form('name=Ann&tags=a&tags=b') },
  ])('$name that fits: the value', async ({ path, init }) => {
    await using server = await testServer(app)
    const response = await server.fetch(path, init)
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { name: 'Ann', tags: expect.arrayContaining(['a']) },
    ])
  })

  test.each([
    { name: 'JSON', path: '/', init: json({ name: 'A', tags: [1] }), paths: [['name'], ['tags', 0]] },
    { name: 'a query', path: '/?name=A', init: {}, paths: [['name'], ['tags']] },
    { name: 'a form', path: '/', init: form('__proto__=1'), paths: [['name'], ['tags']] },
    { name: 'the path', path: '/A/b', init: {}, paths: [['name'], ['tags']] },
  ])('$name that does not: 400 with every issue and its path (RFC 9457)', async ({ path, init, paths }) => {
    await using server = await testServer(app)
    const response = await server.fetch(path, init)
    const problem = (await response.json()) as { status: number; errors: { path: unknown }[] }
    expect([response.status, response.headers.get('content-type'), problem.status]).toEqual([
      400,
      'application/problem+json',
      400,
    ])
    expect(problem.errors.map((issue) => issue.path)).toEqual(paths)
  })
})
