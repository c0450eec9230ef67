import { expect, test } from 'vitest'
import { Program } from './program.ts'

test('monitor, periodic callback, timer and idle thread: none keeps a process alive, and a failed callback does not end it', async () => {
  await using program = Program.fixture('background.ts')
  expect(await program.exited).toEqual({ code: 0, signal: null })
  expect(program.output).toMatch(/the sum is 5/)
  expect(program.errorOutput).toMatch(/a callback of the loop failed: forgotten\n\s+Error: nobody waits for this/)
})
