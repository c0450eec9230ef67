import { describe, expect, test } from 'vitest'
import { HubMessage, ownPayload } from './hub-message.ts'

const FIELDS = { topic: 't', id: '1-1', data: 'text', time: 0 }

describe('HubMessage.encoding', () => {
  test('asked for twice with one key: made once, with the message', () => {
    const message = new HubMessage(FIELDS)
    const made: HubMessage[] = []
    const make = (given: HubMessage): Buffer => {
      made.push(given)
      return Buffer.from(given.data)
    }
    const first = message.encoding('frame', make)
    expect(message.encoding('frame', make)).toBe(first)
    expect(made).toEqual([message])
  })

  test('another key, another message: made anew', () => {
    const parameters = { windowBits: 15 }
    const message = new HubMessage(FIELDS)
    message.encoding('frame', () => 'plain')
    expect(message.encoding(parameters, () => 'deflated')).toBe('deflated')
    expect(message.encoding({ ...parameters }, () => 'keys count by identity')).toBe('keys count by identity')
    expect(new HubMessage(FIELDS).encoding('frame', () => 'other')).toBe('other')
  })

  test('undefined is a value: made once', () => {
    const message = new HubMessage(FIELDS)
    message.encoding('none', () => undefined)
    expect(message.encoding<string | undefined>('none', () => 'again')).toBeUndefined()
  })

  test('a make that throws: nothing kept', () => {
    const message = new HubMessage(FIELDS)
    const fail = (): string => {
      throw new Error('no')
    }
    expect(() => message.encoding('frame', fail)).toThrow('no')
    expect(message.encoding('frame', () => 'second try')).toBe('second try')
  })

  test('a ninth key: the oldest makes way', () => {
    const message = new HubMessage(FIELDS)
    for (let i = 0; i < 9; i++) message.encoding(`key ${i}`, () => 'kept')
    expect(message.encoding('key 1', () => 'made again')).toBe('kept')
    expect(message.encoding('key 0', () => 'made again')).toBe('made again')
  })
})

test('ownPayload of a few bytes in a large buffer: a copy that does not hold the rest', () => {
  const own = ownPayload(Buffer.alloc(65_536, 1).subarray(10, 14))
  expect(own).toEqual(Buffer.alloc(4, 1))
  expect((own as Buffer).buffer.byteLength).toBe(4) // bytes in, a Buffer out
})
