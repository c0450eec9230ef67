import { afterEach, expect, test, vi } from 'vitest'
import { standardErrorLogger } from './log.ts'

afterEach(() => vi.restoreAllMocks())

test('standardErrorLogger: warnings and errors only, and a peer cannot begin a line or reach the terminal', () => {
  const lines: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  standardErrorLogger.debug({}, 'quiet')
  standardErrorLogger.info({}, 'quiet')
  standardErrorLogger.warn({}, 'full')
  standardErrorLogger.error({ err: new Error('bad\u001b[2J') }, 'failed')
  expect(lines[0]).toBe('tcp warning: full\n')
  expect(lines[1]).toMatch(/^tcp error: failed\n {4}Error: bad\\x1b\[2J\n( {4,}.*\n)*$/)
  expect(lines).toHaveLength(2)
})
