import { describe, expect, test } from 'vitest'
import { Application } from './application.ts'
import { HTTPError, MissingArgumentError } from './errors.ts'
import { RequestHandler } from './request-handler.ts'
import { testServer } from './testing.ts'

describe('HTTPError', () => {
  test.each([399, 600, 404.5, Number.NaN, '404'])('status %j: refused', (status) => {
    expect(() => new HTTPError(status as number)).toThrow(RangeError)
  })

  test('reason and headers reach the client, the message does not', async () => {
    class Handler extends RequestHandler {
      override get() {
        throw new HTTPError(404, 'no row in stories', { reason: 'No Such Story', headers: { 'X-Story': '17' } })
      }
    }
    await using server = await testServer(new Application([['/', Handler]], { logger: false }))
    const response = await server.fetch('/')
    expect([response.status, response.statusText, response.headers.get('x-story')]).toEqual([
      404,
      'No Such Story',
      '17',
    ])
    expect(await response.text()).toBe('<html><title>404: No Such Story</title><body>404: No Such Story</body></html>')
  })

  test('a cause is kept', () => {
    const cause = new Error('disk')
    expect(new HTTPError(503, 'later', { cause }).cause).toBe(cause)
  })

  test('MissingArgumentError is a 400 that names the argument', () => {
    expect(new MissingArgumentError('page')).toMatchObject({
      status: 400,
      argument: 'page',
      logMessage: 'Missing argument page',
    })
  })
})
