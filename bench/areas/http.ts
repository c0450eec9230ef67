/** HTTP: small answers, where what a framework does for each request is all that counts. */
import { type Area, type Contender, contest, type Scenario } from '../contest.ts'
import { type Expected, expectAnswers, isJSON, isText } from '../load/ask.ts'
import { BROWSER_HEADERS } from '../load/browser-headers.ts'
import { httpLoad, loadClient } from '../load/http-load.ts'
import type { HTTPRequest } from '../load/http-request.ts'
import { tornado } from '../tornado.ts'
import { appScenarios } from './app.ts'
import { featureScenario } from './features.ts'

const CONNECTIONS = 64

const CONTENDERS: readonly Contender[] = [
  { name: 'node-http', file: 'contenders/http/node-http.mjs' },
  { name: 'typhoon', file: 'contenders/http/typhoon.mjs' },
  { name: 'fastify', file: 'contenders/http/fastify.mjs', packages: ['fastify', '@fastify/cookie'] },
  { name: 'hono', file: 'contenders/http/hono.mjs', packages: ['hono', '@hono/node-server'] },
  { name: 'h3', file: 'contenders/http/h3.mjs', packages: ['h3', 'srvx'] },
  { name: 'polka', file: 'contenders/http/polka.mjs', packages: ['polka', 'cookie-parser'] },
  {
    name: 'koa',
    file: 'contenders/http/koa.mjs',
    packages: ['koa', '@koa/router', '@koa/bodyparser'],
  },
  { name: 'express', file: 'contenders/http/express.mjs', packages: ['express', 'cookie-parser'] },
  tornado('contenders/http/tornado_server.py'),
]

/** Does nothing that HTTP asks for: what is left when all else has been saved. */
const LIMIT: Contender = { name: 'bare net', file: 'contenders/http/net.mjs' }

const kilobyte = {
  id: 4711,
  title: 'A story of about one kilobyte',
  tags: ['news', 'weather', 'sea'],
  author: { name: 'Ada', email: 'ada@example.com', active: true },
  text: 'The wind came up in the night and blew until morning. '.repeat(15),
}

export const area: Area = {
  name: 'http',
  title: 'HTTP',
  scenarios: [
    scenario(
      'plaintext',
      'Plain text',
      'GET of 12 bytes of text. "bare net" parses nothing and sends a canned answer: the limit.',
      {
        request: { paths: ['/plaintext'] },
        expected: { status: 200, type: 'text/plain', body: isText('Hello, world') },
        contenders: [...CONTENDERS, LIMIT],
      },
    ),
    scenario('json', 'JSON', 'GET of a small object, serialized for each request.', {
      request: { paths: ['/json'] },
      expected: { status: 200, type: 'application/json', body: isJSON({ message: 'Hello, world' }) },
    }),
    routes(10),
    routes(100),
    routes(1000),
    growth(),
    scenario('post-json', 'POST of JSON', 'POST of 1 KB of JSON, parsed, and serialized again as the answer.', {
      request: {
        method: 'POST',
        paths: ['/echo'],
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(kilobyte),
      },
      expected: { status: 200, type: 'application/json', body: isJSON(kilobyte) },
    }),
    scenario(
      'browser-headers',
      'Browser headers',
      'GET with the 19 header fields of a browser; one of its cookies is the answer.',
      {
        request: { paths: ['/cookie'], headers: BROWSER_HEADERS },
        expected: { status: 200, type: 'text/plain', body: isText('6f1d2c3b4a59') },
      },
    ),
    scenario(
      'not-found',
      'Not found',
      'GET of a path that no route has, answered with 404 in the way of each framework.',
      {
        request: { paths: ['/nowhere'] },
        expected: { status: 404 },
      },
    ),
    ...appScenarios,
    featureScenario,
  ],
}

function routes(count: number): Scenario {
  return scenario(
    `routes-${count}`,
    `${count.toLocaleString('en-US')} routes`,
    'GET of each route by turns; the part of the path that it captures is the answer.',
    {
      request: { paths: Array.from({ length: count }, (_, i) => `/section${i}/story`) },
      expected: { status: 200, type: 'text/plain', body: isText('story') },
      env: { ROUTES: String(count) },
    },
  )
}

/** The same ten paths, whatever the length of the table: what the table itself costs. */
function growth(): Scenario {
  const request = { paths: Array.from({ length: 10 }, (_, i) => `/section${i}/story`) }
  return contest({
    name: 'routes-growth',
    title: 'Length of the route table',
    note: `Typhoon against itself: GET of the same ten routes by turns, from tables of 10, 100 and 1,000. ${CONNECTIONS} connections from ${loadClient}.`,
    baseline: '10',
    contenders: [10, 100, 1000].map((count) => ({
      name: String(count),
      file: 'contenders/http/typhoon.mjs',
      env: { ROUTES: String(count) },
    })),
    verify: ({ port }) => expectAnswers(port, request, { status: 200, type: 'text/plain', body: isText('story') }),
    connect: ({ port }) => httpLoad({ port, connections: CONNECTIONS, request, status: 200 }),
  })
}

interface Exchange {
  readonly request: HTTPRequest
  readonly expected: Expected
  readonly env?: Readonly<Record<string, string>>
  readonly contenders?: readonly Contender[]
}

function scenario(name: string, title: string, note: string, exchange: Exchange): Scenario {
  const { request, expected, env = {}, contenders = CONTENDERS } = exchange
  return contest({
    name,
    title,
    note: `${note} ${CONNECTIONS} connections from ${loadClient}.`,
    baseline: 'node-http',
    contenders: contenders.map((contender) => ({ ...contender, env })),
    verify: ({ port }) => expectAnswers(port, request, expected),
    connect: ({ port }) => httpLoad({ port, connections: CONNECTIONS, request, status: expected.status }),
  })
}
