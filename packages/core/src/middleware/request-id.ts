import { isToken } from '../headers/field-syntax.ts'
import { crypto } from '../late-modules.ts'
import type { Middleware } from '../middleware.ts'
import { checkType, OptionError, withDefaults } from '../options.ts'
import type { RequestHandler } from '../request-handler.ts'

export interface RequestIdOptions {
  /** The field in which the id comes and goes. @defaultValue `'X-Request-Id'` */
  header?: string | undefined
  /** Keep the id of a request that brings one; for servers behind a proxy that sets or checks the field. @defaultValue false */
  trustIncoming?: boolean | undefined
  /** Makes an id: 1 to 128 letters, digits and `.+/=:@~_-`. @defaultValue a random UUID */
  generate?: ((handler: RequestHandler) => string) | undefined
}

/** What is safe in a field, a log line and a URL, and short enough to be kept. */
const ACCEPTABLE = /^[\w.+/=:@~-]{1,128}$/

/**
 * Gives every request an id: `handler.request.id`, in the log and on every answer, error pages included.
 *
 * An incoming id is not taken unless `trustIncoming` says so, since whoever chooses it writes into the log; one that is too long
 * or has other characters is replaced.
 *
 * @throws {@link OptionError}
 *
 * @example
 * new Application(rules, { middleware: [requestId()] })
 */
export function requestId(options: RequestIdOptions = {}): Middleware {
  const { header, trustIncoming, generate } = resolve(options)
  return (handler, next) => {
    const incoming = trustIncoming ? handler.request.headers.get(header) : undefined
    const id = incoming !== undefined && ACCEPTABLE.test(incoming) ? incoming : checked(generate(handler))
    handler.request.id = id
    handler.setDefaultHeader(header, id)
    return next()
  }
}

const DEFAULTS = {
  header: 'X-Request-Id',
  trustIncoming: false,
  generate: (_handler: RequestHandler): string => crypto().randomUUID(),
}

function resolve(given: RequestIdOptions): typeof DEFAULTS {
  const options = withDefaults('requestId()', DEFAULTS, given)
  checkType('header', options.header, 'string')
  checkType('trustIncoming', options.trustIncoming, 'boolean')
  checkType('generate', options.generate, 'function')
  if (!isToken(options.header))
    throw new OptionError(`header must be a field name, got ${JSON.stringify(options.header)}`)
  return options
}

function checked(id: string): string {
  if (ACCEPTABLE.test(id)) return id
  throw new TypeError(
    `requestId: generate() must return 1 to 128 letters, digits or .+/=:@~_-, got ${JSON.stringify(id)}`,
  )
}
