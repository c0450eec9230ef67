/** Where an answer ends, as far as a load client needs to know it (RFC 9112 §6.3). */

/** @returns the length of the whole answer, or undefined while more of it has to come before that is known */
export function answerEnd(received: string): number | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const head = received.slice(0, headEnd + 2).toLowerCase()
  const body = headEnd + 4
  const length = field(head, 'content-length')
  if (length !== undefined) return body + Number(length)
  if (field(head, 'transfer-encoding') === 'chunked') return chunksEnd(received, body)
  return body // 204, 304
}

function field(head: string, name: string): string | undefined {
  const start = head.indexOf(`\r\n${name}:`)
  if (start < 0) return undefined
  const value = start + name.length + 3
  return head.slice(value, head.indexOf('\r\n', value)).trim()
}

function chunksEnd(received: string, start: number): number | undefined {
  let position = start
  for (;;) {
    const lineEnd = received.indexOf('\r\n', position)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(received.slice(position, lineEnd), 16)
    position = lineEnd + 2 + size + 2
    if (size === 0) return position
    if (position >= received.length) return undefined
  }
}
