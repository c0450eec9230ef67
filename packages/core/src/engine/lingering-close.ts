import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** How long a client that is still sending is listened to after its answer, in milliseconds. */
const LINGER_TIME = 5000

/**
 * Makes the connection of a half-received request end gently (RFC 9112 §9.6).
 *
 * Closing a socket that still receives resets it, and the reset can overtake the answer, of which the client then sees
 * nothing. So the writing side is closed first, and what still comes is read for nothing, for a while.
 */
export function lingerOnClose(req: IncomingMessage): void {
  const { socket } = req
  const destroySoon = socket.destroySoon.bind(socket)
  socket.destroySoon = () => {
    socket.destroySoon = destroySoon
    if (req.complete) return destroySoon()
    req.once('end', destroySoon)
    req.resume()
    endAndListen(socket)
  }
}

/** Ends the writing side; what still comes is thrown away. */
function endAndListen(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_TIME)
  socket.once('close', () => clearTimeout(timer))
  socket.once('end', () => socket.destroySoon())
  socket.end()
  socket.resume()
}
