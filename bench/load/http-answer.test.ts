import { describe, expect, test } from 'vitest'
import { answerEnd } from './http-answer.ts'

describe('answerEnd (RFC 9112 §6.3)', () => {
  test.each([
    { answer: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: x\r\n\r\nhello', why: 'a length' },
    { answer: 'HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n', why: 'a length of nothing, in lower case' },
    { answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', why: 'chunks' },
    {
      answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1A\r\n01234567890123456789012345\r\n0\r\n\r\n',
      why: 'a hexadecimal size',
    },
    { answer: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n', why: 'no body' },
    {
      answer: 'HTTP/1.1 200 OK\r\nX-Content-Length: 99\r\nContent-Length: 2\r\n\r\nok',
      why: 'a field that only ends alike',
    },
  ])('$why: complete with its last byte, and with none before', ({ answer }) => {
    expect(answerEnd(answer)).toBe(answer.length)
    for (let length = 0; length < answer.length; length++) {
      const end = answerEnd(answer.slice(0, length))
      expect(end === undefined || end > length).toBe(true)
    }
  })
})
