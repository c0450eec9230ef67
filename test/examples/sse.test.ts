/** The dashboard's stream, as programs read it. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { DashboardHandler, type SampleSource } from '../../examples/sse/dashboard-handler.ts'
import { Application, route } from '../../packages/core/src/index.ts'
import { testServer } from '../../packages/core/src/testing.ts'
import { MemoryHub } from '../../packages/pubsub/src/index.ts'
import { type ExampleProcess, startExample } from '../example-process.ts'

const MANY = 1000 // events of 64 KiB: more than the system's buffers hold

interface Event {
  readonly type: string
  readonly id: string | undefined
  readonly data: string
}

/** Reads the events of one connection; ends with it. */
async function* eventsOf(url: string, headers: Record<string, string> = {}): AsyncGenerator<Event> {
  const response = await fetch(new URL('/events', url), { headers })
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  let text = ''
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) yield parse(block)
  }
}

function parse(block: string): Event {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
  return { type: field('event') ?? 'message', id: field('id'), data: field('data') ?? '' }
}

async function take(events: AsyncIterable<Event>, count: number): Promise<Event[]> {
  const taken: Event[] = []
  for await (const event of events) if (taken.push(event) === count) break
  return taken
}

async function started(): Promise<ExampleProcess> {
  const example = await startExample('sse')
  onTestFinished(async () => void (await example.stop()))
  return example
}

describe('sse', () => {
  test('a sample each second, the same ones for all; one who comes back gets what was missed', async () => {
    const { url } = await started()
    const [one, other] = await Promise.all([take(eventsOf(url), 4), take(eventsOf(url), 4)])
    expect(one.map(({ type }) => type)).toEqual(['hello', 'message', 'message', 'message'])
    expect(one.slice(1)).toEqual(other.slice(1))
    const sample = JSON.parse(one[2]?.data ?? '') as Record<string, number>
    expect(sample).toMatchObject({ readers: 2 })
    expect(sample['memory']).toBeGreaterThan(sample['heap'] ?? Number.POSITIVE_INFINITY)
    const again = await take(eventsOf(url, { 'Last-Event-ID': one[1]?.id ?? '' }), 3)
    expect(again.slice(1)).toEqual(one.slice(2))
  }, 30_000)

  test('an id from an earlier life of the server: told that there is a gap, and given what there is', async () => {
    const { url } = await started()
    const events = await take(eventsOf(url, { 'Last-Event-ID': 'long-gone' }), 3)
    expect(events.map(({ type }) => type)).toEqual(['hello', 'gap', 'message'])
  })

  test('requests are counted', async () => {
    const { url } = await started()
    const reader = eventsOf(url)
    await reader.next()
    await Promise.all(Array.from({ length: 50 }, () => fetch(new URL('/ping', url))))
    let most = 0
    for await (const { data } of reader) {
      most = Math.max(most, (JSON.parse(data) as { rate: number }).rate)
      if (most > 10) break
    }
    expect(most).toBeGreaterThan(10)
  })

  test('SIGTERM: streams end, and the program with 0', async () => {
    const example = await started()
    const reader = eventsOf(example.url)
    await reader.next()
    const rest = drained(reader)
    expect(await example.stop()).toBe(0)
    await rest
  })
})

test('one who does not read: let go, so that what waits for it does not grow', async () => {
  const hub = new MemoryHub()
  const source: SampleSource = { follow: (listener) => hub.subscribe('samples', listener) }
  const server = await testServer(new Application([route('/events', DashboardHandler, { source })], { logger: false }))
  onTestFinished(() => server.close())
  const reader = connect(Number(new URL(server.url).port), '127.0.0.1')
  reader.write('GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  await once(reader, 'readable') // and nothing is read
  while ((await hub.count('samples')) === 0) await nextTurn()
  for (let i = 0; i < MANY; i += 1) {
    await hub.publish('samples', 'x'.repeat(64 * 1024))
    await nextTurn()
  }
  const received = await text(reader).catch(() => '') // it ends, or is cut
  expect(received.split('data: x').length - 1).toBeLessThan(MANY)
  expect(await hub.count('samples')).toBe(0)
})

async function drained(events: AsyncIterable<Event>): Promise<void> {
  for await (const _ of events);
}
