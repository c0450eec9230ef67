import { crypto } from '../late-modules.ts'
import { OptionError } from '../options.ts'
import type { RequestHandler } from '../request-handler.ts'

/** A source or other value of a directive as it is sent, with its quotes: `"'self'"`; or a function, called for each request. */
export type ContentSecuritySource = string | ((handler: RequestHandler) => string)

/** Directives by name, such as `script-src`; an empty list for one without values, false for one that is left out. */
export type ContentSecurityDirectives = Readonly<Record<string, readonly ContentSecuritySource[] | false>>

export interface ContentSecurityPolicyOptions {
  /** They replace the default ones of the same name. */
  directives?: ContentSecurityDirectives | undefined
  /** Begin with the default directives. @defaultValue true */
  useDefaults?: boolean | undefined
  /** Have violations reported, not prevented. @defaultValue false */
  reportOnly?: boolean | undefined
}

const DEFAULT_DIRECTIVES: ContentSecurityDirectives = {
  'default-src': ["'self'"],
  'base-uri': ["'self'"],
  'font-src': ["'self'", 'https:', 'data:'],
  'form-action': ["'self'"],
  'frame-ancestors': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'script-src': ["'self'"],
  'script-src-attr': ["'none'"],
  'style-src': ["'self'", 'https:', "'unsafe-inline'"],
  'upgrade-insecure-requests': [],
}

/**
 * The value of Content-Security-Policy (CSP Level 3 §3.1) for each request; without functions it is the same each time.
 *
 * @throws {@link OptionError} for a name or value that would not mean what it seems to
 */
export function contentSecurityPolicy(
  given: ContentSecurityDirectives,
  useDefaults: boolean,
): (handler: RequestHandler) => string {
  const parts: ContentSecuritySource[][] = []
  for (const [name, sources] of Object.entries({ ...(useDefaults ? DEFAULT_DIRECTIVES : {}), ...given })) {
    checkDirective(name, sources)
    if (sources !== false) parts.push([name, ...sources])
  }
  if (parts.length === 0) throw new OptionError('contentSecurityPolicy has no directives; say false for no policy')
  const serialize = (handler: RequestHandler) =>
    parts.map((part) => part.map((each) => text(each, handler)).join(' ')).join(';')
  if (parts.flat().some((each) => typeof each === 'function')) return serialize
  const fixed = parts.map((part) => part.join(' ')).join(';')
  return () => fixed
}

const nonces = new WeakMap<RequestHandler, string>()

/**
 * A random value for inline scripts and styles of one response, the same each time for the same handler.
 *
 * @example
 * securityHeaders({
 *   contentSecurityPolicy: { directives: { 'script-src': ["'self'", (handler) => `'nonce-${cspNonce(handler)}'`] } },
 * })
 * // in the handler: this.write(`<script nonce="${cspNonce(this)}">…</script>`)
 */
export function cspNonce(handler: RequestHandler): string {
  const known = nonces.get(handler)
  if (known !== undefined) return known
  const nonce = crypto().randomBytes(16).toString('base64')
  nonces.set(handler, nonce)
  return nonce
}

/** Values that are quoted where they are keywords, and host names where they are not. */
const KEYWORD =
  /^(?:self|none|unsafe-inline|unsafe-eval|unsafe-hashes|wasm-unsafe-eval|strict-dynamic|report-sample|inline-speculation-rules|trusted-types-eval|nonce-.*|sha(?:256|384|512)-.*)$/

function checkDirective(name: string, sources: readonly ContentSecuritySource[] | false): void {
  if (!/^[a-z]+(?:-[a-z]+)*$/.test(name))
    throw new OptionError(`a directive is written as in script-src, got ${JSON.stringify(name)}`)
  if (sources === false) return
  if (!Array.isArray(sources)) throw new OptionError(`${name} must be a list of values, or false to leave it out`)
  for (const source of sources as readonly unknown[]) {
    if (typeof source === 'function') continue
    const fault = typeof source === 'string' ? faultOf(source) : 'is neither text nor a function'
    if (fault !== undefined) throw new OptionError(`${name}: ${JSON.stringify(source)} ${fault}`)
  }
}

function text(source: ContentSecuritySource, handler: RequestHandler): string {
  if (typeof source === 'string') return source
  const made = source(handler)
  const fault = typeof made === 'string' ? faultOf(made) : 'is not text'
  if (fault !== undefined) throw new TypeError(`contentSecurityPolicy: ${JSON.stringify(made)} ${fault}`)
  return made
}

/** Why a value cannot stand in a policy; undefined if it can. */
function faultOf(value: string): string | undefined {
  if (!/^[\x21-\x7e]+$/.test(value))
    return 'must be visible ASCII characters without spaces; give several values one by one'
  if (/[;,]/.test(value)) return 'must not hold ; or ,'
  return KEYWORD.test(value) ? `needs quotes: "'${value}'"` : undefined
}
