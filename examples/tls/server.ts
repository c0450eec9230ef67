/** https and wss on one port, over HTTP/2 or HTTP/1.1, with a certificate made on the spot. */
import { fileURLToPath } from 'node:url'
import { Application, type HTTPServer, RequestHandler, route } from '@typhoon/core'
import { WebSocketHandler } from '@typhoon/websocket'
import { type Certificate, certificateIn, NoOpenSSLError } from './certificate.ts'

class MainHandler extends RequestHandler {
  override get() {
    this.write(`Hello over ${this.request.version} and ${this.request.protocol}\n`)
  }
}

class EchoHandler extends WebSocketHandler {
  override async onMessage(message: string | Buffer): Promise<void> {
    await this.writeMessage(message)
  }
}

const { PORT = '8888', CERTIFICATES = fileURLToPath(new URL('.certificates', import.meta.url)) } = process.env

try {
  await serve(certificateIn(CERTIFICATES))
} catch (error) {
  if (!(error instanceof NoOpenSSLError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

function serve({ key, cert, file }: Certificate): Promise<void> {
  const app = new Application([route('/', MainHandler), route('/echo', EchoHandler)])
  const onListening = ({ url }: HTTPServer) => explain(url, file)
  return app.run({ port: Number(PORT), tls: { key, cert }, http2: true, onListening })
}

function explain(url: string, file: string): void {
  console.log(`
  curl --cacert '${file}' ${url}
  curl --cacert '${file}' --http1.1 ${url}
  NODE_EXTRA_CA_CERTS='${file}' node -e "fetch('${url}').then((r) => r.text()).then(console.log)"

A browser will warn of a certificate that nobody has signed. Go on past the warning, or trust ${file}:
  macOS    security add-trusted-cert -p ssl -k ~/Library/Keychains/login.keychain-db '${file}'
  Linux    certutil -d sql:$HOME/.pki/nssdb -A -t P,, -n typhoon-localhost -i '${file}'
  Windows  certutil -user -addstore Root "${file}"
`)
}
