/** Rooms to talk in, over WebSocket or by plain forms: settings, rules and nothing else. */
import { Application, OptionError, route } from '@typhoon/core'
import { HubOptionError } from '@typhoon/pubsub'
import { staticFiles } from '@typhoon/static'
import { Templates } from '@typhoon/templates'
import { Chat } from './chat-room.ts'
import { LobbyHandler, NotFoundHandler, RoomHandler, SignInHandler, SignOutHandler } from './handlers.ts'
import { openHub } from './open-hub.ts'
import { RoomSocket } from './room-socket.ts'
import { readSettings, SettingError, type Settings } from './settings.ts'

try {
  await serve(readSettings())
} catch (error) {
  console.error(explain(error))
  process.exitCode = 1
}

/** Runs in every process: the first one, and the workers that it forks where there are several. */
async function serve(settings: Settings): Promise<void> {
  const { host, port, workers } = settings
  const hub = openHub(settings)
  try {
    const app = makeApplication(new Chat(hub), settings.cookieSecret)
    if (settings.isSecretOwn) {
      app.logger.info({ name: 'chat' }, 'COOKIE_SECRET is not set: sign-ins end with this process')
    }
    await app.run({ host, port, workers })
  } finally {
    await hub.close()
  }
}

function makeApplication(chat: Chat, cookieSecret: string): Application {
  return new Application(
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
      cookieSecret,
      xsrfCookies: true,
      loginUrl: '/sign-in',
      defaultHandler: NotFoundHandler,
    },
  )
}

/** What somebody can do about it; errors that nobody expects keep their stack. */
function explain(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    return `Port ${process.env['PORT'] ?? 8888} is in use by another program. Stop that one, or choose another port: PORT=8889 npm start`
  }
  const isChoice = error instanceof SettingError || error instanceof OptionError || error instanceof HubOptionError
  return isChoice ? `The chat cannot start: ${error.message}` : error
}
