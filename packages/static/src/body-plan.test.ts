import { expect, test } from 'vitest'
import { partialBody, wholeBody } from './body-plan.ts'

test('wholeBody: one piece, or none of an empty file', () => {
  expect(wholeBody(10)).toMatchObject({ status: 200, length: 10, pieces: [{ start: 0, end: 9 }] })
  expect(wholeBody(0)).toMatchObject({ status: 200, length: 0, pieces: [] })
})

test('partialBody of one range: the part, and where it belongs', () => {
  const plan = partialBody([{ start: 2, end: 4 }], 10, 'text/plain')
  expect(plan).toEqual({
    status: 206,
    length: 3,
    pieces: [{ start: 2, end: 4 }],
    contentRange: 'bytes 2-4/10',
    contentType: undefined,
  })
})

test('partialBody of several: an envelope (RFC 9110 §14.6) of the announced length', () => {
  const content = Buffer.from('0123456789')
  const plan = partialBody(
    [
      { start: 2, end: 4 },
      { start: 9, end: 9 },
    ],
    10,
    'text/plain',
  )
  const body = Buffer.concat(
    plan.pieces.map((piece) => (Buffer.isBuffer(piece) ? piece : content.subarray(piece.start, piece.end + 1))),
  )
  const boundary = plan.contentType?.split('boundary=')[1]
  expect(body.length).toBe(plan.length)
  expect(body.toString().split('\r\n')).toEqual([
    `--${boundary}`,
    'Content-Type: text/plain',
    'Content-Range: bytes 2-4/10',
    '',
    '234',
    `--${boundary}`,
    'Content-Type: text/plain',
    'Content-Range: bytes 9-9/10',
    '',
    '9',
    `--${boundary}--`,
    '',
  ])
})
