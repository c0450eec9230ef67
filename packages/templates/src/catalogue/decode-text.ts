import { CatalogueError } from './catalogue-error.ts'

/**
 * The text of a catalogue: UTF-8, or UTF-16 that begins with its byte order mark, as spreadsheets write it.
 *
 * @throws {@link CatalogueError} at the first line that is no such text
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  const encoding = byteOrderMark(bytes) ?? 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new CatalogueError(file, encoding === 'utf-8' ? badLine(bytes) : undefined, `not ${encoding}`, { cause })
  }
}

function byteOrderMark([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined
}

/** In UTF-8 no character has a line feed among its bytes, so that lines can be judged one by one. */
function badLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  for (let start = 0; ; line++) {
    const end = bytes.indexOf(0x0a, start)
    try {
      decoder.decode(bytes.subarray(start, end === -1 ? bytes.length : end))
    } catch {
      return line
    }
    if (end === -1) return line
    start = end + 1
  }
}
