import { describe, expect, test } from 'vitest'
import { HTTPClientOptionError } from './option-error.ts'
import {
  type AsyncHTTPClientOptions,
  type RequestOptions,
  resolveClientOptions,
  resolveRequestOptions,
} from './request-options.ts'

describe('options of a fetch', () => {
  test('what the fetch says goes before the preset, undefined means the preset, then come the defaults', () => {
    const options = resolveRequestOptions(
      { bodyTimeout: 1, maxRedirects: undefined },
      { bodyTimeout: 2, maxRedirects: 3 },
    )
    expect(options).toMatchObject({ bodyTimeout: 1, maxRedirects: 3, requestTimeout: 20_000, connectTimeout: 20_000 })
  })

  test.each<{ options: object; message: RegExp }>([
    { options: { metod: 'GET' }, message: /no option metod/ },
    { options: { method: 'GET\r\n' }, message: /method must be a token/ },
    { options: { method: 'CONNECT', allowNonstandardMethods: true }, message: /other than CONNECT/ },
    { options: { method: 'BREW' }, message: /allowNonstandardMethods/ },
    { options: { method: 'get' }, message: /allowNonstandardMethods/ },
    { options: { body: 'x' }, message: /body must not be given for GET/ },
    { options: { method: 'POST', body: 'x', json: 1 }, message: /only one of json, body/ },
    { options: { requestTimeout: -1 }, message: /requestTimeout must be a whole number/ },
    { options: { requestTimeout: 2 ** 31 }, message: /requestTimeout/ },
    { options: { maxRedirects: 1.5 }, message: /maxRedirects/ },
    { options: { maxBodySize: '1' }, message: /maxBodySize/ },
    { options: { followRedirects: 'no' }, message: /followRedirects must be a boolean/ },
    { options: { streamingCallback: 1 }, message: /streamingCallback must be a function/ },
    { options: { cert: 'x' }, message: /cert and key/ },
    { options: { proxy: 'ftp://p' }, message: /proxy must be/ },
    { options: { auth: 'ann:secret' }, message: /auth must be/ },
  ])('$options: refused', ({ options, message }) => {
    expect(() => resolveRequestOptions(options as RequestOptions, {})).toThrow(message)
    expect(() => resolveRequestOptions(options as RequestOptions, {})).toThrow(HTTPClientOptionError)
  })

  test('any method and a body with GET, if they are wanted', () => {
    expect(resolveRequestOptions({ method: 'PROPFIND', allowNonstandardMethods: true }, {}).method).toBe('PROPFIND')
    expect(resolveRequestOptions({ body: 'x', allowNonstandardMethods: true }, {}).body).toBe('x')
  })
})

test.each<AsyncHTTPClientOptions>([
  { maxClients: 0 },
  { maxClientsPerHost: -1 },
  { keepAliveTimeout: 0 },
  { maxHeaderSize: 1 },
  { connectTimeout: -1 },
  { method: 'POST' } as AsyncHTTPClientOptions,
])('a client with %j: refused when it is made', (options) => {
  expect(() => resolveClientOptions(options)).toThrow(HTTPClientOptionError)
})
