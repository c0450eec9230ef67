import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'

/** What a handler may return beside text, bytes and JSON: a body that comes in pieces. */
export type BodySource = ReadableStream | Readable | AsyncIterable<unknown>

export function isBodySource(value: object): value is BodySource {
  return Symbol.asyncIterator in value || isWebStream(value)
}

/**
 * Passes every chunk of `source` to `write` and waits for it.
 *
 * The source is closed in every case: at its end, when `write` fails, and as soon as `signal` aborts, even if the source is
 * waiting for something of its own at that moment.
 */
export async function pump(
  source: BodySource,
  write: (chunk: string | Uint8Array) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const reader = openReader(source)
  if (signal.aborted) return reader.cancel()
  let stop = () => {}
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  signal.addEventListener('abort', stop, { once: true })
  try {
    await Promise.race([copy(reader, write), stopped])
  } finally {
    signal.removeEventListener('abort', stop)
    reader.cancel()
  }
}

/** Gives a source up without reading it, for instance on HEAD. */
export function discard(source: BodySource): void {
  openReader(source).cancel()
}

async function copy(reader: ChunkReader, write: (chunk: string | Uint8Array) => Promise<void>): Promise<void> {
  for (let next = await reader.read(); !next.done; next = await reader.read()) await write(toBytes(next.value))
}

/** Reading that can be broken off while a chunk is awaited. */
interface ChunkReader {
  read(): Promise<{ done?: boolean | undefined; value?: unknown }>
  cancel(): void
}

function openReader(source: BodySource): ChunkReader {
  if (isWebStream(source)) {
    const reader = source.getReader()
    return { read: () => reader.read(), cancel: () => void reader.cancel().catch(() => undefined) }
  }
  const iterator = source[Symbol.asyncIterator]()
  const read = () => iterator.next()
  if (source instanceof Readable) {
    source.on('error', () => undefined) // iteration reports it; after a cancel it concerns nobody
    return { read, cancel: () => void source.destroy() }
  }
  return { read, cancel: () => void Promise.resolve(iterator.return?.()).catch(() => undefined) }
}

function isWebStream(value: object): value is ReadableStream {
  return typeof (value as { getReader?: unknown }).getReader === 'function'
}

function toBytes(chunk: unknown): string | Uint8Array {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return chunk
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk)
  throw new TypeError(
    `a streamed body must consist of strings and bytes, got a ${chunk === null ? 'null' : typeof chunk}`,
  )
}
