import type { Middleware } from '../middleware.ts'
import { checkInteger, checkOneOf, checkType, OptionError, withDefaults } from '../options.ts'
import { type ContentSecurityPolicyOptions, contentSecurityPolicy } from './content-security-policy.ts'

/** What Referrer-Policy may say. */
export type ReferrerPolicy = (typeof REFERRER_POLICIES)[number]

export interface StrictTransportSecurityOptions {
  /** Seconds for which browsers use TLS only. @defaultValue 31536000, a year */
  maxAge?: number | undefined
  /** @defaultValue true */
  includeSubDomains?: boolean | undefined
  /** Ask to be put on the list that browsers come with; hard to undo. @defaultValue false */
  preload?: boolean | undefined
}

/** One option for each field; false leaves it out. */
export interface SecurityHeadersOptions {
  /** Where scripts, styles and all else may come from. @defaultValue from this site, with few exceptions */
  contentSecurityPolicy?: ContentSecurityPolicyOptions | false | undefined
  /** @defaultValue false */
  crossOriginEmbedderPolicy?: 'require-corp' | 'credentialless' | 'unsafe-none' | false | undefined
  /** @defaultValue `'same-origin'` */
  crossOriginOpenerPolicy?:
    | 'same-origin'
    | 'same-origin-allow-popups'
    | 'noopener-allow-popups'
    | 'unsafe-none'
    | false
    | undefined
  /** @defaultValue `'same-origin'` */
  crossOriginResourcePolicy?: 'same-origin' | 'same-site' | 'cross-origin' | false | undefined
  /** @defaultValue true */
  originAgentCluster?: boolean | undefined
  /** Several for browsers that do not know the last. @defaultValue `'no-referrer'` */
  referrerPolicy?: ReferrerPolicy | readonly ReferrerPolicy[] | false | undefined
  /** Browsers heed it over TLS only. @defaultValue a year, with subdomains */
  strictTransportSecurity?: StrictTransportSecurityOptions | false | undefined
  /** Do not guess the type of content. @defaultValue true */
  xContentTypeOptions?: boolean | undefined
  /** @defaultValue `'off'` */
  xDnsPrefetchControl?: 'on' | 'off' | false | undefined
  /** @defaultValue true */
  xDownloadOptions?: boolean | undefined
  /** For browsers that do not know `frame-ancestors`. @defaultValue `'SAMEORIGIN'` */
  xFrameOptions?: 'DENY' | 'SAMEORIGIN' | false | undefined
  /** @defaultValue `'none'` */
  xPermittedCrossDomainPolicies?: 'none' | 'master-only' | 'by-content-type' | 'all' | false | undefined
  /** Switch the filter of old browsers off, which did more harm than good. @defaultValue true */
  xXssProtection?: boolean | undefined
}

/**
 * Sets the fields that make browsers careful, with the values that helmet 8 has by default, on every answer and error page.
 *
 * A handler that needs another value sets it from `prepare()` on; middleware of an inner group overrides that of an outer one.
 *
 * @throws {@link OptionError} for a value that browsers would not understand
 *
 * @example
 * new Application(rules, { middleware: [securityHeaders({ xFrameOptions: 'DENY' })] })
 */
export function securityHeaders(options: SecurityHeadersOptions = {}): Middleware {
  const { contentSecurityPolicy: csp, ...rest } = withDefaults('securityHeaders()', DEFAULTS, options)
  const fields = fixedFields(rest)
  const policy = csp === false ? undefined : resolvePolicy(csp)
  return (handler, next) => {
    if (policy !== undefined) handler.setDefaultHeader(policy.name, policy.value(handler))
    for (const [name, value] of fields) handler.setDefaultHeader(name, value)
    return next()
  }
}

const REFERRER_POLICIES = [
  'no-referrer',
  'no-referrer-when-downgrade',
  'same-origin',
  'origin',
  'strict-origin',
  'origin-when-cross-origin',
  'strict-origin-when-cross-origin',
  'unsafe-url',
] as const

type Resolved = { [Name in keyof SecurityHeadersOptions]-?: Exclude<SecurityHeadersOptions[Name], undefined> }

const DEFAULTS: Resolved = {
  contentSecurityPolicy: {},
  crossOriginEmbedderPolicy: false,
  crossOriginOpenerPolicy: 'same-origin',
  crossOriginResourcePolicy: 'same-origin',
  originAgentCluster: true,
  referrerPolicy: 'no-referrer',
  strictTransportSecurity: {},
  xContentTypeOptions: true,
  xDnsPrefetchControl: 'off',
  xDownloadOptions: true,
  xFrameOptions: 'SAMEORIGIN',
  xPermittedCrossDomainPolicies: 'none',
  xXssProtection: true,
}

/** The fields whose option is the value itself. */
const CHOICES = [
  ['crossOriginEmbedderPolicy', 'Cross-Origin-Embedder-Policy', ['require-corp', 'credentialless', 'unsafe-none']],
  [
    'crossOriginOpenerPolicy',
    'Cross-Origin-Opener-Policy',
    ['same-origin', 'same-origin-allow-popups', 'noopener-allow-popups', 'unsafe-none'],
  ],
  ['crossOriginResourcePolicy', 'Cross-Origin-Resource-Policy', ['same-origin', 'same-site', 'cross-origin']],
  ['xDnsPrefetchControl', 'X-DNS-Prefetch-Control', ['on', 'off']],
  ['xFrameOptions', 'X-Frame-Options', ['DENY', 'SAMEORIGIN']],
  [
    'xPermittedCrossDomainPolicies',
    'X-Permitted-Cross-Domain-Policies',
    ['none', 'master-only', 'by-content-type', 'all'],
  ],
] as const

/** The fields that say one thing or are left out. */
const SWITCHES = [
  ['originAgentCluster', 'Origin-Agent-Cluster', '?1'],
  ['xContentTypeOptions', 'X-Content-Type-Options', 'nosniff'],
  ['xDownloadOptions', 'X-Download-Options', 'noopen'],
  ['xXssProtection', 'X-XSS-Protection', '0'],
] as const

function fixedFields(
  options: Omit<Resolved, 'contentSecurityPolicy'>,
): readonly (readonly [name: string, value: string])[] {
  const fields: [name: string, value: string][] = []
  for (const [option, name, values] of CHOICES) {
    const value = options[option]
    checkOneOf<string | false>(option, value, [...values, false])
    if (value !== false) fields.push([name, value])
  }
  for (const [option, name, value] of SWITCHES) {
    checkType(option, options[option], 'boolean')
    if (options[option]) fields.push([name, value])
  }
  if (options.referrerPolicy !== false) fields.push(['Referrer-Policy', referrerPolicy(options.referrerPolicy)])
  if (options.strictTransportSecurity !== false) {
    fields.push(['Strict-Transport-Security', strictTransportSecurity(options.strictTransportSecurity)])
  }
  return fields
}

function referrerPolicy(given: ReferrerPolicy | readonly ReferrerPolicy[]): string {
  const policies: readonly ReferrerPolicy[] = typeof given === 'string' ? [given] : given
  if (!Array.isArray(policies) || policies.length === 0)
    throw new OptionError('referrerPolicy must be a policy, a list of them or false')
  for (const policy of policies) checkOneOf('referrerPolicy', policy, REFERRER_POLICIES)
  return policies.join(',')
}

/** RFC 6797 §6.1 */
function strictTransportSecurity(given: StrictTransportSecurityOptions): string {
  checkType('strictTransportSecurity', given, 'object')
  const defaults = { maxAge: 31_536_000, includeSubDomains: true, preload: false }
  const { maxAge, includeSubDomains, preload } = withDefaults('strictTransportSecurity', defaults, given)
  checkInteger('strictTransportSecurity.maxAge', maxAge, { min: 0, max: Number.MAX_SAFE_INTEGER })
  checkType('strictTransportSecurity.includeSubDomains', includeSubDomains, 'boolean')
  checkType('strictTransportSecurity.preload', preload, 'boolean')
  return `max-age=${maxAge}${includeSubDomains ? '; includeSubDomains' : ''}${preload ? '; preload' : ''}`
}

function resolvePolicy(given: ContentSecurityPolicyOptions): {
  name: string
  value: ReturnType<typeof contentSecurityPolicy>
} {
  checkType('contentSecurityPolicy', given, 'object')
  const defaults = { directives: {}, useDefaults: true, reportOnly: false }
  const { directives, useDefaults, reportOnly } = withDefaults('contentSecurityPolicy', defaults, given)
  checkType('contentSecurityPolicy.directives', directives, 'object')
  checkType('contentSecurityPolicy.useDefaults', useDefaults, 'boolean')
  checkType('contentSecurityPolicy.reportOnly', reportOnly, 'boolean')
  const name = reportOnly ? 'Content-Security-Policy-Report-Only' : 'Content-Security-Policy'
  return { name, value: contentSecurityPolicy(directives, useDefaults) }
}
