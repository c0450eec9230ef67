/**
 * An application as it is in production: access log, signed cookie, protection from forged requests, template, compression.
 *
 * The load is a user who has signed in: cookies and the token of the form come from the server itself.
 */
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { type Contender, contest, type RunningServer, type Scenario } from '../contest.ts'
import { expectAnswers } from '../load/ask.ts'
import { BROWSER_HEADERS } from '../load/browser-headers.ts'
import { httpLoad, loadClient } from '../load/http-load.ts'
import type { HTTPRequest } from '../load/http-request.ts'

const CONNECTIONS = 64

const CONTENDERS: readonly Contender[] = [
  { name: 'typhoon', file: 'contenders/app/typhoon.mjs' },
  {
    name: 'fastify',
    file: 'contenders/app/fastify.mjs',
    packages: ['fastify', '@fastify/compress', '@fastify/cookie', '@fastify/csrf-protection', '@fastify/view', 'ejs'],
  },
  { name: 'hono', file: 'contenders/app/hono.mjs', packages: ['hono', '@hono/node-server'] },
  {
    name: 'express',
    file: 'contenders/app/express.mjs',
    packages: ['express', 'compression', 'cookie-parser', 'csrf-csrf', 'ejs', 'morgan'],
  },
]

const EVERYTHING = 'Access log, signed cookie, protection from forged requests, template and compression'

export const appScenarios: readonly Scenario[] = [
  contest({
    name: 'app-page',
    title: 'Everything on: a page',
    note: `${EVERYTHING}: GET of a page of 5 KB with a form, for a user who has signed in, sent as gzip. ${CONNECTIONS} connections from ${loadClient}.`,
    baseline: 'fastify',
    contenders: CONTENDERS,
    verify: async (server) =>
      expectAnswers(server.port, pageRequest(await signIn(server)), { status: 200, type: 'text/html', body: isPage }),
    connect: async (server) => load(server, pageRequest(await signIn(server)), 200),
  }),
  contest({
    name: 'app-form',
    title: 'Everything on: a form',
    note: `${EVERYTHING}: POST of the form of that page with its token, answered with a redirect. ${CONNECTIONS} connections from ${loadClient}.`,
    baseline: 'fastify',
    contenders: CONTENDERS,
    verify: async (server) => {
      const session = await signIn(server)
      await expectAnswers(server.port, formRequest(server, session), { status: 303 })
      await expectAnswers(server.port, forgedRequest(session), { status: 403 })
    },
    connect: async (server) => load(server, formRequest(server, await signIn(server)), 303),
  }),
]

/** What a browser knows after the first page. */
interface Session {
  readonly cookie: string
  /** The hidden field of the form, as it is sent; empty where there is none. */
  readonly token: string
}

async function signIn({ port }: RunningServer): Promise<Session> {
  const signedIn = await get(port, '/sign-in', '')
  const page = await get(port, '/', signedIn.cookies)
  const [, name = '', value = ''] = /name="(_[a-z]+)" value="([^"]+)"/.exec(page.body) ?? []
  return {
    cookie: [signedIn.cookies, page.cookies].filter((text) => text !== '').join('; '),
    token: name === '' ? '' : `&${new URLSearchParams({ [name]: value })}`,
  }
}

function get(port: number, path: string, cookie: string): Promise<{ cookies: string; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = cookie === '' ? {} : { Cookie: cookie }
    const req = request({ port, host: '127.0.0.1', path, headers, agent: false }, (res) => {
      const cookies = (res.headers['set-cookie'] ?? []).map((field) => field.slice(0, field.indexOf(';'))).join('; ')
      text(res).then((body) => resolve({ cookies, body }), reject)
    })
    req.on('error', reject)
    req.end()
  })
}

function pageRequest({ cookie }: Session): HTTPRequest {
  return { paths: ['/'], headers: { ...BROWSER_HEADERS, 'Accept-Encoding': 'gzip', Cookie: cookie } }
}

function formRequest({ port }: RunningServer, { cookie, token }: Session): HTTPRequest {
  const form = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: `http://127.0.0.1:${port}` }
  return {
    method: 'POST',
    paths: ['/story'],
    headers: { ...BROWSER_HEADERS, 'Accept-Encoding': 'gzip', Cookie: cookie, ...form },
    body: `title=The+wind+came+up${token}`,
  }
}

/** The form from another site, which knows no token. */
function forgedRequest({ cookie }: Session): HTTPRequest {
  return {
    method: 'POST',
    paths: ['/story'],
    headers: {
      Cookie: cookie,
      'Content-Type': 'application/x-www-form-urlencoded',
      Origin: 'https://attacker.example',
      'Sec-Fetch-Site': 'cross-site',
    },
    body: 'title=The+wind+came+up',
  }
}

function isPage(
  body: Buffer,
  fields: Readonly<Record<string, string | readonly string[] | undefined>>,
): string | undefined {
  if (fields['content-encoding'] !== 'gzip') return 'the page is not compressed'
  const page = gunzipSync(body).toString()
  const isWhole = page.includes('<h1>Stories for Ada</h1>') && page.includes('</html>')
  return isWhole && page.includes('&lt;what') && page.split('<li>').length === 21 ? undefined : page
}

function load({ port }: RunningServer, request: HTTPRequest, status: number) {
  return httpLoad({ port, connections: CONNECTIONS, request, status })
}
