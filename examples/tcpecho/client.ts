import { TCPClient } from '@typhoon/tcp'

const port = Number(process.env['PORT'] ?? 8888)
const lines = process.argv.length > 2 ? process.argv.slice(2) : ['hello', 'is there an echo?']

await using stream = await TCPClient.connect(process.env['HOST'] ?? 'localhost', port, { timeout: 5000 })
for (const line of lines) {
  await stream.write(`${line}\n`)
  const echo = await stream.readUntil('\n', { signal: AbortSignal.timeout(5000) })
  console.log(echo.toString().trimEnd())
}
