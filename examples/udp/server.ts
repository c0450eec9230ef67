import { DatagramSocket } from '@typhoon/tcp'

const socket = await DatagramSocket.bind({
  port: Number(process.env['PORT'] ?? 3737),
  host: process.env['HOST'] ?? '127.0.0.1',
})
const stop = () => void socket.close()
process.once('SIGTERM', stop).once('SIGINT', stop)
console.log(`Time server listening on ${socket.address.address}:${socket.address.port}`)

for await (const { data, from } of socket) {
  if (data.toString() !== 'time?') continue // silence: an answer to anything would make us an echo for forged senders
  try {
    await socket.send(new Date().toISOString(), from.port, from.address)
  } catch (error) {
    if (!socket.closed) console.warn(`no answer to ${from.address}: ${String(error)}`)
  }
}
