/** WebSockets: echoes, broadcasts and what an idle socket costs, beside bare ws. */
import { type Area, type Contender, contest, type RunningServer, type Scenario } from '../contest.ts'
import type { WebSocketLoad } from '../load/websocket.ts'
import { checkMessage } from '../load/websocket-messages.ts'
import type { Dialect } from '../load/websocket-socket.ts'
import { startLoad } from '../load-process.ts'
import { tornado } from '../tornado.ts'
import { idleMemory } from './websocket-memory.ts'

const CONTENDERS: readonly Contender[] = [
  { name: 'ws', file: 'contenders/websocket/ws.mjs', packages: ['ws'] },
  { name: 'typhoon', file: 'contenders/websocket/typhoon.mjs' },
  { name: '@fastify/websocket', file: 'contenders/websocket/fastify.mjs', packages: ['@fastify/websocket', 'fastify'] },
  { name: 'crossws', file: 'contenders/websocket/crossws.mjs', packages: ['crossws'] },
  { name: 'socket.io', file: 'contenders/websocket/socket.io.mjs', packages: ['socket.io'] },
  tornado('contenders/websocket/tornado_server.py'),
]

/** Knows nothing of messages: what is left when all else has been saved. */
const LIMIT: Contender = { name: 'bare net', file: 'contenders/websocket/net.mjs' }

type Given = Pick<WebSocketLoad, 'kind' | 'connections' | 'inFlight' | 'size'> &
  Pick<Scenario, 'name' | 'title'> & {
    readonly note: string
    readonly compress?: boolean
    readonly contenders?: readonly Contender[]
  }

function messages({ name, title, note, contenders = CONTENDERS, ...load }: Given): Scenario {
  const { compress = false, kind, size } = load
  const target = (server: RunningServer) => ({
    port: server.port,
    path: `/${kind}`,
    dialect: dialectOf(server),
    compress,
  })
  return contest({
    name,
    title,
    note,
    unit: 'message',
    baseline: 'ws',
    contenders: contenders.map((each) => (compress ? { ...each, env: { ...each.env, COMPRESS: '1' } } : each)),
    verify: (server) => checkMessage(target(server), size),
    connect: (server) => startLoad('load/websocket.ts', { ...target(server), ...load } satisfies WebSocketLoad),
  })
}

function dialectOf({ name }: Pick<RunningServer, 'name'>): Dialect {
  return name === 'socket.io' ? 'socket.io' : 'plain'
}

export const area: Area = {
  name: 'websocket',
  title: 'WebSockets',
  scenarios: [
    messages({
      name: 'echo',
      title: 'Echo, one message in flight',
      note:
        '64 sockets; each sends a text of 32 bytes when the one before has come back. "bare net" sends back what comes, ' +
        'without knowing of messages: the limit.',
      contenders: [...CONTENDERS, LIMIT],
      kind: 'echo',
      connections: 64,
      inFlight: 1,
      size: 32,
    }),
    messages({
      name: 'echo-16',
      title: 'Echo, 16 messages in flight',
      note: '64 sockets; on each, 16 texts of 32 bytes are on their way at a time.',
      kind: 'echo',
      connections: 64,
      inFlight: 16,
      size: 32,
    }),
    messages({
      name: 'broadcast',
      title: 'Broadcast to 1,000',
      note:
        'One of 1,000 sockets sends a text of 200 bytes, all of them get it; the next one follows when the last has it. ' +
        'Counted are messages delivered; p50 and p99 are times until the last socket had its message.',
      kind: 'broadcast',
      connections: 1000,
      inFlight: 1,
      size: 200,
    }),
    messages({
      name: 'broadcast-8',
      title: 'Broadcast to 1,000 in bursts of 8',
      note: 'As before, but 8 texts at a time.',
      kind: 'broadcast',
      connections: 1000,
      inFlight: 8,
      size: 200,
    }),
    messages({
      name: 'broadcast-compressed',
      title: 'Compressed broadcast to 1,000',
      note:
        'As the first broadcast, but texts of 2,048 bytes and permessage-deflate, with the defaults of each contender ' +
        'where it is switched on. Typhoon compresses a message once for all; the others use the messages before as ' +
        'context, so they send fewer bytes.',
      kind: 'broadcast',
      connections: 1000,
      inFlight: 1,
      size: 2048,
      compress: true,
    }),
    idleMemory({ name: 'memory', contenders: CONTENDERS, dialectOf }),
  ],
}
