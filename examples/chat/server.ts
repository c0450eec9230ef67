/** Rooms to talk in, over WebSocket or by plain forms: settings, rules and nothing else. */
import { randomBytes } from 'node:crypto'
import { Application, OptionError, route } from '@typhoon/core'
import { MemoryHub } from '@typhoon/pubsub'
import { staticFiles } from '@typhoon/static'
import { Templates } from '@typhoon/templates'
import { Chat } from './chat-room.ts'
import { LobbyHandler, NotFoundHandler, RoomHandler, SignInHandler, SignOutHandler } from './handlers.ts'
import { RoomSocket } from './room-socket.ts'

const { HOST, PORT = '8888', COOKIE_SECRET } = process.env
const chat = new Chat(new MemoryHub({ maxHistoryMessages: 500, maxHistoryAge: 24 * 60 * 60 * 1000 }))

const app = new Application(
  [
    route('/', LobbyHandler, { chat }),
    route('/sign-in', SignInHandler, { chat }),
    route('/sign-out', SignOutHandler, { chat }),
    route('/room/:room', RoomHandler, { chat }, { name: 'room' }),
    route('/room/:room/socket', RoomSocket, { chat }, { name: 'socket' }),
    ...staticFiles(new URL('public', import.meta.url), { prefix: '/static/' }),
  ],
  {
    templates: new Templates(new URL('views', import.meta.url)),
    cookieSecret: COOKIE_SECRET ?? randomBytes(32).toString('hex'),
    xsrfCookies: true,
    loginUrl: '/sign-in',
    defaultHandler: NotFoundHandler,
  },
)

try {
  await app.run({ port: Number(PORT), host: HOST, onListening })
} catch (error) {
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    console.error(
      `Port ${PORT} is in use by another program. Stop that one, or choose another port: PORT=8889 npm start`,
    )
  } else if (error instanceof OptionError) {
    console.error(`The chat cannot start: ${error.message}`)
  } else {
    throw error
  }
  process.exitCode = 1
}

function onListening(): void {
  if (COOKIE_SECRET !== undefined) return
  app.logger.info({ name: 'chat' }, 'COOKIE_SECRET is not set: sign-ins end with this process')
}
