/** What each feature of Typhoon costs where it is on; where it is off it must cost nothing. */
import { type Contender, contest, type Scenario } from '../contest.ts'
import { expectAnswers } from '../load/ask.ts'
import { BROWSER_HEADERS } from '../load/browser-headers.ts'
import { httpLoad, loadClient } from '../load/http-load.ts'
import type { HTTPRequest } from '../load/http-request.ts'

const CONNECTIONS = 64
const FEATURES = [
  'none',
  'etag',
  'compression',
  'security-headers',
  'request-id',
  'middleware',
  'log',
  'xsrf',
  'xsrf-token',
  'async-handler',
  'prepare',
  'cookie',
  'signed-cookie',
]

const CONTENDERS: readonly Contender[] = FEATURES.map((name) => ({
  name,
  file: 'contenders/features/typhoon.mjs',
  env: { FEATURE: name },
}))

const request: HTTPRequest = { paths: ['/'], headers: { ...BROWSER_HEADERS, 'Accept-Encoding': 'gzip' } }

export const featureScenario: Scenario = contest({
  name: 'features',
  title: 'What each feature costs',
  note: `Typhoon against itself: GET of 2 KB of text with the header fields of a browser, one feature on at a time. \`xsrf\` is the check alone, \`xsrf-token\` with a token for each page. ${CONNECTIONS} connections from ${loadClient}.`,
  baseline: 'none',
  contenders: CONTENDERS,
  verify: ({ port }) => expectAnswers(port, request, { status: 200, type: 'text/html' }),
  connect: ({ port }) => httpLoad({ port, connections: CONNECTIONS, request, status: 200 }),
})
