import { WebSocketHandler, websocketConnect } from '@typhoon/websocket'
import { describe, expect, test } from 'vitest'
import { certificate, hasOpenSSL } from '../server/certificate.ts'
import { serve } from './socket-server.ts'

class EchoHandler extends WebSocketHandler {
  override async onMessage(message: string | Buffer) {
    await this.writeMessage(`${this.request.protocol} ${String(message)}`)
  }
}

describe.skipIf(!hasOpenSSL)('wss', () => {
  test('a certificate that the client trusts: messages pass, and the handler sees https', async () => {
    const { port } = await serve([['/', EchoHandler]], {}, { tls: certificate('localhost') })
    const socket = await websocketConnect(`wss://localhost:${port}/`, {
      tls: { ca: certificate('localhost').cert, host: '127.0.0.1' },
    })
    await socket.writeMessage('hello')
    expect(await socket.readMessage()).toBe('https hello')
    await socket.close()
    expect(socket.closeCode).toBe(1000)
  })

  test('a certificate that nobody vouches for: refused with a code that says so, and no request is made', async () => {
    const { port, log } = await serve([['/', EchoHandler]], {}, { tls: certificate('localhost') })
    await expect(websocketConnect(`wss://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      message: expect.stringContaining('self-signed certificate'),
    })
    expect(log.filter(({ message }) => message.includes('GET /'))).toEqual([])
  })
})
