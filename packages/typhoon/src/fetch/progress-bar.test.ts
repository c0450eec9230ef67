import { describe, expect, test } from 'vitest'
import { ProgressBar, progressLine } from './progress-bar.ts'

describe('progressLine', () => {
  test.each([
    {
      progress: { received: 512, total: 1024 },
      width: 80,
      line: `[${'#'.repeat(18)}${'.'.repeat(18)}]  50%  512 B of 1.0 KiB  100 B/s`,
      why: 'half',
    },
    { progress: { received: 3 * 2 ** 20, total: undefined }, width: 80, line: '3.0 MiB  100 B/s', why: 'no total' },
    { progress: { received: 0, total: 0 }, width: 30, line: '100%  0 B of 0 B  100 B/s', why: 'nothing is all of it' },
    { progress: { received: 5, total: 10 }, width: 8, line: ' 50%  5', why: 'a narrow terminal cuts it off' },
    { progress: { received: 5, total: 10 }, width: 0, line: '', why: 'a terminal without columns' },
  ])('$progress in $width columns: $line, $why', ({ progress, width, line }) => {
    const result = progressLine(progress, 100, width)
    expect(result.replace(/^\[[#.]+\]/, '')).toBe(line.replace(/^\[[#.]+\]/, ''))
    expect(result.length).toBeLessThan(Math.max(width, 1))
  })

  test('more than the total: the bar is full, not longer', () => {
    expect(progressLine({ received: 20, total: 10 }, 0, 80)).toMatch(/^\[#+\] 100% /)
  })
})

test('ProgressBar: at most one line per interval, the last state at the end', () => {
  const written: string[] = []
  const bar = new ProgressBar({ columns: 60, write: (text) => written.push(text) })
  for (let received = 0; received <= 1000; received++) bar.update({ received, total: 1000 })
  bar.end()
  expect(written.length).toBeLessThan(100)
  expect(written.at(-2)).toMatch(/^\r\[#+\] 100% {2}1000 B of 1000 B/)
  expect(written.at(-1)).toBe('\n')
})

test('ProgressBar: a terminal that does not know its columns: 80', () => {
  const written: string[] = []
  new ProgressBar({ columns: 0, write: (text) => written.push(text) }).update({ received: 1, total: 2 })
  expect(written).toEqual([expect.stringMatching(/^\r\[#+\.+\] {2}50% /)])
})

test('ProgressBar: nothing if nothing came', () => {
  const written: string[] = []
  new ProgressBar({ write: (text) => written.push(text) }).end()
  expect(written).toEqual([])
})
