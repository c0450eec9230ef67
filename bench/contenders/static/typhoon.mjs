import { Application } from '@typhoon/core'
import { staticFiles } from '@typhoon/static'

const app = new Application(staticFiles(process.env.STATIC_ROOT, { prefix: '/' }), { logger: false })
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
