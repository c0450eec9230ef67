import { ConnectError, StreamClosedError, TCPClient } from '@typhoon/tcp'

const port = Number(process.env['PORT'] ?? 8888)
const given = process.argv.length > 2 ? process.argv.slice(2) : ['hello', 'is there an echo?']
const lines = given.flatMap((text) => text.split('\n'))

try {
  await using stream = await TCPClient.connect(process.env['HOST'] ?? 'localhost', port, { timeout: 5000 })
  for (const line of lines) {
    await stream.write(`${line}\n`)
    const echo = await stream.readUntil('\n', { signal: AbortSignal.timeout(5000) })
    console.log(echo.toString().trimEnd())
  }
} catch (error) {
  if (!(error instanceof ConnectError || error instanceof StreamClosedError)) throw error
  console.error(error.message) // the server is not there, has gone, or had enough
  process.exitCode = 1
}
