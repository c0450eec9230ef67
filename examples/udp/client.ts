import { isIPv6 } from 'node:net'
import { type Datagram, DatagramSocket } from '@typhoon/tcp'

const PATIENCE = 500 // ms until it is asked again
const ATTEMPTS = 4

const host = process.env['HOST'] ?? '127.0.0.1'
await using socket = await DatagramSocket.bind({ family: isIPv6(host) ? 6 : 4 })
await socket.connect(Number(process.env['PORT'] ?? 3737), host)

const answer = await ask()
if (answer === undefined) {
  console.error('no answer')
  process.exitCode = 1
} else {
  console.log(answer.data.toString())
}

/** Datagrams get lost: asks again, and gives up in the end. */
async function ask(): Promise<Datagram | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const signal = AbortSignal.timeout(PATIENCE)
    await socket.send('time?')
    try {
      return await socket.receive({ signal })
    } catch (error) {
      if (!signal.aborted) console.error(String(error)) // for instance ECONNREFUSED: nobody has the port
    }
  }
  return undefined
}
