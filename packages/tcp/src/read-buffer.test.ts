import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ReadBuffer } from './read-buffer.ts'

describe('ReadBuffer', () => {
  test('chunks of any size, taken in pieces of any size: the same bytes in the same order', () => {
    const step = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }).map((bytes) => ({ append: Buffer.from(bytes) })),
      fc.nat(4000).map((size) => ({ take: size })),
      fc.nat(4000).map((size) => ({ takeInto: size })),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const buffer = new ReadBuffer()
        let model = Buffer.alloc(0)
        const taken: { got: Buffer; expected: Buffer }[] = []
        for (const each of steps) {
          if ('append' in each) {
            model = Buffer.concat([model, each.append])
            buffer.append(Buffer.from(each.append))
            continue
          }
          const wanted = 'take' in each ? each.take : each.takeInto
          const size = Math.min(wanted, model.length)
          const target = Buffer.alloc(wanted)
          const got = 'take' in each ? buffer.take(size) : target.subarray(0, buffer.takeInto(target))
          taken.push({ got, expected: model.subarray(0, size) })
          model = model.subarray(size)
          expect(buffer.length).toBe(model.length)
        }
        for (const { got, expected } of taken) expect(got.equals(expected)).toBe(true) // later steps left them alone
        expect(buffer.take(buffer.length).equals(model)).toBe(true)
      }),
    )
  })

  test('search: between two positions only, counted from the first unread byte', () => {
    const buffer = new ReadBuffer()
    buffer.append(Buffer.from('skip-a-b-c'))
    buffer.take(5)
    const dash = Buffer.from('-')
    expect(buffer.indexOf(dash, 0, 5)).toBe(1)
    expect(buffer.indexOf(dash, 2, 5)).toBe(3)
    expect(buffer.indexOf(dash, 2, 3)).toBe(-1)
    expect(buffer.latin1(1, 4)).toBe('-b-')
  })

  test('a million single bytes: copied a bounded number of times', () => {
    const buffer = new ReadBuffer()
    for (let i = 0; i < 1_000_000; i += 1) buffer.append(Buffer.from([i & 255]))
    const all = buffer.take(1_000_000)
    expect(all[999_999]).toBe(999_999 & 255)
  })
})
