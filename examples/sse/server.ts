/** A live dashboard: what this process does, as a stream of events. */
import { Application, RequestHandler, route, securityHeaders } from '@typhoon/core'
import { staticFiles } from '@typhoon/static'
import { DashboardHandler } from './dashboard-handler.ts'
import { Metrics } from './metrics.ts'

const metrics = new Metrics()
const contentSecurityPolicy = {
  useDefaults: false,
  directives: { 'default-src': ["'self'"], 'base-uri': ["'none'"], 'frame-ancestors': ["'none'"] },
}

/** Something to be counted. */
class PingHandler extends RequestHandler {
  override get() {
    this.write('pong')
  }
}

const app = new Application(
  [
    route('/events', DashboardHandler, { source: metrics }),
    route('/ping', PingHandler),
    ...staticFiles(new URL('public', import.meta.url), { prefix: '/' }),
  ],
  { middleware: [metrics.middleware, securityHeaders({ contentSecurityPolicy, strictTransportSecurity: false })] },
)
metrics.start()
await app.run({ port: Number(process.env['PORT'] ?? 8888) })
await metrics.stop()
