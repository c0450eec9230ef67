/** Asks the server over https, and has its words come back over wss. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { websocketConnect } from '@typhoon/websocket'

const { CERTIFICATES = fileURLToPath(new URL('.certificates', import.meta.url)) } = process.env
const url = process.argv[2] ?? 'https://localhost:8888'

try {
  await ask(readFileSync(`${CERTIFICATES}/cert.pem`)) // the only one that this program trusts
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException
  console.error(`${message === '' ? code : message}\nIs the server running? npm start in another terminal starts it.`)
  process.exitCode = 1
}

async function ask(ca: Buffer): Promise<void> {
  const [response] = (await once(get(url, { ca }), 'response')) as [IncomingMessage] // what this event comes with
  console.log((await text(response)).trimEnd())
  await using socket = await websocketConnect(new URL('/echo', url), { tls: { ca } })
  await socket.writeMessage('Is there an echo?')
  console.log(String(await socket.readMessage()))
}
