import { describe, expect, test } from 'vitest'
import { type HandlerClass, profileOf } from './handler-profile.ts'
import { RequestHandler } from './request-handler.ts'

function handlerWith(statics: object): HandlerClass {
  class Handler extends RequestHandler {
    override get() {}
  }
  return Object.assign(Handler, statics)
}

describe('settings of a handler class', () => {
  test.each([
    { statics: { authenticated: 'GET' }, message: 'Handler.authenticated must be a boolean or a list of methods' },
    { statics: { trailingSlash: 'both' }, message: "Handler.trailingSlash must be 'add' or 'remove'" },
    { statics: { maxBodySize: -1 }, message: 'maxBodySize must be a whole number' },
    { statics: { maxBodySize: 2 ** 40 }, message: 'maxBodySize must be a whole number' },
    { statics: { etagMinSize: 1.5 }, message: 'Handler.etagMinSize must be a whole number' },
  ])('$statics: refused when the application is built', ({ statics, message }) => {
    expect(() => profileOf(handlerWith(statics))).toThrow(message)
  })

  test('a streamed body may be larger than memory', () => {
    const statics = { streamRequestBody: true, maxBodySize: 2 ** 40 }
    expect(profileOf(handlerWith(statics)).statics.maxBodySize).toBe(2 ** 40)
  })
})

describe('methods of a handler class', () => {
  test('get() answers HEAD too, and OPTIONS is always there', () => {
    expect(profileOf(handlerWith({})).allow).toBe('GET, HEAD, OPTIONS')
  })

  test('supportedMethods: a method of the class that is beyond the usual ones', () => {
    class Linking extends RequestHandler {
      static readonly supportedMethods = ['GET', 'LINK']
      link() {}
    }
    expect(profileOf(Linking).allow).toBe('LINK, OPTIONS')
  })
})
