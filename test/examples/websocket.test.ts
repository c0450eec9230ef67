/** The board and its client, as two processes. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { websocketConnect } from '../../packages/websocket/src/index.ts'
import { startExample } from '../example-process.ts'

interface Client {
  readonly child: ChildProcessWithoutNullStreams
  /** Settles when the client has written `text`. */
  readonly says: (text: string) => Promise<void>
}

function startClient(url: string): Client {
  const args = ['--import', 'tsx', '--conditions=typhoon-source', 'client.ts', boardOf(url)]
  const child = spawn(process.execPath, args, {
    cwd: fileURLToPath(new URL('../../examples/websocket/', import.meta.url)),
  })
  onTestFinished(() => void child.kill())
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      child.emit('output')
    })
  }
  const says = async (text: string) => {
    while (!output.includes(text)) await once(child, 'output')
  }
  return { child, says }
}

function boardOf(url: string): string {
  return `${url.replace('http', 'ws')}/board`
}

test('what one writes the other reads; the client survives a restart of the server, and ends with its input', async () => {
  const server = await startExample('websocket')
  onTestFinished(async () => void (await server.stop()))
  const { child, says } = startClient(server.url)
  child.stdin.write('from the client\n')
  await says('  from the client\n')

  await using other = await websocketConnect(boardOf(server.url))
  expect(JSON.parse(String(await other.readMessage()))).toMatchObject({ data: 'from the client' })
  await other.writeMessage('from \u001b[31manother')
  await says('  from another\n')
  await other.readMessage() // what is not read would hold the closing up

  expect(await server.stop()).toBe(0)
  await using restarted = await startExample('websocket', { PORT: new URL(server.url).port })
  await says('(messages may be missing here)\n')
  await using later = await websocketConnect(boardOf(restarted.url))
  await later.writeMessage('after the restart')
  await says('  after the restart\n')

  child.stdin.end()
  expect(await once(child, 'close')).toEqual([0, null])
})

test.each([
  { message: 'x'.repeat(2001), code: 1009, why: 'one byte too many' },
  { message: Buffer.from('bytes'), code: 1003, why: 'no text' },
])('a message that is not for the board: $code, $why', async ({ message, code }) => {
  await using server = await startExample('websocket')
  await using socket = await websocketConnect(boardOf(server.url))
  await socket.writeMessage(message)
  await socket.closed
  expect(socket.closeCode).toBe(code)
})
