// crossws with its adapter for Node.js; topics are its own.
import { createServer } from 'node:http'
import nodeAdapter from 'crossws/adapters/node'

const sockets = nodeAdapter({
  serverOptions: { perMessageDeflate: process.env.COMPRESS === '1' },
  hooks: {
    open(peer) {
      if (isSubscriber(peer)) peer.subscribe('room')
    },
    message(peer, message) {
      if (isSubscriber(peer)) sockets.publish('room', message.text())
      else peer.send(message.text())
    },
    error(_peer, error) {
      console.error(error)
    },
  },
})

function isSubscriber(peer) {
  return peer.request.url.endsWith('/broadcast')
}

const server = createServer()
server.on('upgrade', (request, socket, head) => void sockets.handleUpgrade(request, socket, head))
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
