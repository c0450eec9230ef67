import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { type MultipartInit, multipartBody } from './multipart-body.ts'

async function written(init: MultipartInit): Promise<{ body: string; length: number | undefined }> {
  const multipart = await multipartBody(init)
  const { contentType, length } = multipart
  const boundary = contentType.slice('multipart/form-data; boundary='.length)
  const body = await text(Readable.from(multipart.open() as AsyncIterable<Uint8Array>))
  expect(length ?? Buffer.byteLength(body)).toBe(Buffer.byteLength(body))
  return { body: body.replaceAll(boundary, 'B'), length }
}

describe('multipart/form-data (RFC 7578)', () => {
  test('fields and files, in their order', async () => {
    const { body } = await written({ a: ['1', 'ü'], f: new File(['x'], 'x.txt', { type: 'text/x' }), none: undefined })
    expect(body).toBe(
      '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' +
        '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nü\r\n' +
        '--B\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\nContent-Type: text/x\r\n\r\nx\r\n' +
        '--B--\r\n',
    )
  })

  test('a name cannot end its line or its quotes', async () => {
    const { body } = await written([['a"\r\nX: b', { content: 'x', filename: 'c"\n.txt' }]])
    expect(body).toContain(
      'name="a%22%0D%0AX: b"; filename="c%22%0A.txt"\r\nContent-Type: application/octet-stream\r\n',
    )
  })

  test('a content type cannot either', async () => {
    await expect(multipartBody({ f: { content: 'x', contentType: 'a\r\nb: c' } })).rejects.toThrow('not a media type')
  })

  test('a stream: no length', async () => {
    const { body, length } = await written({ f: { content: Readable.from(['ab']), filename: 's' } })
    expect(length).toBeUndefined()
    expect(body).toContain('\r\n\r\nab\r\n--B--')
  })

  test('no parts: still a form', async () => {
    expect(await written({})).toEqual({ body: '--B--\r\n', length: 50 })
  })

  test.each([5, null, {}])('%j: refused', async (value) => {
    await expect(multipartBody([['f', value as never]])).rejects.toThrow(TypeError)
  })
})
