/** Protection against cross-site request forgery: where a request comes from, and Tornado's token. */
import { HTTPError } from './errors.ts'
import type { HandlerContext } from './handler-context.ts'
import { serializeCookie } from './headers/cookie.ts'
import { createXSRFToken, crossSiteVerdict, decodeXSRFToken, encodeXSRFToken, sameXSRFToken } from './security/xsrf.ts'

/** The masked token to be put into a page; a cookie with the same token is set if the client has none. */
export function xsrfTokenFor(context: HandlerContext): string {
  const { request, response, application } = context
  const { xsrfCookieName, xsrfCookieAttributes } = application.settings
  const known = decodeXSRFToken(request.cookie(xsrfCookieName) ?? '')
  if (known !== undefined) return encodeXSRFToken(known)
  const fresh = createXSRFToken()
  const attributes = {
    path: '/',
    sameSite: 'Lax',
    secure: request.protocol === 'https',
    ...xsrfCookieAttributes,
  } as const
  response.setCookie(xsrfCookieName, serializeCookie(xsrfCookieName, encodeXSRFToken(fresh), attributes))
  return encodeXSRFToken(fresh)
}

/**
 * Refuses a request that another site made the browser send.
 *
 * @param sent - the token that came as argument or header
 * @throws {@link HTTPError} 403
 */
export function checkXsrf(context: HandlerContext, sent: string | undefined): void {
  const { request, application, xsrf } = context
  if (xsrf.origin && originVerdict(context) === 'cross-site') {
    throw new HTTPError(403, `cross-site ${request.method} from ${request.headers.get('origin') ?? 'another site'}`)
  }
  if (!xsrf.token) return
  if (!sent) throw new HTTPError(403, `'_xsrf' argument missing from ${request.method}`)
  const token = decodeXSRFToken(sent)
  if (token === undefined) throw new HTTPError(403, "'_xsrf' argument has invalid format")
  const cookie = decodeXSRFToken(request.cookie(application.settings.xsrfCookieName) ?? '')
  if (cookie === undefined || !sameXSRFToken(cookie, token)) {
    throw new HTTPError(403, `XSRF cookie does not match ${request.method} argument`)
  }
}

function originVerdict({ request, application }: HandlerContext): ReturnType<typeof crossSiteVerdict> {
  return crossSiteVerdict({
    secFetchSite: request.headers.get('sec-fetch-site'),
    origin: request.headers.get('origin'),
    host: request.host,
    protocol: request.protocol,
    trustedOrigins: application.settings.trustedOrigins,
  })
}
