/** The blog as an application: settings and rules, for `server.ts` and for tests. */
import {
  Application,
  type ApplicationSettings,
  group,
  type Rule,
  rateLimit,
  route,
  securityHeaders,
} from '@typhoon/core'
import { staticFiles } from '@typhoon/static'
import { Templates } from '@typhoon/templates'
import { SignInHandler, SignOutHandler, SignUpHandler } from './account-handlers.ts'
import { Authors } from './authors.ts'
import type { Database } from './database.ts'
import { Entries } from './entries.ts'
import { EntryComponent } from './entry-component.ts'
import {
  ArchiveHandler,
  ComposeHandler,
  EditHandler,
  EntryHandler,
  FeedHandler,
  HomeHandler,
} from './entry-handlers.ts'
import { type BlogParts, NotFoundHandler } from './page-handler.ts'

export interface BlogOptions extends Pick<ApplicationSettings, 'logger'> {
  /** Signs the cookies. */
  cookieSecret: string
  /** Let everybody sign up; otherwise only the first author can. @defaultValue false */
  openSignUp?: boolean
  /** How often a client may send a name and a password within a minute. @defaultValue 10 */
  maxSignIns?: number
}

// Nothing inline, nothing from elsewhere, and no script at all.
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'style-src': ["'self'"],
    'img-src': ["'self'"],
    'form-action': ["'self'"],
    'base-uri': ["'none'"],
    'frame-ancestors': ["'none'"],
  },
}

export function createBlog(
  database: Database,
  { cookieSecret, openSignUp = false, maxSignIns = 10, ...settings }: BlogOptions,
): Application {
  const parts: BlogParts = { authors: new Authors(database, { openSignUp }), entries: new Entries(database) }
  return new Application(rules(parts, maxSignIns), {
    ...settings,
    templates: new Templates(new URL('views', import.meta.url), { components: { Entry: EntryComponent } }),
    cookieSecret,
    xsrfCookies: true,
    loginUrl: '/sign-in',
    middleware: [securityHeaders({ contentSecurityPolicy: CONTENT_SECURITY_POLICY, referrerPolicy: 'same-origin' })],
    defaultHandler: NotFoundHandler,
    defaultHandlerArgs: parts,
  })
}

function rules(parts: BlogParts, maxSignIns: number): readonly Rule[] {
  const limit = rateLimit({ limit: maxSignIns, name: 'sign-in', skip: ({ request }) => request.method !== 'POST' })
  return [
    route('/', HomeHandler, parts, { name: 'home' }),
    route('/archive', ArchiveHandler, parts),
    route('/feed', FeedHandler, parts),
    route('/entry/:slug', EntryHandler, parts, { name: 'entry' }),
    route('/entry/:slug/edit', EditHandler, parts, { name: 'edit' }),
    route('/compose', ComposeHandler, parts),
    group([route('/sign-up', SignUpHandler, parts), route('/sign-in', SignInHandler, parts)], { middleware: [limit] }),
    route('/sign-out', SignOutHandler, parts),
    ...staticFiles(new URL('public', import.meta.url)),
  ]
}
