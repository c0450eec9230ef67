import { expect, test } from 'vitest'
import { markdownTable } from './table.ts'

test('names to the left, figures to the right, all columns as wide as their widest cell', () => {
  expect(
    markdownTable({
      columns: ['', 'requests/s'],
      rows: [
        ['typhoon', '9'],
        ['koa', '12,345'],
      ],
    }),
  ).toBe(
    `|         | requests/s |
| ------- | ---------: |
| typhoon |          9 |
| koa     |     12,345 |`,
  )
})

test('a row that is too short, for who is not installed: padded with empty cells', () => {
  const [, , row] = markdownTable({ columns: ['', 'a', 'b'], rows: [['tornado', 'none']] }).split('\n')
  expect(row).toBe('| tornado | none |     |')
})
