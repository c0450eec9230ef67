import { describe, expect, test } from 'vitest'
import { nearest } from './nearest.ts'

const KNOWN = ['--port', '--host', '--listing', '--cache', '--help']

describe('nearest', () => {
  test.each([
    { word: '--prot', meant: '--port', why: 'two letters swapped' },
    { word: '--prt', meant: '--port', why: 'a letter is missing' },
    { word: '--listting', meant: '--listing', why: 'a letter too many' },
    { word: '--cashe', meant: '--cache', why: 'a wrong letter' },
    { word: '--verbose', meant: undefined, why: 'nothing like it' },
    { word: '', meant: undefined, why: 'no word at all' },
    { word: 'x'.repeat(100_000), meant: undefined, why: 'too long to be compared' },
  ])('$word: $meant, $why', ({ word, meant }) => {
    expect(nearest(word, KNOWN)).toBe(meant)
  })

  test('nothing known: nothing near', () => {
    expect(nearest('port', [])).toBeUndefined()
  })
})
