import { expect, test } from 'vitest'
import { shareTexts } from './shared-texts.ts'

/** A text of its own, as the parser makes one. */
const made = (text: string) => Buffer.from(text).toString()

test('the texts of a list: as they were, however many came before', () => {
  const agent = 'Browser/1.0'.repeat(10)
  for (let i = 0; i < 3000; i++) {
    const list = ['Host', 'a', 'User-Agent', agent, 'Sec-WebSocket-Key', String(i), 'Cookie', 'x'.repeat(i)].map(made)
    const expected = [...list]
    shareTexts(list)
    expect(list).toEqual(expected)
  }
})
