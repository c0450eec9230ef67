/** Event streams on the wire (HTML standard §9.2) and at their ends: reader, server and generator. */
import { EventStreamHandler, encodeEvent, type ServerSentEvent } from '@typhoon/core'
import { describe, expect, test } from 'vitest'
import { RawClient, request } from './raw-client.ts'
import { gate, serve, watchProcess } from './served.ts'

watchProcess()

/** A stream that sends these events and ends. */
function streaming(...events: (ServerSentEvent | string | Uint8Array)[]): typeof EventStreamHandler {
  return class extends EventStreamHandler {
    override async open(): Promise<void> {
      for (const event of events) void this.sendEvent(event)
      this.close()
    }
  }
}

async function bodyOf(Handler: typeof EventStreamHandler): Promise<string> {
  await using served = await serve([['/', Handler]])
  return (await fetch(served.server.url)).text()
}

describe('the form of an event', () => {
  test.each<{ event: ServerSentEvent | string | Uint8Array; sent: string; why: string }>([
    { event: 'hello', sent: 'data: hello\n\n', why: 'text' },
    { event: '', sent: 'data: \n\n', why: 'no text is a message, too' },
    { event: { data: { a: 1 } }, sent: 'data: {"a":1}\n\n', why: 'a value becomes JSON' },
    { event: { data: 'a\nb' }, sent: 'data: a\ndata: b\n\n', why: 'a field for each line' },
    { event: { data: 'a\r\nb\rc' }, sent: 'data: a\ndata: b\ndata: c\n\n', why: 'all three line ends' },
    { event: { data: 'x', event: 'tick' }, sent: 'event: tick\ndata: x\n\n', why: 'a type' },
    { event: { data: 'x', id: '7' }, sent: 'id: 7\ndata: x\n\n', why: 'an id' },
    { event: { data: 'x', id: '' }, sent: 'id: \ndata: x\n\n', why: 'an empty id resets that of the client' },
    { event: { data: 'x', retry: 2000 }, sent: 'retry: 2000\ndata: x\n\n', why: 'how long to wait' },
    { event: { data: 'é' }, sent: 'data: é\n\n', why: 'UTF-8' },
    { event: encodeEvent({ id: '1', data: 'once' }), sent: 'id: 1\ndata: once\n\n', why: 'bytes as they are' },
  ])('$event: $why', async ({ event, sent }) => {
    expect(await bodyOf(streaming(event))).toBe(sent)
  })

  test.each<[ServerSentEvent, RegExp]>([
    [{ data: 'x', id: 'a\nb' }, /id of an event must be one line/],
    [{ data: 'x', id: 'a\0' }, /id of an event must be one line/],
    [{ data: 'x', event: 'a\rb' }, /event of an event must be one line/],
    [{ data: 'x', retry: -1 }, /retry/],
  ])('%j: refused, since a client would read something else', (event, message) => {
    expect(() => encodeEvent(event)).toThrow(message)
  })
})

test('the head: type, no caching, no buffering in proxies', async () => {
  await using served = await serve([['/', streaming('x')]])
  const { headers } = await fetch(served.server.url)
  const fields = ['content-type', 'cache-control', 'x-accel-buffering', 'content-length'].map((name) =>
    headers.get(name),
  )
  expect(fields).toEqual(['text/event-stream; charset=utf-8', 'no-cache, no-transform', 'no', null])
})

test('HEAD: the head alone, and open() is not called', async () => {
  let opened = false
  class Events extends EventStreamHandler {
    override open(): void {
      opened = true
    }
  }
  await using served = await serve([['/', Events]])
  const response = await fetch(served.server.url, { method: 'HEAD' })
  expect([response.status, response.headers.get('content-type'), opened]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
    false,
  ])
})

test('Last-Event-ID: known to the handler', async () => {
  class Events extends EventStreamHandler {
    override async *open(): AsyncGenerator<string> {
      yield this.lastEventId ?? 'none'
    }
  }
  await using served = await serve([['/', Events]])
  const response = await fetch(served.server.url, { headers: { 'Last-Event-ID': '41' } })
  expect(await response.text()).toBe('data: 41\n\n')
})

test('an error within the stream: the connection is cut, so that nobody takes it for the end', async () => {
  const read = gate()
  class Events extends EventStreamHandler {
    override async *open(): AsyncGenerator<string> {
      yield 'first'
      await read.opened
      throw new Error('the source is broken')
    }
  }
  await using served = await serve([['/', Events]])
  await using client = await RawClient.connect(served.port)
  await client.send(request('GET /'))
  await client.head()
  expect((await client.chunk())?.toString()).toBe('data: first\n\n')
  read.open()
  await expect(client.chunk()).rejects.toThrow('the connection ended')
  expect(served.lines()[0]).toContain('error uncaught exception GET /')
})

test('a client that leaves: the generator is ended, and onFinish() is called', async () => {
  const finished = gate()
  const seen: string[] = []
  class Events extends EventStreamHandler {
    override async *open(): AsyncGenerator<string> {
      try {
        yield 'first'
        await new Promise<void>((resolve) => this.request.signal.addEventListener('abort', () => resolve()))
        yield 'never read'
      } finally {
        seen.push('generator ended')
      }
    }
    override onFinish(): void {
      seen.push('onFinish')
      finished.open()
    }
  }
  await using served = await serve([['/', Events]])
  const client = await RawClient.connect(served.port)
  await client.send(request('GET /'))
  await client.head()
  await client.chunk()
  client.leave()
  await finished.opened
  expect(seen).toEqual(['generator ended', 'onFinish'])
})

test('static heartbeat: a comment now and then', async () => {
  class Events extends EventStreamHandler {
    static override readonly heartbeat = 10
  }
  await using served = await serve([['/', Events]])
  await using client = await RawClient.connect(served.port)
  await client.send(request('GET /'))
  await client.head()
  expect((await client.chunk())?.toString()).toBe(': \n\n')
})

test('static maxBufferedBytes: a client that does not read is cut off, and costs no more than that', async () => {
  const over = gate()
  const refused: unknown[] = []
  class Flood extends EventStreamHandler {
    static override readonly maxBufferedBytes = 100_000
    override async open(): Promise<void> {
      const event = encodeEvent({ data: 'x'.repeat(10_000) })
      while (refused.length === 0) {
        for (let i = 0; i < 10; i++) this.sendEvent(event).catch((error: unknown) => refused.push(error))
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    override onFinish(): void {
      over.open()
    }
  }
  await using served = await serve([['/', Flood]])
  await using client = await RawClient.connect(served.port)
  client.pause()
  await client.send(request('GET /'))
  await over.opened
  expect(refused[0]).toMatchObject({ message: 'the event stream is over' })
  expect(served.lines().at(-1)).toContain('the client reads its events too slowly')
})
