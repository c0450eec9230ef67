import type { IncomingMessage } from 'node:http'
import { ConnectionClosedError } from '../errors.ts'

/**
 * The content of a request as a stream of chunks that is pulled: the socket is read only as fast as the chunks are taken.
 *
 * @param onPull - called before the first chunk is taken
 * @throws {@link ConnectionClosedError} when the client goes away half-way
 */
export async function* readIncoming(req: IncomingMessage, onPull: () => void): AsyncGenerator<Buffer, void> {
  onPull()
  try {
    // a reader who stops half-way leaves the message to the engine, which still has to answer it
    for await (const chunk of req.iterator({ destroyOnReturn: false })) yield chunk as Buffer // no encoding is ever set
  } catch (cause) {
    throw new ConnectionClosedError('the client closed the connection before the request was complete', { cause })
  }
  if (!req.complete) throw new ConnectionClosedError('the client closed the connection before the request was complete')
}
